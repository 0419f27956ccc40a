//! Commands as documentation shows them, run as a reader would run them: by a shell, in a copy of what the
//! repository has for readers, one after the other.

use crate::cli::use_any_credentials;
use crate::tool::{Running, SAMPLE_KEY, Tool, repository};

/// The reference of the sample `request-sms`.
const SAMPLE_REFERENCE: &str = "signup-20260115-0001";

/// Somebody who follows the documentation.
pub(crate) struct Reader {
    // Before the tool, whose directory they use, so that they end first.
    gate: Option<Running>,
    table: Option<Running>,
    pub(crate) tool: Tool,
}

/// The commands in lines of shell, with continued lines joined and comments left out.
pub(crate) fn commands(lines: &str) -> Vec<String> {
    let joined = lines.replace("\\\n", " ");
    let is_comment = |word: &&str| word.starts_with('#');
    let commands = joined.lines().map(|line| {
        let words = line.split_whitespace().take_while(|word| !is_comment(word));
        words.collect::<Vec<_>>().join(" ")
    });
    commands.filter(|command| !command.is_empty()).collect()
}

impl Reader {
    pub(crate) fn new() -> Self {
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        std::fs::create_dir(tool.file("events")).unwrap();
        for entry in std::fs::read_dir(repository("events")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, tool.file("events").join(path.file_name().unwrap())).unwrap();
            }
        }
        tool.write("gate.log", "START RequestId: 1\n");
        Self { gate: None, table: None, tool }
    }

    /// Runs a command, or starts it where it listens, and expects that it is done without failure or finding.
    ///
    /// Ports are free ones instead of those that are shown, since others may use them, and the placeholders stand
    /// for a local table with the first sample's story.
    #[track_caller]
    pub(crate) fn follow(&mut self, command: &str) {
        let words: Vec<&str> = command.trim_end_matches('&').split_whitespace().collect();
        match words[1] {
            "serve" => self.gate = Some(self.listen(&words[1..])),
            "local-table" => self.table = Some(self.listen(&words[1..])),
            _ => {
                let command = self.fill_in(command);
                self.tool.run_line(&command).exits(0);
            }
        }
    }

    #[track_caller]
    fn listen(&self, arguments: &[&str]) -> Running {
        let mut arguments = arguments.to_vec();
        match arguments.iter().position(|argument| *argument == "--listen") {
            Some(at) => arguments[at + 1] = "127.0.0.1:0",
            None => arguments.extend(["--listen", "127.0.0.1:0"]),
        }
        self.tool.start(&arguments)
    }

    fn fill_in(&mut self, command: &str) -> String {
        let mut command = command.replace("YOUR-REFERENCE", SAMPLE_REFERENCE).replace("YOUR-KEY", SAMPLE_KEY);
        if command.contains(" send ") {
            let gate = self.gate.as_ref().expect("a gate was started before something is sent to it");
            match command.contains("--url") {
                true => {
                    let shown = command.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
                    command = command.replace(shown, &gate.url);
                }
                false => command.push_str(&format!(" --url {}", gate.url)),
            }
        }
        if command.contains("YOUR-CALLBACK-URL") {
            if self.gate.is_none() {
                self.gate = Some(self.listen(&["serve"]));
            }
            let gate = self.gate.as_ref().expect("it is listening");
            command = command.replace("YOUR-CALLBACK-URL", &gate.url);
        }
        // Whoever restored a table has a second one, with what the first one had.
        command = command.replace("--table RESTORED", "--table TABLE_NAME");
        if command.contains("TABLE_NAME") {
            let place = format!("sinch-gate --endpoint-url {}", self.table_with_a_story());
            command = command.replace("TABLE_NAME", &place);
        }
        command
    }

    fn table_with_a_story(&mut self) -> String {
        if self.table.is_none() {
            let table = self.listen(&["local-table"]);
            let gate = self.listen(&["serve", "--table", "sinch-gate", "--endpoint-url", &table.url]);
            self.tool.run(&["send", "events/request-sms.json", "--url", &gate.url]).exits(0);
            self.table = Some(table);
        }
        self.table.as_ref().map(|table| table.url.clone()).unwrap_or_default()
    }
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    let lines = "# first\nserve &      # in the background\n\nadd '+1*' \\\n  --for 6h\n";
    assert_eq!(commands(lines), ["serve &", "add '+1*' --for 6h"]);
}
