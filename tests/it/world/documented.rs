//! Commands as documentation shows them, run as a reader would run them: by a shell, in a copy of what the
//! repository has for readers, one after the other.

use std::path::Path;

use crate::cli::use_any_credentials;
use crate::world::stand_in::StandIn;
use crate::world::tool::{Running, SAMPLE_KEY, Tool, repository};

/// The reference of the sample `request-sms`.
const SAMPLE_REFERENCE: &str = "signup-20260115-0001";
/// The number of a reader's own phone.
const OWN_NUMBER: &str = "+46731234567";

/// What people read: the Markdown files at the top and in `docs`, and the README of the samples.
pub(crate) fn documents() -> Vec<String> {
    let in_folder = |folder: &str| {
        let names = std::fs::read_dir(repository(folder)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let is_document = |name: &String| Path::new(name).extension().is_some_and(|kind| kind == "md");
        names.filter(is_document).map(|name| format!("{folder}{name}")).collect::<Vec<_>>()
    };
    let mut documents = [in_folder(""), in_folder("docs/"), in_folder("events/")].concat();
    documents.sort_unstable();
    documents
}

/// Somebody who follows the documentation.
pub(crate) struct Reader {
    // Before the tool, whose directory they use, so that they end first.
    gate: Option<Running>,
    table: Option<(Running, Running)>,
    api: Option<StandIn>,
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
        Self { gate: None, table: None, api: None, tool }
    }

    /// Runs a command, or starts it where it listens, and expects that it is done without failure or finding.
    ///
    /// Ports are free ones instead of those that are shown, since others may use them, and the placeholders
    /// stand for a local table with the first sample's story.
    #[track_caller]
    pub(crate) fn follow(&mut self, command: &str) {
        let words: Vec<&str> = command.trim_end_matches('&').split_whitespace().collect();
        match words[1] {
            "serve" => self.gate = Some(self.listen(&words[1..])),
            // That it listens is all there is to see; tables with something in them are the reader's own.
            "local-table" => drop(self.listen(&words[1..])),
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
        // A reader at a terminal is asked, and says yes.
        if command.contains(" policy apply ") && !command.contains("--yes") {
            command.push_str(" --yes");
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
        let mut gate = self.gate.as_ref().map(|gate| gate.url.clone());
        if command.contains("TABLE_NAME") {
            let (table, gate_of_table) = self.table_with_a_story();
            command = command.replace("TABLE_NAME", &format!("sinch-gate --endpoint-url {}", table.url));
            gate = Some(gate_of_table.url.clone());
        }
        if command.contains(" verification ") || command.contains(" reconcile ") {
            // Where it waits, the phone does its part by itself.
            let waits = command.contains("--wait");
            self.reach_the_api(gate, waits);
            command = command.replace("YOUR-NUMBER", OWN_NUMBER);
        }
        command
    }

    fn table_with_a_story(&mut self) -> &(Running, Running) {
        if self.table.is_none() {
            let table = self.listen(&["local-table"]);
            let gate = self.listen(&["serve", "--table", "sinch-gate", "--endpoint-url", &table.url]);
            self.tool.run(&["send", "events/request-sms.json", "--url", &gate.url]).exits(0);
            self.table = Some((table, gate));
        }
        self.table.as_ref().unwrap()
    }

    /// Lets the story of the local table end well.
    pub(crate) fn verify_the_story(&mut self) {
        let url = self.table_with_a_story().1.url.clone();
        self.tool.run(&["send", "events/result-successful.json", "--url", &url]).exits(0);
    }

    /// Puts the stand-in in the place of Sinch's API, with a gate to call back.
    fn reach_the_api(&mut self, gate: Option<String>, phone_verifies: bool) {
        if self.api.is_none() {
            let api = StandIn::start();
            api.know("018bec3e-6913", Some(SAMPLE_REFERENCE), "+46700000001", "SUCCESSFUL");
            self.tool.set("SINCH_API_URL", api.url());
            self.api = Some(api);
        }
        let api = self.api.as_ref().unwrap();
        api.behave(|behaviour| behaviour.phone_verifies = phone_verifies);
        if let Some(gate) = gate {
            api.call_back(&gate);
        }
    }
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    let lines = "# first\nserve &      # in the background\n\nadd '+1*' \\\n  --for 6h\n";
    assert_eq!(commands(lines), ["serve &", "add '+1*' --for 6h"]);
}
