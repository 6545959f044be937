//! Commands in the text of records: found, freed of prompts and of what editors and chat tools do to them, and never
//! executed. What a command means is not known here.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::pattern;
use crate::model::{CommandLine, Location};

/// A line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct Row<'a> {
    /// Its number, from 1.
    pub(in crate::ledger) number: u32,
    /// Its text, without the line end.
    pub(in crate::ledger) text: &'a str,
}

/// Tools whose commands change what a declaration may describe.
const TOOLS: &[&str] = &[
    "aws",
    "awslocal",
    "cdk",
    "copilot",
    "eksctl",
    "helm",
    "helmfile",
    "kubectl",
    "kustomize",
    "oc",
    "pulumi",
    "sam",
    "serverless",
    "sls",
    "terraform",
    "terragrunt",
    "tofu",
];

/// Characters that word processors and chat tools put in the place of what was typed.
const SUBSTITUTES: &[(char, &str)] = &[
    ('\u{2018}', "'"),
    ('\u{2019}', "'"),
    ('\u{201a}', "'"),
    ('\u{201c}', "\""),
    ('\u{201d}', "\""),
    ('\u{201e}', "\""),
    ('\u{00a0}', " "),
    ('\u{202f}', " "),
    ('\u{200b}', ""),
    ('\u{feff}', ""),
    ('\r', ""),
];
/// Dashes that stand where one or two hyphens were typed.
const DASHES: [char; 5] = ['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'];
const ENTITIES: &[(&str, &str)] = &[
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&ndash;", "\u{2013}"),
    ("&mdash;", "\u{2014}"),
    ("&lsquo;", "'"),
    ("&rsquo;", "'"),
    ("&ldquo;", "\""),
    ("&rdquo;", "\""),
    // The last, so that `&amp;lt;` becomes `&lt;` as it should.
    ("&amp;", "&"),
];

/// The most that one command spans: an inline policy document is long, a whole file is no command.
const MAX_ROWS: usize = 200;
const MAX_COMMAND_CHARS: usize = 32 * 1024;
/// The most commands of one piece of text.
const MAX_COMMANDS: usize = 1000;

static PROMPT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:PS [^>]{0,200}>|\[?[\w.-]+@[\w.-]+[^$#%>]{0,200}[$#%>]|[$%>])\s+"));
static LIST_MARK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:(?:\d{1,3}[.)]|[-*+])\s+)?(?:\[[ xX✓✔]\]\s+)?"));
static ASSIGNMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^[A-Za-z_][A-Za-z0-9_]*=(?:'[^']*'|"[^"]*"|[^\s'"$()]*)(?:\s+|$)"#));

/// The commands of a block of code.
pub(in crate::ledger) fn in_code(file: &Arc<str>, rows: &[Row<'_>]) -> Vec<CommandLine> {
    let texts: Vec<Cow<'_, str>> = rows.iter().map(|row| typed(row.text)).collect();
    // `# aws …` is a comment beside commands, and a command at root's prompt where nothing runs without one.
    let hash_is_prompt = !texts.iter().any(|text| holds_command(unprompted(text.trim()).0));
    let mut commands = Vec::new();
    let mut at = 0;
    while let (Some(row), Some(first)) = (rows.get(at), texts.get(at)) {
        let mut text = unprompted(first.trim()).0;
        if hash_is_prompt {
            text = text.strip_prefix("# ").map_or(text, str::trim_start);
        }
        if !holds_command(text) || commands.len() >= MAX_COMMANDS {
            at += 1;
            continue;
        }
        let following = texts.get(at + 1..).unwrap_or_default();
        let (whole, taken) = joined(text, following, &['\\', '^', '`']);
        commands.extend(pieces(&whole).into_iter().map(|text| quoted(file, row, text)));
        at += 1 + taken;
    }
    commands
}

/// The commands of running text: inline code, and lines that are plainly a command with its options.
pub(in crate::ledger) fn in_prose(file: &Arc<str>, rows: &[Row<'_>]) -> Vec<CommandLine> {
    let texts: Vec<Cow<'_, str>> = rows.iter().map(|row| typed(row.text)).collect();
    let mut commands = Vec::new();
    let mut at = 0;
    while let (Some(row), Some(first)) = (rows.get(at), texts.get(at)) {
        at += 1;
        if commands.len() >= MAX_COMMANDS {
            break;
        }
        let unmarked = LIST_MARK.replace(first, "");
        let (text, has_prompt) = unprompted(&unmarked);
        let following = texts.get(at..).unwrap_or_default();
        if command(text).is_some() {
            let (whole, taken) = joined(text, following, &['\\']);
            if has_prompt || taken > 0 || is_plain(&whole) {
                commands.extend(pieces(&whole).into_iter().map(|text| quoted(file, row, text)));
                at += taken;
                continue;
            }
        }
        let inline = code_spans(first).into_iter().filter(|code| command(unprompted(code).0).is_some());
        commands.extend(inline.flat_map(|code| pieces(unprompted(code).0)).map(|text| quoted(file, row, text)));
    }
    commands
}

/// Whether a line that starts with a tool's name is a command and not a sentence about the tool: it has options, or
/// nothing but the tool and a verb, or it names an object (`deployment/web`, `web-0`, a revision). An `aws` command
/// that changes something always has options.
fn is_plain(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let names_object = |word: &&str| word.contains('/') || word.ends_with(|c: char| c.is_ascii_digit());
    let has_option = words.iter().any(|word| word.starts_with('-') && word.len() > 1);
    let is_aws = words.contains(&"aws");
    has_option || !is_aws && (words.len() == 2 || words.iter().skip(2).any(names_object))
}

fn quoted(file: &Arc<str>, row: &Row<'_>, text: String) -> CommandLine {
    let column = row.text.chars().take_while(|c| c.is_whitespace()).count() + 1;
    let at = Location::new(Arc::clone(file), row.number, u32::try_from(column).unwrap_or(u32::MAX));
    CommandLine { text, at: Some(at) }
}

/// What was typed before an editor made it pretty.
pub(in crate::ledger) fn typed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains(['&', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut text = Cow::Borrowed(text);
    for (entity, plain) in ENTITIES {
        if text.contains(entity) {
            text = Cow::Owned(text.replace(entity, plain));
        }
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if let Some((_, substitute)) = SUBSTITUTES.iter().find(|(pretty, _)| *pretty == c) {
            plain.push_str(substitute);
        } else if DASHES.contains(&c) && (plain.is_empty() || plain.ends_with(char::is_whitespace)) {
            while rest.next_if(|next| *next == '-' || DASHES.contains(next)).is_some() {}
            let mut ahead = rest.clone();
            match (ahead.next(), ahead.next()) {
                (Some(letter), Some(next)) if letter.is_alphabetic() && !next.is_whitespace() => plain.push_str("--"),
                (Some(letter), _) if letter.is_alphanumeric() => plain.push('-'),
                _ => plain.push(c),
            }
        } else if DASHES.contains(&c) && rest.peek().is_some_and(|next| next.is_alphanumeric()) {
            plain.push('-');
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

/// A text without the prompt before it, and whether there was one.
fn unprompted(text: &str) -> (&str, bool) {
    match PROMPT.find(text) {
        Some(prompt) => (text.split_at(prompt.end()).1, true),
        None => (text, false),
    }
}

/// Whether a text is a command of a known tool, behind a prompt or not.
pub(super) fn is_command(text: &str) -> bool {
    command(unprompted(text.trim()).0).is_some()
}

/// The command that a text is, if its first word is a known tool: without `sudo`, with its variables, which say in
/// which profile and region it ran.
fn command(text: &str) -> Option<String> {
    let mut variables = String::new();
    let mut rest = text.trim();
    for _ in 0..20 {
        if let Some(assignment) = ASSIGNMENT.find(rest) {
            variables.push_str(assignment.as_str().trim_end());
            variables.push(' ');
            rest = rest.split_at(assignment.end()).1;
        } else if let Some(after) = ["sudo ", "env ", "time "].iter().find_map(|word| rest.strip_prefix(word)) {
            rest = without_options(after.trim_start());
        } else {
            break;
        }
    }
    let (word, arguments) = rest.split_once(char::is_whitespace)?;
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = [".exe", ".cmd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    TOOLS.contains(&name).then(|| format!("{variables}{name} {}", arguments.trim()))
}

/// `-E -u deploy aws …` → `aws …`.
fn without_options(mut text: &str) -> &str {
    while let Some((option, rest)) = text.split_once(' ').filter(|(word, _)| word.starts_with('-')) {
        text = rest.trim_start();
        if ["-u", "-g"].contains(&option) {
            text = text.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        }
    }
    text
}

/// A command with the lines that belong to it, and how many these are: those after a continuation mark, and those up
/// to the end of a quote, if it has one.
fn joined(first: &str, following: &[Cow<'_, str>], marks: &[char]) -> (String, usize) {
    let mut whole = first.trim_end().to_owned();
    let mut taken = 0;
    let has_room = |whole: &str, taken| taken < MAX_ROWS && whole.len() < MAX_COMMAND_CHARS;
    while has_room(&whole, taken) {
        let rest = following.get(taken..).unwrap_or_default();
        if let Some(before) = continued(&whole, marks) {
            whole.truncate(before.trim_end().len());
            let Some(next) = rest.first() else { break };
            whole.push(' ');
            let next = next.trim();
            whole.push_str(next.strip_prefix("> ").unwrap_or(next).trim_start());
            taken += 1;
        } else if let Some(quote) = outside_quotes(&whole, None, |_, _| true)
            && let Some(rows) = rows_to_end_of(quote, rest)
        {
            for row in rest.iter().take(rows) {
                whole.push('\n');
                whole.push_str(row.trim_end());
            }
            taken += rows;
        } else {
            break;
        }
    }
    (whole, taken)
}

/// How many lines it takes to end an open quote.
fn rows_to_end_of(quote: char, rows: &[Cow<'_, str>]) -> Option<usize> {
    let mut open = Some(quote);
    for (row, count) in rows.iter().take(MAX_ROWS).zip(1..) {
        open = outside_quotes(row, open, |_, _| true);
        if open.is_none() {
            return Some(count);
        }
    }
    None
}

/// The text before the mark that says that the next line belongs to it.
fn continued<'a>(text: &'a str, marks: &[char]) -> Option<&'a str> {
    let before = text.strip_suffix(marks)?;
    // A backslash may be escaped, the other marks need a space before them: `--name x^` and `` `date` `` are words.
    let is_mark = if text.ends_with('\\') { !before.ends_with('\\') } else { before.ends_with(' ') };
    is_mark.then_some(before)
}

/// Walks over a text that starts inside `quote` and tells each character outside quotes with the byte it starts at,
/// until `visit` answers `false`. Answers the quote that is open at the end.
fn outside_quotes(text: &str, quote: Option<char>, mut visit: impl FnMut(usize, char) -> bool) -> Option<char> {
    let mut quote = quote;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if is_escaped => is_escaped = false,
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, _) if !visit(at, c) => return None,
            _ => {}
        }
    }
    quote
}

/// The commands of a line: `a && b`, `a; b`, `a | b`; what follows a ` #` is a comment.
fn pieces(text: &str) -> Vec<String> {
    let mut cuts = vec![0];
    let mut end = text.len();
    let mut before = ' ';
    outside_quotes(text, None, |at, c| {
        if c == '#' && before.is_whitespace() {
            end = at;
            return false;
        }
        if matches!(c, ';' | '|') || c == '&' && before == '&' {
            cuts.push(at + 1);
        }
        before = c;
        true
    });
    cuts.push(end);
    let spans = cuts.iter().zip(cuts.iter().skip(1));
    let pieces = spans.filter_map(|(from, to)| text.get(*from..*to));
    let commands = pieces.filter_map(|piece| command(piece.trim_end().trim_end_matches([';', '|', '&'])));
    commands.filter(|command| command.len() <= MAX_COMMAND_CHARS).collect()
}

fn holds_command(text: &str) -> bool {
    !pieces(text).is_empty()
}

/// The contents of a line's inline code, whatever the number of backticks around it.
fn code_spans(text: &str) -> Vec<&str> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let (_, from) = rest.split_at(start);
        let inner = from.trim_start_matches('`');
        let (fence, _) = from.split_at(from.len() - inner.len());
        match inner.split_once(fence) {
            Some((code, after)) => {
                spans.push(code.trim());
                rest = after;
            }
            None => rest = inner,
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Vec<Row<'_>> {
        text.lines().zip(1..).map(|(text, number)| Row { number, text }).collect()
    }

    #[track_caller]
    fn code(text: &str, expect: &[&str]) {
        let found = in_code(&"r.md".into(), &rows(text));
        assert_eq!(found.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), expect, "{text}");
    }

    #[track_caller]
    fn prose(text: &str, expect: &[&str]) {
        let found = in_prose(&"r.md".into(), &rows(text));
        assert_eq!(found.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), expect, "{text}");
    }

    #[test]
    fn prompts_are_no_part_of_a_command() {
        code("$ aws s3 ls", &["aws s3 ls"]);
        code("> aws s3 ls", &["aws s3 ls"]);
        code("PS C:\\Users\\a> aws s3 ls", &["aws s3 ls"]);
        code("[ec2-user@host ~]$ aws s3 ls", &["aws s3 ls"]);
        code("root@host:/# aws s3 ls", &["aws s3 ls"]);
        code("# aws s3 ls\n# kubectl get pods", &["aws s3 ls", "kubectl get pods"]);
    }

    #[test]
    fn a_hash_beside_commands_is_a_comment() {
        code("# aws s3 rm s3://x\naws s3 ls # list", &["aws s3 ls"]);
        code(
            "aws ec2 create-tags --tags 'Key=a,Value=#1' --x b#c",
            &["aws ec2 create-tags --tags 'Key=a,Value=#1' --x b#c"],
        );
    }

    #[test]
    fn continuations_are_joined() {
        let whole = "aws lambda update-function-configuration --function-name f --memory-size 512";
        for mark in ["\\", "^", "`"] {
            code(
                &format!(
                    "aws lambda update-function-configuration {mark}\n  --function-name f {mark}  \n  --memory-size 512"
                ),
                &[whole],
            );
        }
        code(
            "$ aws lambda update-function-configuration \\\n> --function-name f \\\n> --memory-size 512\nok",
            &[whole],
        );
        code(
            "aws iam put-role-policy --policy-document '{\n  \"a\": 1\n}' \\\n --role-name r\naws s3 ls",
            &["aws iam put-role-policy --policy-document '{\n  \"a\": 1\n}' --role-name r", "aws s3 ls"],
        );
        code("aws s3 ls 'open\naws s3 ls", &["aws s3 ls 'open", "aws s3 ls"]);
        code("aws s3 ls \\", &["aws s3 ls"]);
    }

    #[test]
    fn sudo_goes_and_variables_stay() {
        code("sudo -E -u deploy aws s3 ls", &["aws s3 ls"]);
        code(
            "AWS_PROFILE=prod AWS_REGION='eu-west-1' aws s3 ls",
            &["AWS_PROFILE=prod AWS_REGION='eu-west-1' aws s3 ls"],
        );
        code("sudo AWS_PROFILE=prod /usr/local/bin/aws s3 ls", &["AWS_PROFILE=prod aws s3 ls"]);
        code("OUT=$(aws s3 ls)", &[]);
    }

    #[test]
    fn a_line_may_hold_several_commands() {
        code(
            "cd infra && terraform apply -auto-approve; aws s3 ls | jq .",
            &["terraform apply -auto-approve", "aws s3 ls"],
        );
        code("aws s3 ls --query 'a && b | c;'", &["aws s3 ls --query 'a && b | c;'"]);
        code("ls\necho aws\nmyaws x\naws", &[]);
    }

    #[test]
    fn pretty_characters_are_as_they_were_typed() {
        code(
            "aws ecs update-service –desired-count 3 —cluster “a b”",
            &["aws ecs update-service --desired-count 3 --cluster \"a b\""],
        );
        code("kubectl –n prod scale deploy/x ––replicas=3", &["kubectl -n prod scale deploy/x --replicas=3"]);
        code("aws s3 ls --region us\u{2011}east\u{2011}1", &["aws s3 ls --region us-east-1"]);
        code(
            "aws ecs update-service --service &lt;name&gt; &amp;&amp; aws s3 ls",
            &["aws ecs update-service --service <name>", "aws s3 ls"],
        );
        assert_eq!(typed("a – b, 3–5"), "a – b, 3-5");
    }

    #[test]
    fn prose_holds_commands_only_where_they_are_plain() {
        prose(
            "Then run `aws ecs update-service --service a` and ``kubectl get po``.",
            &["aws ecs update-service --service a", "kubectl get po"],
        );
        prose(
            "1. aws ecs update-service --service a \\\n   --desired-count 3\n2. Wait",
            &["aws ecs update-service --service a --desired-count 3"],
        );
        prose("- [x] $ aws s3 ls", &["aws s3 ls"]);
        prose(
            "- kubectl rollout undo deploy/x\nhelm rollback web 3\nterraform apply",
            &["kubectl rollout undo deploy/x", "helm rollback web 3", "terraform apply"],
        );
        prose("aws console was used\nterraform apply happens later\n`aws`\n`unclosed aws s3 ls", &[]);
    }

    #[test]
    fn each_command_has_its_line() {
        let found = in_code(&"r.md".into(), &rows("x\n  aws s3 ls \\\n y\naws s3 ls"));
        let places: Vec<_> = found.iter().map(|c| c.at.clone().unwrap().to_string()).collect();
        assert_eq!(places, ["r.md:2:3", "r.md:4:1"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in r#"(aws |kubectl |`|'|"|\\|\n|[-–—#$> ;|&^]|&lt;|\PC){0,80}"#) {
            let rows = rows(&text);
            for command in in_code(&"f".into(), &rows).into_iter().chain(in_prose(&"f".into(), &rows)) {
                prop_assert!(super::command(&command.text).is_some());
            }
        }
    }
}
