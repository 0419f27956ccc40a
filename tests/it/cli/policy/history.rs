//! `policy history`.

use super::{apply, author, experienced, without_times};

#[test]
fn the_history_is_newest_first_and_tells_who_when_and_why() {
    let tool = experienced();
    let run = tool.run(&["policy", "history", "--data", "gate.db"]).exits(0).says_nothing();
    let expected = "\
version              when                   who      why
───────────────────────────────────────────────────────────
3         in force   YYYY-MM-DDThh:mm:ssZ   tester   calm
2                    YYYY-MM-DDThh:mm:ssZ   tester   attack
1                    YYYY-MM-DDThh:mm:ssZ   tester   first
";
    assert_eq!(without_times(&run.stdout), expected, "{run}");

    let json = tool.run(&["policy", "history", "--data", "gate.db", "--format", "json"]).exits(0).json();
    let told: Vec<_> = json.iter().map(|row| (&row["version"], &row["in_force"], &row["reason"])).collect();
    assert_eq!(told[0], (&3.into(), &true.into(), &"calm".into()));
    assert_eq!(told[2], (&1.into(), &false.into(), &"first".into()));
    assert_eq!((&json[0]["app"], &json[0]["applied_by"]), (&"*".into(), &"tester".into()));
    // What `printf 'schema = 1\ndefault = "deny"\n' | sha256sum` says.
    assert_eq!(json[1]["sha256"], "ad3d9bb05e301a7a4e678e63ecda7cee5faa1ca434c0995824ac5b19750395db");
}

#[test]
fn an_application_without_history_is_said_to_have_none() {
    let tool = author();
    let run = |more: &[&str]| tool.run(&[&["policy", "history", "--data", "gate.db"], more].concat());
    let history = |more: &[&str]| run(more).exits(1).prints("");
    history(&[]).says("there is no file gate.db");
    tool.run(&["list", "add", "blocklist", "+4670*", "--reason", "x", "--data", "gate.db"]).exits(0);
    run(&[]).exits(0).prints("").says("no policy was applied yet: the starter policy is in force");
    apply(&tool, "closed.toml", &[]).exits(0);
    history(&["--app", "mine"])
        .says("no policy was ever applied for mine\nhint: leave --app out, since only the one for all");
    apply(&tool, "closed.toml", &["--app", "mine", "--anyway"]).exits(0);
    history(&["--app", "mien"]).says("did you mean --app mine?");
    history(&["--app", "another"]).says("there are policies for mine; leave --app out for the one for all");
}
