//! `policy show`.

use super::{CLOSED, experienced, without_times};
use crate::world::tool::read;

#[test]
fn the_text_is_data_and_its_story_a_message() {
    let tool = experienced();
    let third = read("src/policy/starter.toml").replace("default = \"allow\"", "default = \"deny\"");
    let run = tool.run(&["policy", "show", "--data", "gate.db"]).exits(0).prints(&third);
    assert!(
        without_times(&run.stderr).starts_with(
            "# version 3 for all applications, in force, YYYY-MM-DDThh:mm:ssZ by tester: calm ("
        ),
        "{run}"
    );
    let run = tool.run(&["policy", "show", "v2", "--data", "gate.db"]).exits(0).prints(CLOSED);
    assert!(run.stderr.starts_with("# version 2 for all applications, 20"), "{run}");

    let shown = tool.run(&["policy", "show", "2", "--data", "gate.db", "--format", "json"]).exits(0).json();
    assert_eq!(shown.len(), 1);
    for (member, value) in [("author", "tester"), ("message", "attack"), ("app", "*"), ("source", CLOSED)] {
        assert_eq!(shown[0][member], value, "{member}");
    }
    assert_eq!((&shown[0]["version"], &shown[0]["in_force"]), (&2.into(), &false.into()));
}

#[test]
fn a_version_that_is_not_there_is_a_failure_that_names_the_nearest() {
    let tool = experienced();
    let show =
        |version: &str| tool.run(&["policy", "show", version, "--data", "gate.db"]).exits(1).prints("");
    show("9").says("there is no version 9: there are versions 1 to 3, the nearest is 3");
    show("0").says("there is no version 0: there are versions 1 to 3, the nearest is 1");
    show("latest").says("a version is a number, such as 12 or v12");
}
