use std::collections::BTreeSet;
use std::process::Command;

use super::sample::Sample;
use super::*;

/// The words of a text are its names.
fn words(_: &str, text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn at(time: &str) -> Recorded {
    Recorded::At(time.parse().unwrap())
}

#[test]
fn a_file_was_recorded_with_the_first_commit_that_holds_it() {
    let sample = Sample::new();
    sample.write("a.tf", "");
    sample.commit("2024-01-01T08:00:00Z", "first");
    sample.write("changes/cr-1.md", "CR-1");
    sample.commit("2024-01-02T08:00:00Z", "record");
    sample.write("changes/cr-1.md", "CR-1 amended");
    sample.commit("2024-01-03T08:00:00Z", "amend");
    let history = sample.open().file_history("changes", words).unwrap();
    assert_eq!(history.reach, Reach::Complete);
    assert_eq!(history.files.keys().collect::<Vec<_>>(), ["changes/cr-1.md"]);
    assert_eq!(history.recorded("changes/cr-1.md", "CR-1"), at("2024-01-02T08:00:00Z"));
    assert_eq!(history.recorded("changes/cr-1.md", "amended"), at("2024-01-03T08:00:00Z"));
    assert_eq!(history.author("changes/cr-1.md", "CR-1"), Some("a@example.com"));
    let file = &history.files["changes/cr-1.md"];
    assert_eq!(file.last.as_ref().unwrap().subject, "amend");
    assert_eq!(file.work_state, WorkState::Committed);
}

#[test]
fn a_record_of_a_shared_file_has_the_time_of_its_own_line() {
    let sample = Sample::new();
    sample.write("log.jsonl", "CR-1\n");
    sample.commit("2024-01-01T08:00:00Z", "one");
    sample.write("log.jsonl", "CR-1\nCR-2\n");
    sample.commit("2024-01-05T08:00:00Z", "two");
    sample.write("log.jsonl", "CR-1\nCR-2\nCR-3\n");
    let history = sample.open().file_history("", words).unwrap();
    assert_eq!(history.recorded("log.jsonl", "CR-1"), at("2024-01-01T08:00:00Z"));
    assert_eq!(history.recorded("log.jsonl", "CR-2"), at("2024-01-05T08:00:00Z"));
    assert_eq!(history.recorded("log.jsonl", "CR-3"), Recorded::NotCommitted);
    assert_eq!(history.files["log.jsonl"].work_state, WorkState::Modified);
}

#[test]
fn a_moved_record_keeps_its_time_and_a_new_one_beside_it_does_not() {
    let sample = Sample::new();
    sample.write("open/a.md", "CR-1");
    sample.commit("2024-01-01T08:00:00Z", "record");
    std::fs::remove_file(sample.path().join("open/a.md")).unwrap();
    sample.write("done/a.md", "CR-1 closed");
    sample.write("done/b.md", "CR-2");
    sample.commit("2024-01-09T08:00:00Z", "archive");
    let history = sample.open().file_history("", words).unwrap();
    assert_eq!(history.recorded("done/a.md", "CR-1"), at("2024-01-01T08:00:00Z"));
    assert_eq!(history.recorded("done/b.md", "CR-2"), at("2024-01-09T08:00:00Z"));
    assert_eq!(history.files["open/a.md"].work_state, WorkState::Committed);
}

#[test]
fn a_branch_counts_from_its_own_commit_and_not_from_the_merge() {
    let sample = Sample::new();
    sample.write("a.tf", "");
    sample.commit("2024-01-01T08:00:00Z", "first");
    sample.git("", &["checkout", "-q", "-b", "fix"]);
    sample.write("changes/cr-1.md", "CR-1");
    sample.commit("2024-01-02T08:00:00Z", "record");
    sample.git("", &["checkout", "-q", "main"]);
    sample.write("a.tf", "x");
    sample.commit("2024-01-03T08:00:00Z", "meanwhile");
    sample.git("2024-01-04T08:00:00Z", &["merge", "-q", "--no-ff", "-m", "merge", "fix"]);
    let repository = sample.open();
    let history = repository.file_history("changes", words).unwrap();
    assert_eq!(history.recorded("changes/cr-1.md", "CR-1"), at("2024-01-02T08:00:00Z"));
    let subjects: Vec<_> = repository.commits_touching("changes", 9).unwrap().into_iter().map(|c| c.subject).collect();
    assert_eq!(subjects, ["record"]);
}

#[test]
fn a_shallow_clone_knows_only_the_latest_possible_time() {
    let sample = Sample::new();
    sample.write("cr-1.md", "CR-1");
    sample.commit("2024-01-01T08:00:00Z", "record");
    sample.write("a.tf", "");
    sample.commit("2024-01-05T08:00:00Z", "later");
    sample.write("cr-2.md", "CR-2");
    sample.commit("2024-01-06T08:00:00Z", "another");
    let (_guard, clone) = sample.clone_with(&["--depth", "2"]);
    let history = Repository::open(&clone).unwrap().file_history("", words).unwrap();
    assert_eq!(history.reach, Reach::Cut);
    assert_eq!(history.recorded("cr-1.md", "CR-1"), Recorded::NotAfter("2024-01-05T08:00:00Z".parse().unwrap()));
    assert_eq!(history.recorded("cr-2.md", "CR-2"), at("2024-01-06T08:00:00Z"));
    let recent = |repository: &Repository, limit: usize| {
        let (commits, reach) = repository.recent_commits("", limit).unwrap();
        (commits.into_iter().map(|commit| commit.subject).collect::<Vec<_>>().join(" "), reach)
    };
    let (whole, cut) = (sample.open(), Repository::open(&clone).unwrap());
    assert_eq!(recent(&whole, 9), ("another later record".to_owned(), Reach::Complete));
    assert_eq!(recent(&cut, 9), ("another later".to_owned(), Reach::Cut));
    assert_eq!(recent(&cut, 1), ("another".to_owned(), Reach::Complete));
}

#[test]
fn packed_detached_linked_and_nested_checkouts_read_the_same() {
    let sample = Sample::new();
    sample.write("infra/changes/cr-1.md", "CR-1");
    sample.commit("2024-01-01T08:00:00Z", "record");
    sample.git("", &["gc", "-q"]);
    sample.git("", &["checkout", "-q", "--detach"]);
    let linked = tempfile::tempdir().unwrap();
    sample.git("", &["worktree", "add", "-q", linked.path().join("w").to_str().unwrap(), "main"]);
    for top in [sample.path().to_owned(), linked.path().join("w")] {
        let repository = Repository::open(top.join("infra")).unwrap();
        let history = repository.file_history("changes", words).unwrap();
        assert_eq!(history.recorded("changes/cr-1.md", "CR-1"), at("2024-01-01T08:00:00Z"));
        assert_eq!(history.files["changes/cr-1.md"].work_state, WorkState::Committed);
        let tree = repository.tree_at("HEAD", "").unwrap();
        assert_eq!(tree.read_text("changes/cr-1.md").unwrap(), "CR-1");
    }
}

#[test]
fn a_bare_repository_has_history_and_no_work_tree() {
    let sample = Sample::new();
    sample.write("cr-1.md", "CR-1");
    sample.commit("2024-01-01T08:00:00Z", "record");
    let (_guard, clone) = sample.clone_with(&["--bare"]);
    let history = Repository::open(&clone).unwrap().file_history("", words).unwrap();
    assert_eq!(history.recorded("cr-1.md", "CR-1"), at("2024-01-01T08:00:00Z"));
}

#[test]
fn a_clone_without_old_contents_still_knows_its_files() {
    let sample = Sample::new();
    sample.git("", &["config", "uploadpack.allowFilter", "true"]);
    sample.write("cr-1.md", "CR-1");
    sample.commit("2024-01-01T08:00:00Z", "record");
    sample.write("cr-1.md", "CR-1 amended");
    sample.commit("2024-01-02T08:00:00Z", "amend");
    let (_guard, clone) = sample.clone_with(&["--filter=blob:none"]);
    let history = Repository::open(&clone).unwrap().file_history("", words).unwrap();
    assert_eq!(history.reach, Reach::Cut);
    assert_eq!(history.files["cr-1.md"].first.as_ref().unwrap().commit.time.to_string(), "2024-01-01T08:00:00Z");
    assert_eq!(
        history.recorded("cr-1.md", "CR-1"),
        Recorded::NotAfter("2024-01-02T08:00:00Z".parse().unwrap()),
        "the first version is not here to be looked into"
    );
}

#[test]
fn windows_line_ends_on_disk_are_no_change() {
    let sample = Sample::new();
    sample.write("cr-1.md", "CR-1\nx\n");
    sample.commit("2024-01-01T08:00:00Z", "record");
    sample.write("cr-1.md", "CR-1\r\nx\r\n");
    sample.write("cr-2.md", "CR-2");
    let history = sample.open().file_history("", words).unwrap();
    assert_eq!(history.files["cr-1.md"].work_state, WorkState::Committed);
    assert_eq!(history.files["cr-2.md"].work_state, WorkState::Untracked);
    assert_eq!(history.recorded("cr-2.md", "CR-2"), Recorded::NotCommitted);
    sample.write("cr-1.md", "CR-1\r\ny\r\n");
    let history = sample.open().file_history("", words).unwrap();
    assert_eq!(history.files["cr-1.md"].work_state, WorkState::Modified);
}

#[test]
fn a_tree_holds_what_a_commit_held() {
    let sample = Sample::new();
    sample.write("a/b.tf", "old");
    sample.write("c.tf", "");
    std::os::unix::fs::symlink("/etc/passwd", sample.path().join("a/link.tf")).unwrap();
    sample.commit("2024-01-01T08:00:00Z", "first");
    sample.git("", &["tag", "-a", "v1", "-m", "v1"]);
    sample.write("a/b.tf", "new");
    sample.commit("2024-01-02T08:00:00Z", "second");
    let repository = sample.open();
    for revision in ["HEAD~1", "v1", sample.git("", &["rev-parse", "HEAD~1"]).as_str()] {
        let Tree::Memory(files) = repository.tree_at(revision, "a").unwrap() else { panic!("not in memory") };
        assert_eq!(files.into_iter().collect::<Vec<_>>(), [("a/b.tf".to_owned(), b"old".to_vec())], "{revision}");
    }
    assert_eq!(repository.head().unwrap().as_str(), sample.git("", &["rev-parse", "HEAD"]));
    assert!(matches!(repository.tree_at("nonsense", ""), Err(GitError::NoSuchRevision(_))));
    assert!(matches!(repository.tree_at("HEAD:a/b.tf", ""), Err(GitError::NoSuchRevision(_))));
    let Tree::Memory(none) = repository.tree_at("HEAD", "nowhere").unwrap() else { panic!("not in memory") };
    assert!(none.is_empty());
}

#[test]
fn commits_come_newest_first_with_subject_and_body() {
    let sample = Sample::new();
    for (date, text, message) in
        [("2024-01-01T08:00:00Z", "1", "one\ncontinued\n\nwhy\n\nChange: CR-1"), ("2024-01-02T08:00:00Z", "2", "two")]
    {
        sample.write("a.tf", text);
        sample.commit(date, message);
    }
    let commits = sample.open().commits_touching("a.tf", 9).unwrap();
    let told: Vec<_> = commits.iter().map(|c| (c.subject.as_str(), c.body.as_str())).collect();
    assert_eq!(told, [("two", ""), ("one continued", "why\n\nChange: CR-1")]);
    assert_eq!(commits[0].time.to_string(), "2024-01-02T08:00:00Z");
    assert_eq!(sample.open().commits_touching("", 1).unwrap().len(), 1);
}

#[test]
fn no_repository_and_no_commit_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Repository::open(folder.path()), Err(GitError::NotARepository(_))));
    assert!(matches!(Repository::open(folder.path().join("nowhere")), Err(GitError::Unreadable(_))));
    let empty = Sample::new();
    assert!(matches!(empty.open().head(), Err(GitError::NoCommit)));
    assert!(matches!(empty.open().file_history("", words), Err(GitError::NoCommit)));
    assert_eq!(History::default().recorded("a.md", "CR-1"), Recorded::Unknown);
}

#[test]
fn a_damaged_repository_is_an_error_and_no_panic() {
    let sample = Sample::new();
    sample.write("a.tf", "");
    sample.commit("2024-01-01T08:00:00Z", "first");
    sample.write(".git/HEAD", "ref: refs/heads/main\n");
    sample.write(".git/refs/heads/main", "0123456789012345678901234567890123456789\n");
    assert!(matches!(sample.open().file_history("", words), Err(GitError::Unreadable(_))));
}

#[test]
fn a_checkout_of_another_user_is_read() {
    let sample = Sample::new();
    sample.write("cr-1.md", "CR-1");
    sample.commit("2024-01-01T08:00:00Z", "record");
    let other = Command::new("chown").args(["-R", "12345:12345"]).arg(sample.path()).output().unwrap();
    if !other.status.success() {
        return; // only the superuser can give files away
    }
    let history = sample.open().file_history("", words).unwrap();
    assert_eq!(history.recorded("cr-1.md", "CR-1"), at("2024-01-01T08:00:00Z"));
}
