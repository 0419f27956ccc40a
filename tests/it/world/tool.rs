//! The built tool, run in a directory of the test's own and with an environment that has nothing from the
//! machine.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The key of the samples in `events/`.
pub(crate) const SAMPLE_KEY: &str = "669E367E-6BBA-48AB-AF15-266871C28135";
/// Its secret, published by Sinch beside it.
pub(crate) const SAMPLE_SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";

const TOOL: &str = env!("CARGO_BIN_EXE_sinch-gate");
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A path in the repository.
pub(crate) fn repository(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
#[track_caller]
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = repository(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path of a sample event's body, as an argument.
pub(crate) fn sample(name: &str) -> String {
    repository(format!("events/{name}.json")).display().to_string()
}

/// A user of the tool, with a directory and an environment.
pub(crate) struct Tool {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

/// How a run ended.
pub(crate) struct Run {
    command: String,
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command that runs until it is dropped.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
    /// Where it listens, such as `http://127.0.0.1:41234/`.
    pub(crate) url: String,
}

impl Tool {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // No AWS configuration, and no asking for one over the network either.
        let variables = [
            ("HOME", dir.path().to_str().unwrap()),
            ("USER", "tester"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            // Generous, since a busy machine must not turn a test of decisions into one of speed.
            ("DECISION_BUDGET", "20"),
            ("PATH", SYSTEM_PATH),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { dir, variables }
    }

    /// Sets a variable for what is run from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A file in the user's directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the user's directory.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    /// Runs the tool. A policy is applied without being asked, which a test of the question does by
    /// [`Self::run_line`].
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_on("", arguments)
    }

    /// Runs the tool with a text on its standard input.
    pub(crate) fn run_on(&self, input: impl AsRef<[u8]>, arguments: &[&str]) -> Run {
        self.finish(self.command(TOOL, arguments), input.as_ref())
    }

    /// Runs a command line as a shell reads it; `sinch-gate` is the tool.
    pub(crate) fn run_line(&self, line: &str) -> Run {
        let mut command = self.command("sh", &["-c", line]);
        let bin = Path::new(TOOL).parent().unwrap().display();
        command.env("PATH", format!("{bin}:{SYSTEM_PATH}"));
        self.finish(command, b"")
    }

    /// Runs a command line in a terminal of this width; data and messages come together, as they are seen.
    pub(crate) fn run_in_terminal(&self, columns: usize, line: &str) -> Run {
        let in_terminal = format!("stty cols {columns} rows 24; {line}");
        let script = ["-q", "-e", "-c", &in_terminal, "/dev/null"];
        let mut command = self.command("script", &script);
        let bin = Path::new(TOOL).parent().unwrap().display();
        command.env("PATH", format!("{bin}:{SYSTEM_PATH}")).env("SHELL", "/bin/sh");
        let mut run = self.finish(command, b"");
        run.stdout = run.stdout.replace("\r\n", "\n");
        run
    }

    /// Starts a command that listens, and waits until it does.
    #[track_caller]
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let log = self.file(&format!("{}.log", arguments[0]));
        let mut command = self.command(TOOL, arguments);
        command.stdout(Stdio::piped()).stderr(std::fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let running = Running { child, log, url: url.clone().unwrap_or_default() };
        assert!(url.is_some(), "{arguments:?} does not listen: {line}{}", running.log());
        running
    }

    /// Starts a command whose output the caller reads, and which the caller ends.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(TOOL, arguments).stdout(Stdio::piped()).spawn().unwrap()
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        if arguments.starts_with(&["policy", "apply"]) && !arguments.contains(&"--dry-run") {
            command.arg("--yes");
        }
        // So that a test may begin with a list; nobody's gate needs to have made the file.
        let is_list_change =
            [["list", "add"], ["list", "import"]].iter().any(|begin| arguments.starts_with(begin));
        if is_list_change && arguments.contains(&"gate.db") && !arguments.contains(&"--anyway") {
            command.args((!self.file("gate.db").exists()).then_some("--anyway"));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn finish(&self, mut command: Command, input: &[u8]) -> Run {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        Run {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Expects an exit code: 0 done, 1 failed, 2 denied, invalid or found.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Whether it is done, or found something.
    pub(crate) fn has_not_failed(&self) -> bool {
        matches!(self.code, Some(0 | 2))
    }

    /// Expects data, exactly.
    #[track_caller]
    pub(crate) fn prints(self, stdout: &str) -> Self {
        assert_eq!(self.stdout, stdout, "{self}");
        self
    }

    /// Expects data with this in it.
    #[track_caller]
    pub(crate) fn shows(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "no `{part}` in the output of {self}");
        self
    }

    /// Expects a message with this in it.
    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "no `{part}` in the messages of {self}");
        self
    }

    /// Expects no message.
    #[track_caller]
    pub(crate) fn says_nothing(self) -> Self {
        assert!(self.stderr.is_empty(), "a message in {self}");
        self
    }

    /// The data, one JSON value per line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        let values = self.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        values.unwrap_or_else(|error| panic!("{error} in {self}"))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, which ended with {:?}\n{}{}", self.command, self.code, self.stdout, self.stderr)
    }
}

impl Running {
    /// Asks it to stop, as a service manager does, and waits for its end.
    pub(crate) fn stop(mut self) -> Option<i32> {
        self.ask_to_stop();
        self.child.wait().unwrap().code()
    }

    /// Asks it to stop, and does not wait.
    pub(crate) fn ask_to_stop(&self) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
    }

    /// What it has written to standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
