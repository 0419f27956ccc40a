//! `completions` and `man`: what a shell and `man` are given.

use crate::world::tool::Tool;

#[test]
fn every_shell_completes_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        Tool::new().run(&["completions", shell]).exits(0).shows("outcome").shows("profile").says_nothing();
    }
    Tool::new().run(&["completions", "csh"]).exits(1).says("possible values: bash");
}

#[test]
fn bash_can_read_its_completions() {
    let tool = Tool::new();
    tool.run_line(
        "sinch-gate completions bash > it.bash && bash -c 'source it.bash && complete -p sinch-gate'",
    )
    .exits(0)
    .shows("complete")
    .says_nothing();
}

#[test]
fn every_command_has_a_man_page() {
    let tool = Tool::new();
    tool.run(&["man"]).exits(0).shows(".TH sinch-gate 1").shows("sinch\\-gate").says_nothing();
    tool.run(&["man", "--dir", "pages"]).exits(0).prints("").says("man pages/sinch-gate.1");
    for command in ["", "-list", "-list-import", "-outcome-recover", "-status"] {
        let page = std::fs::read_to_string(tool.file(&format!("pages/sinch-gate{command}.1"))).unwrap();
        assert!(page.contains("Example:"), "{page}");
    }
    tool.write("file", "");
    tool.run(&["man", "--dir", "file"]).exits(1).says("cannot write the pages to file");
}
