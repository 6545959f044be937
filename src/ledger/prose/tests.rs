//! Texts of tickets in each markup, and the steps and commands in them.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn texts<'a>(commands: impl Iterator<Item = &'a CommandLine>) -> Vec<&'a str> {
    commands.map(|command| command.text.as_str()).collect()
}

#[track_caller]
fn check(markup: Markup, text: &str, steps: &[&str], rollback: &[&str]) {
    let prose = read(&"OPS-1".into(), text, markup);
    let told = to_markdown(text, markup);
    assert_eq!(texts(prose.commands()), steps, "{told}");
    assert_eq!(texts(prose.rollback_commands()), rollback, "{told}");
}

#[track_caller]
fn check_adf(content: Json, steps: &[&str], rollback: &[&str]) {
    let document = json!({"version": 1, "type": "doc", "content": content});
    let prose = read_adf(&"OPS-1".into(), &document);
    let told = adf_to_markdown(&document);
    assert_eq!(texts(prose.commands()), steps, "{told}");
    assert_eq!(texts(prose.rollback_commands()), rollback, "{told}");
}

const UP: &str = "aws ecs update-service --cluster shop --service api --desired-count 5";
const DOWN: &str = "aws ecs update-service --cluster shop --service api --desired-count 3";

#[test]
fn jira_wiki() {
    check(
        Markup::JiraWiki,
        &format!(
            "h2. Steps\r\n# Scale up:\r\n{{code:title=a.sh|bash}}\r\n$ {UP}\r\n{{code}}\r\n\r\nh2. Rollback\r\n{{noformat}}{DOWN}{{noformat}}\r\n"
        ),
        &[UP],
        &[DOWN],
    );
    check(Markup::JiraWiki, &format!("# {UP}\n# Wait\n\n*Back-out plan*\n* {{{{{DOWN}}}}}"), &[UP], &[DOWN]);
    check(
        Markup::JiraWiki,
        "{code}\nkubectl scale deploy/web --replicas=3 ^\n  -n shop",
        &["kubectl scale deploy/web --replicas=3 -n shop"],
        &[],
    );
    check(Markup::JiraWiki, "{color:red}Careful{color}: see [the runbook|https://x.example/{code}]", &[], &[]);
}

#[test]
fn html() {
    check(
        Markup::Html,
        &format!(
            "<h2>Implementation</h2><ol><li><p>Scale up</p><pre class=\"x\">{UP}</pre></li></ol><h2>Rollback</h2><p>Run <code>{DOWN}</code></p>"
        ),
        &[UP],
        &[DOWN],
    );
    check(
        Markup::Html,
        &format!(
            "<p>Now</p><ac:structured-macro ac:name=\"code\"><ac:plain-text-body><![CDATA[{UP}\n{DOWN}]]></ac:plain-text-body></ac:structured-macro>"
        ),
        &[UP, DOWN],
        &[],
    );
    check(
        Markup::Html,
        "<p>aws ecs update-service --service &lt;name&gt; &ndash;desired-count 3<br/>aws lambda update-alias --name <alias> --function-version 3</p>",
        &[
            "aws ecs update-service --service <name> --desired-count 3",
            "aws lambda update-alias --name <alias> --function-version 3",
        ],
        &[],
    );
}

#[test]
fn plain_text() {
    check(
        Markup::Plain,
        &format!(
            "Implementation:\r\n- log in\r\n- {UP}\r\n\r\nBACKOUT PLAN\r\n1. {DOWN}\r\nTesting:\r\naws ecs describe-services --services api\r\n"
        ),
        &[UP],
        &[DOWN],
    );
    check(Markup::Plain, &format!("# {UP}\n\nRollback\n\n# {DOWN}"), &[UP], &[DOWN]);
    check(Markup::Plain, &format!("=== Rollback ===\n{DOWN}\n=== Steps ===\n{UP}"), &[UP], &[DOWN]);
    // A sentence with the word is no heading.
    check(Markup::Plain, &format!("We decided against a rollback.\n{UP}"), &[UP], &[]);
    check(Markup::Plain, &format!("rollback plan: none\n{UP}"), &[UP], &[]);
}

#[test]
fn markdown() {
    check(
        Markup::Markdown,
        &format!("## Plan\n```markdown\n```bash\n{UP}\n```\n## Rollback\n```sh\n{DOWN}\n```\n```\n"),
        &[UP],
        &[DOWN],
    );
    check(Markup::Markdown, &format!("```\n{UP}\n# Rollback:\n{DOWN}\n```"), &[UP], &[DOWN]);
}

#[test]
fn atlassian_documents() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let code = |code: &str| json!({"type": "codeBlock", "attrs": {"language": "bash"}, "content": [text(code)]});
    let heading = |title: &str| json!({"type": "heading", "attrs": {"level": 2}, "content": [text(title)]});
    let paragraph = |inside: Json| json!({"type": "paragraph", "content": inside});
    check_adf(json!([heading("What was done"), code(UP), heading("Rollback"), code(DOWN)]), &[UP], &[DOWN]);
    let item = |inside: Json| json!({"type": "listItem", "content": inside});
    check_adf(
        json!([{"type": "orderedList", "content": [
            item(json!([paragraph(json!([text("Scale up:")])), code(UP)])),
            item(json!([paragraph(json!([{"type": "text", "text": DOWN, "marks": [{"type": "code"}]}]))])),
            item(json!([code("kubectl -n shop rollout restart deploy/web")])),
        ]}]),
        &[UP, DOWN, "kubectl -n shop rollout restart deploy/web"],
        &[],
    );
    let bold = json!({"type": "text", "text": "Rollback", "marks": [{"type": "strong"}]});
    check_adf(
        json!([
            paragraph(json!([text("aws lambda update-alias --function-name f --name live \\"), {"type": "hardBreak"}, text("  --function-version 7")])),
            {"type": "panel", "content": [paragraph(json!([bold])), paragraph(json!([text(DOWN)]))]},
        ]),
        &["aws lambda update-alias --function-name f --name live --function-version 7"],
        &[DOWN],
    );
    let cell = |inside: Json| json!({"type": "tableCell", "content": inside});
    check_adf(
        json!([{"type": "table", "content": [{"type": "tableRow", "content": [cell(json!([code(UP)]))]}]}]),
        &[UP],
        &[],
    );
    check_adf(json!("no document"), &[], &[]);
    let deep = (0..500).fold(text(UP), |inside, _| json!({"type": "panel", "content": [inside]}));
    check_adf(json!([deep]), &[], &[]);
}

#[test]
fn the_steps_of_a_back_out_plan_are_one_list() {
    let prose = read(&"CHG1".into(), &format!("1. {DOWN}\n2. Tell the team"), Markup::Plain);
    assert_eq!(prose.into_all().len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in r#"(aws x --y|\{code\}|\{code:|\{\{|\}\}|h2\. |<pre>|</pre>|<li>|<!\[CDATA\[|```|~~~|[|*#<>&:\n -]|Rollback|é){0,40}"#) {
        for markup in [Markup::Markdown, Markup::JiraWiki, Markup::Html, Markup::Plain] {
            drop(read(&"t".into(), &text, markup));
        }
    }
}
