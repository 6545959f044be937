//! Problems with the user's files, shown as a compiler shows them: file, line, column, the lines themselves, the cure.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::table::{Colour, Tone};
use crate::model::Problem;

/// One problem, for a terminal. The only place where lines of the user's files are printed.
pub fn render(problem: &Problem, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Ansi => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    };
    let (Some(at), Some(snippet)) = (&problem.at, &problem.snippet) else {
        return without_excerpt(problem, colour);
    };
    let first_line = usize::try_from(snippet.first_line).unwrap_or(1);
    let source = Snippet::source(&snippet.text)
        .path(&*at.file)
        .line_start(first_line)
        .annotation(AnnotationKind::Primary.span(snippet.span.clone()));
    let mut group = Level::ERROR.primary_title(&problem.message).element(source);
    if let Some(remedy) = &problem.remedy {
        group = group.element(Level::HELP.message(remedy));
    }
    renderer.render(&[group]) + "\n"
}

fn without_excerpt(problem: &Problem, colour: Colour) -> String {
    let place = problem.at.as_ref().map_or_else(|| problem.scope.clone(), ToString::to_string);
    let mut text = format!("{}: {place}: {}\n", colour.paint(Tone::Doubtful, "problem"), problem.message);
    if let Some(remedy) = &problem.remedy {
        text.push_str(&format!("  = {}: {remedy}\n", colour.paint(Tone::Strong, "help")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProblemKind;

    #[test]
    fn a_problem_in_a_file_is_shown_with_its_line() {
        let source = "a = 1\nb = = 2\n";
        let problem = Problem::in_source(ProblemKind::Invalid, &"main.tf".into(), source, 10..11, "unexpected `=`")
            .remedy("write one `=`");
        insta::assert_snapshot!(render(&problem, Colour::Plain), @r"
        error: unexpected `=`
         --> main.tf:2:5
          |
        2 | b = = 2
          |     ^
          |
          = help: write one `=`
        ");
    }
}
