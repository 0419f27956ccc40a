//! `policy show`.

use super::{CLOSED, author, experienced, shown, without_times};
use crate::world::tool::read;

#[test]
fn the_text_is_data_and_its_story_a_message() {
    let tool = experienced();
    let third = read("src/policy/starter.toml").replace("default = \"allow\"", "default = \"deny\"");
    let run = tool.run(&["policy", "show", "--data", "gate.db"]).exits(0).prints(&shown(3, &third));
    assert!(
        without_times(&run.stderr.replace('(', "( ")).starts_with(
            "version 3 ( YYYY-MM-DDThh:mm:ssZ by tester: calm) for all applications, in force\n"
        ),
        "{run}"
    );
    let run = tool.run(&["policy", "show", "v2", "--data", "gate.db"]).exits(0).prints(&shown(2, CLOSED));
    assert!(run.stderr.starts_with("version 2 (20"), "{run}");

    let json = tool.run(&["policy", "show", "2", "--data", "gate.db", "--format", "json"]).exits(0).json();
    assert_eq!(json.len(), 1);
    for (member, value) in [("applied_by", "tester"), ("reason", "attack"), ("app", "*"), ("source", CLOSED)]
    {
        assert_eq!(json[0][member], value, "{member}");
    }
    assert_eq!((&json[0]["version"], &json[0]["in_force"]), (&2.into(), &false.into()));
}

#[test]
fn before_the_first_version_the_starter_is_in_force() {
    let tool = author();
    tool.run(&["list", "add", "blocklist", "+46701740605", "--reason", "x", "--data", "gate.db"]).exits(0);
    let starter = read("src/policy/starter.toml");
    let show = |more: &[&str]| tool.run(&[&["policy", "show", "--data", "gate.db"], more].concat()).exits(0);
    show(&[])
        .prints(&shown(0, &starter))
        .says("the starter policy (built in) for all applications, in force until one is applied")
        .says("FALLBACK_POLICY");
    let json = show(&["--format", "json"]).json();
    assert_eq!((&json[0]["version"], &json[0]["in_force"]), (&0.into(), &true.into()));
    assert_eq!((&json[0]["source"], &json[0]["applied_by"]), (&starter.as_str().into(), &().into()));
    tool.run(&["policy", "diff", "closed.toml", "--data", "gate.db"])
        .exits(2)
        .says("from the starter policy (built in), in force\nto closed.toml")
        .shows("rule `cooldown` removed: ");
    tool.run(&["policy", "diff", "--data", "gate.db"]).exits(1).says("no policy was applied yet");
    super::apply(&tool, "closed.toml", &[]).exits(0);
    // The last change was that from the starter.
    tool.run(&["policy", "diff", "--data", "gate.db"]).exits(2).says("from the starter policy");
    show(&["starter"]).prints(&shown(0, &starter));
}

#[test]
fn a_version_that_is_not_there_is_a_failure_that_names_the_nearest() {
    let tool = experienced();
    let show =
        |version: &str| tool.run(&["policy", "show", version, "--data", "gate.db"]).exits(1).prints("");
    show("9").says("there is no version 9: there are versions 1 to 3, the nearest is 3");
    show("latest").says("a version is a number, such as 12 or v12");
}
