use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::repo::git::sample::Sample;

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/records/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read_one(name: &str, text: &str) -> Read {
    read(&Tree::memory([(name, text)]), "", &History::default(), &Settings::default())
}

/// Everything that reading a file told, without the warning that there is no history.
fn told(read: &Read) -> Value {
    let lines = |problems: &[Problem]| -> Vec<String> {
        problems.iter().filter(|p| p.at.is_some()).map(ToString::to_string).collect()
    };
    json!({"records": read.records, "problems": lines(&read.problems), "warnings": lines(&read.warnings)})
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().filter(|p| p.at.is_some()).map(ToString::to_string).collect()
}

macro_rules! fixture_snapshots {
    ($($test:ident: $file:literal,)*) => {$(
        #[test]
        fn $test() {
            insta::assert_json_snapshot!(told(&read_one($file, &fixture($file))));
        }
    )*};
}

fixture_snapshots! {
    the_change_request_template: "change-request.md",
    a_yaml_record: "change.yaml",
    several_yaml_documents: "several.yaml",
    a_yaml_list: "list.yml",
    front_matter_with_a_body: "front-matter.md",
    json_lines: "log.jsonl",
    a_json_record: "change.json",
    a_log_of_headings: "log.md",
    a_log_in_a_table: "table.md",
}

#[test]
fn the_template_in_a_markdown_fence_says_the_same() {
    let alone = read_one("change-request.md", &fixture("change-request.md"));
    let text =
        format!("# Guide\n\n{}\n\n### Change Advisory Board\n- **Who:** SRE\n", fixture("template-in-a-fence.md"));
    let mut fenced = read_one("change-request.md", &text);
    assert_eq!(fenced.warnings.len(), alone.warnings.len());
    for record in &mut fenced.records {
        record.at = alone.records[0].at.clone();
        for command in record.rollback.iter_mut().flat_map(|step| &mut step.commands) {
            command.at = alone.records[0].rollback[1].commands[0].at.clone();
        }
    }
    assert_eq!(fenced.records, alone.records);
}

#[test]
fn a_ticked_box_with_a_name_is_an_approval_and_nothing_less_is() {
    let template = fixture("change-request.md");
    let with = |from: &str, to: &str| read_one("a.md", &template.replace(from, to)).records.remove(0);
    let record = with("- [ ] SRE Team: __________", "- [x] SRE Team: Jane Doe, 2024-01-19 10:00 UTC");
    assert_eq!(record.approvals[1].who.as_deref(), Some("Jane Doe"));
    assert_eq!(record.approvals[1].at.unwrap().to_string(), "2024-01-19T10:00:00Z");
    assert!(record.approvals[1].given);
    assert_eq!(record.state, crate::model::RecordState::Review, "two others have not agreed");
    assert!(!with("- [ ] SRE Team: __________", "- [x] SRE Team: __________").approvals[1].given);
    for no in [
        "- [ ] SRE Team: Jane Doe",
        "- [x] SRE Team: Jane (rejected)",
        "- [x] SRE Team: not yet",
        "- SRE Team: Jane",
        "- SRE Team: declined 2024-01-19",
        "- [ ] SRE Team: Jane Doe, 2024-01-19",
    ] {
        assert!(!with("- [ ] SRE Team: __________", no).approvals[1].given, "{no}");
    }
    assert!(with("- [ ] SRE Team: __________", "- SRE Team: Jane Doe, 2024-01-19").approvals[1].given);
    let all = template.replace("- [ ] SRE Team: __________", "- [x] SRE Team: @a");
    let all = all.replace("- [ ] Engineering Lead: __________", "- [X] Engineering Lead: @b (verbal)");
    let all = all.replace("- [ ] Product Manager: __________", "- [✓] Product Manager: @c on 2024-01-19");
    let record = read_one("a.md", &all).records.remove(0);
    assert_eq!(record.state, crate::model::RecordState::Approved);
    assert_eq!(record.approvals[0].form, crate::model::ApprovalForm::Verbal);
}

#[test]
fn exactly_one_risk_and_one_type_are_ticked() {
    let template = fixture("change-request.md");
    let check = |from: &str, to: &str, expect: &str| {
        let read = read_one("a.md", &template.replace(from, to));
        assert!(read.warnings.iter().any(|warning| warning.message == expect), "{:?}", read.warnings);
        (read.records[0].risk, read.records[0].reason)
    };
    let (risk, reason) = check("- [ ] High", "- [x] High", "more than one box is ticked for the risk; left out");
    assert_eq!((risk, reason), (None, Some(crate::model::Reason::Maintenance)));
    let (_, reason) = check("- [x] Performance", "- [ ] Performance", "no box is ticked for the type; left out");
    assert_eq!(reason, None);
}

#[track_caller]
fn problem(name: &str, text: &str, expect: &str) {
    let read = read_one(name, text);
    assert_eq!(messages(&read.problems), [expect], "{text}");
    assert!(read.records.is_empty(), "{text}");
}

#[test]
fn a_broken_record_is_a_problem_with_its_place_and_cure() {
    problem("a.yaml", "id: CR-1\nstatus: done\n", "a.yaml:2:1: unknown field `status` (did you mean `state`?)");
    problem("a.yaml", "id: CR-1\nsumary: x\n", "a.yaml:2:1: unknown field `sumary` (did you mean `summary`?)");
    problem(
        "a.yaml",
        "id: CR-1\nstate: aproved\n",
        "a.yaml:2:1: state has an unknown value (write one of draft, review, approved, scheduled, implementing, \
         implemented, closed, rejected, deferred, cancelled)",
    );
    problem(
        "a.yaml",
        "id: CR-1\nexpires: 01/02/2024\n",
        "a.yaml:2:1: not a time that can be read for certain (write it as `2024-01-20T10:00:00Z` or \
         `2024-01-20 10:00 Europe/Berlin`)",
    );
    problem(
        "a.yaml",
        "id: CR-1\nactual: {start: 2024-01-20T10:00:00Z, end: 2024-01-19T10:00:00Z}\n",
        "a.yaml:2:39: the time span ends before it starts (exchange the two ends)",
    );
    problem("a.yaml", "summary: x\nsteps: []\n", "a.yaml:1:1: the field `id` is missing (add `id:`)");
    problem(
        "a.yaml",
        "id: a b\n",
        "a.yaml:1:1: the id cannot be used (an id has letters, digits and `-_./#`, at most 100 of them: `CR-2024-001`)",
    );
    problem("a.json", "{\"id\": \"CR-1\",\n \"id\": \"CR-1\"}", "a.json:2:5: the same field twice (keep one of them)");
}

#[test]
fn what_decides_breaks_a_form_and_the_rest_is_left_out() {
    let form = "# CR-1 x\n\n**Status:** {s}\n**Planned Start:** {p}\n";
    let read = read_one("a.md", &form.replace("{s}", "Declined by the CAB").replace("{p}", "tomorrow"));
    assert!(read.records.is_empty());
    assert_eq!(read.problems.iter().filter(|p| p.at.is_some()).count(), 1);
    let read = read_one("a.md", &form.replace("{s}", "Declined").replace("{p}", "tomorrow"));
    assert_eq!(read.records[0].state, crate::model::RecordState::Rejected);
    assert_eq!(read.records[0].planned, None);
}

#[test]
fn the_other_records_of_a_file_still_count() {
    let ids = |read: &Read| read.records.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
    let lines = read_one("a.jsonl", "{\"id\":\"CR-1\"}\n{\"id\":\n{\"id\":\"CR-3\",\"state\":7}\n{\"id\":\"CR-4\"}\n");
    assert_eq!(ids(&lines), ["CR-1", "CR-4"]);
    assert_eq!(messages(&lines.problems).len(), 2);
    let documents = read_one("a.yaml", "id: CR-1\n---\nid: CR-2\nx: 1\n---\nid: CR-3\n");
    assert_eq!(ids(&documents), ["CR-1", "CR-3"]);
    assert_eq!(
        messages(&documents.problems),
        ["a.yaml:4:1: unknown field `x` (remove it, or put it under `description`)"]
    );
}

#[test]
fn the_first_of_two_records_with_one_id_counts() {
    let tree = Tree::memory([("c/a.yaml", "id: CR-1\nsummary: first\n"), ("c/b/a.md", "# Change #CR-1: second\n")]);
    let read = read(&tree, "c", &History::default(), &Settings::default());
    assert_eq!(read.records.len(), 1);
    assert_eq!(read.records[0].summary, "first");
    assert_eq!(
        messages(&read.problems),
        ["c/b/a.md:1:1: another record with the id of c/a.yaml:1:1 (give one of the two its own id)"]
    );
}

#[test]
fn files_that_are_no_records_are_passed_over() {
    for name in ["README.md", "notes.md", "workflow.yaml"] {
        assert_eq!(
            told(&read_one(name, &fixture(name))),
            json!({"records": [], "problems": [], "warnings": []}),
            "{name}"
        );
    }
    for name in ["template.md", "change-request-template.md", "_new.md", "change.txt", ".hidden/change.md"] {
        assert!(read_one(name, &fixture("change-request.md")).records.is_empty(), "{name}");
    }
    assert!(read_one("site.md", "---\ntitle: A page\n---\n# CR-1\ntext\n").records.is_empty());
}

#[test]
fn a_heading_starts_a_record_only_with_an_id() {
    let ids = |heading: &str| -> Vec<String> {
        let text = format!("{heading}\n\n**Outcome:** success\n");
        read_one("a.md", &text).records.into_iter().map(|record| record.id).collect()
    };
    for (heading, id) in [
        ("# Change Request #CR-2024-001", "CR-2024-001"),
        ("## Emergency change: CHG0031234 – open port", "CHG0031234"),
        ("### CR-7", "CR-7"),
        ("# 📋 Change #12345: x", "12345"),
        ("#### Change record OPS-12-A | x", "OPS-12-A"),
    ] {
        assert_eq!(ids(heading), [id], "{heading}");
    }
    for heading in
        ["# Change history 2024", "## Change 1 of 3", "# Changes v2", "# 1.2.0", "CR-7", "# Rollback of CR-7"]
    {
        assert_eq!(ids(heading), [""; 0], "{heading}");
    }
    assert!(read_one("a.md", "# SHA-256\n\nA digest.\n").records.is_empty());
}

#[test]
fn commands_that_take_a_change_back_are_no_steps() {
    let forward = "aws ecs update-service --service a --desired-count 6";
    let back = "aws ecs update-service --service a --desired-count 3";
    for body in [
        format!("## Steps\n```\n{forward}\n# Rollback, if needed\n{back}\n```\n"),
        format!("## Steps\n\n{forward}\n\nRollback:\n\n{back}\n"),
        format!("## Steps\n- {forward}\n- To roll back:\n  {back}\n"),
        format!("## What was done\n`{forward}`\n\n- **Rollback:** `{back}`\n"),
        format!("{forward}\n\n## If it goes wrong\n### Revert\n#### Console\n```sh\n{back}\n```\n"),
        format!("```\n{forward} # not to be reverted\n```\n**Backout**\n```\n{back}\n```\n"),
    ] {
        let record = read_one("a.md", &format!("# Change #CR-1\n{body}")).records.remove(0);
        let commands = |steps: &[crate::model::RecordStep]| -> Vec<String> {
            steps.iter().flat_map(|step| &step.commands).map(|command| command.text.clone()).collect()
        };
        assert_eq!(commands(&record.steps), [forward], "{body}");
        assert_eq!(commands(&record.rollback), [back], "{body}");
    }
}

#[test]
fn a_record_without_state_is_not_approved() {
    let state = |text: &str| read_one("a.yaml", text).records[0].state;
    assert_eq!(state("id: CR-1\n"), crate::model::RecordState::Review);
    assert_eq!(state("id: CR-1\napprovals: [a@example.com]\n"), crate::model::RecordState::Approved);
    assert_eq!(state("id: CR-1\napprovals: [a@example.com, {role: CTO}]\n"), crate::model::RecordState::Review);
    assert_eq!(state("id: CR-1\nstate: pending\napprovals: [a@example.com]\n"), crate::model::RecordState::Review);
    let form = "# CR-1\n**Status:** Pending\n**Approved by:** Ann\n";
    assert_eq!(read_one("a.md", form).records[0].state, crate::model::RecordState::Review);
}

#[test]
fn no_value_of_a_record_is_in_a_message() {
    for text in [
        "id: CR-1\nsteps: {hunter2: 1}\n",
        "id: CR-1\napprovals: hunter2: x\n",
        "id: [hunter2]\n",
        "id: CR-1\nplanned: hunter2\n",
        "id: CR-1\nexpires: hunter2\n",
        "id: CR-1\nrisk: hunter2\n",
        "id: CR-1\nsummary: 'hunter2\n",
        "id: CR-1\nsummary: *hunter2\n",
        "id: CR-1\nsummary: !hunter2 x\n",
        "id: CR-1\nplanned: {start: hunter2}\n",
        "id: hunter2 x\n",
    ] {
        let json = serde_json::to_string(&serde_yaml::from_str::<Value>(text).unwrap_or_default()).unwrap();
        for (name, text) in [("a.yaml", text), ("a.json", json.as_str())] {
            let read = read_one(name, text);
            let told = messages(&read.problems).join(" ").replace("unknown field `hunter2`", "");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}

#[test]
fn hostile_files_end_in_problems() {
    let deep = "[".repeat(100_000);
    let bomb = (1..9).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        let last = n - 1;
        format!("{text}a{n}: &a{n} [{}]\n", vec![format!("*a{last}"); 20].join(","))
    });
    for (name, text) in [
        ("a.yaml", deep.clone()),
        ("a.json", deep),
        ("a.yaml", format!("id: CR-1\nsteps: {bomb}")),
        ("a.yaml", format!("{bomb}id: CR-1\n")),
        ("a.md", "x".repeat(MAX_LINE_BYTES + 1)),
        ("a.md", "x\n".repeat(MAX_FILE_BYTES)),
    ] {
        let read = read_one(name, &text);
        assert!(read.records.is_empty(), "{name}");
        assert!(!messages(&read.problems).is_empty(), "{name}");
    }
    let many = read_one("a.jsonl", &"{\"id\":\"CR-1\"}\n".repeat(MAX_RECORDS_OF_FILE + 1));
    assert!(messages(&many.problems).iter().any(|problem| problem.contains("records or more in one file")));
    let binary = Tree::memory([("a.md", vec![0xff, 0xfe, 0x00])]);
    assert_eq!(read(&binary, "", &History::default(), &Settings::default()).problems.len(), 1);
    let missing = read(&binary, "nowhere", &History::default(), &Settings::default());
    assert_eq!(missing.problems[0].kind, ProblemKind::Unreadable);
}

#[test]
fn the_ids_of_a_version_are_those_of_its_records() {
    for name in [
        "change-request.md",
        "template-in-a-fence.md",
        "change.yaml",
        "several.yaml",
        "list.yml",
        "front-matter.md",
        "log.jsonl",
        "change.json",
        "log.md",
        "table.md",
    ] {
        let text = fixture(name);
        let found = ids(name, &text);
        for record in read_one(name, &text).records {
            assert!(found.contains(&record.id), "{name}: {} not in {found:?}", record.id);
        }
    }
    assert!(!ids("a.yaml", "id: CR-2\nsummary: replaces CR-1\n").contains("CR-1"));
}

proptest! {
    // Each case reads a whole file; the shorter texts of the parts have tests of their own.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_file_is_read_without_panic(
        name in "a\\.(md|yaml|json|jsonl)",
        text in r#"(id: |CR-1|## Change #1|\n|\n- |---\n|```|\*\*Status:\*\* |### Approvals|\[x\] |: |\{|\}|"|'|\||planned|start|2024-01-2|aws s3 ls|\PC){0,60}"#,
    ) {
        let read = read_one(&name, &text);
        let again = read_one(&name, &text);
        prop_assert_eq!(told(&read), told(&again));
        let _ = ids(&name, &text);
    }

    #[test]
    fn a_change_anywhere_in_a_record_never_panics(at in 0_usize..2000, junk in r"\PC{0,8}", file in 0_usize..4) {
        let name = ["change-request.md", "change.yaml", "front-matter.md", "change.json"][file];
        let mut text: Vec<char> = fixture(name).chars().collect();
        let at = at.min(text.len());
        text.splice(at..(at + 3).min(text.len()), junk.chars());
        read_one(name, &text.into_iter().collect::<String>());
    }
}

#[test]
fn the_first_commit_dates_a_record_and_not_the_file() {
    let sample = Sample::new();
    let record = |id: &str| format!("{{\"id\": \"{id}\", \"actual\": {{\"start\": \"2024-01-01T10:00:00Z\"}}}}\n");
    sample.write("changes/log.jsonl", &record("CR-1"));
    sample.commit("2024-01-01T11:00:00Z", "one");
    sample.write("changes/log.jsonl", &(record("CR-1") + &record("CR-2")));
    sample.write("changes/form.md", &fixture("change-request.md"));
    sample.commit("2024-01-04T11:00:00Z", "two");
    sample.write("changes/log.jsonl", &(record("CR-1") + &record("CR-2") + &record("CR-3")));

    let tree = Tree::work_tree(sample.path()).unwrap();
    let history = history(&sample.open(), "changes").unwrap();
    let read = read(&tree, "changes", &history, &Settings::default());
    let times: Vec<_> = read.records.iter().map(|r| (r.id.as_str(), r.recorded_at.map(|at| at.to_string()))).collect();
    let at = |time: &str| Some(time.to_owned());
    assert_eq!(
        times,
        [
            ("CR-2024-001", at("2024-01-04T11:00:00Z")),
            ("CR-1", at("2024-01-01T11:00:00Z")),
            ("CR-2", at("2024-01-04T11:00:00Z")),
            ("CR-3", None),
        ]
    );
    assert!(messages(&read.warnings).iter().any(|w| w.starts_with("changes/log.jsonl:3:3: not committed yet")));
    let faults = messages(&crate::ledger::lint::lint(&read.records, &history, "2024-01-05T00:00:00Z".parse().unwrap()));
    assert!(
        faults.iter().any(|fault| fault.starts_with("changes/log.jsonl:2:3: the change is of 2024-01-01T10:00:00Z"))
    );
    assert!(faults.iter().any(|fault| fault.starts_with("changes/log.jsonl:1:3: its file has edits")));
    assert!(!faults.iter().any(|fault| fault.starts_with("changes/log.jsonl:1:3: the change is of")));
}
