//! Who does the job.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::table::StandIn;
use crate::tls::Tls;

/// A program that answers callbacks.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// The program and its arguments.
    command: Vec<String>,
    /// Where it finds its packages, if not beside it.
    packages: Option<String>,
}

/// What the function does by a policy, and the others by their code.
pub(crate) const POLICY: &str = r#"
schema = 1
default = "allow"
[[rules]]
id = "safelist"
verdict = "allow"
list = "safelist"
[[rules]]
id = "blocklist"
verdict = "deny"
list = "blocklist"
[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 1000, window = "1d" }
[[rules]]
id = "per-country"
verdict = "deny"
quota = { per = "country", limit = 1000, window = "1d" }
"#;

impl Contender {
    /// All of them, ours first.
    pub(crate) fn all(bootstrap: &Path, handlers: &Path) -> anyhow::Result<Vec<Self>> {
        let text = |path: &Path| path.display().to_string();
        let of_node = |name, file: &str| -> anyhow::Result<Self> {
            let file = handlers.join(file);
            let file = file.canonicalize().with_context(|| format!("no {}", file.display()))?;
            let command = vec!["node".to_owned(), text(&file)];
            Ok(Self { name, command, packages: None })
        };
        let python = interpreter()?;
        let handlers = handlers.canonicalize()?;
        Ok(vec![
            Self { name: "sinch-gate", command: vec![text(bootstrap)], packages: None },
            of_node("Node.js, Sinch's package", "official.cjs")?,
            of_node("Node.js, lean", "lean.cjs")?,
            Self {
                name: "Python",
                command: vec![python, text(&handlers.join("handler/runtime.py"))],
                packages: Some(text(&handlers.join("python"))),
            },
        ])
    }

    /// What starts it; where there is a group, as a member of it.
    pub(crate) fn command(&self, group: Option<&Path>, table: &StandIn, tls: &Tls) -> Command {
        // `exec` keeps the process's id.
        let mut command = Command::new("sh");
        let script = match group {
            Some(_) => "echo $$ >\"$1\" && shift && exec env \"$@\"",
            None => "exec env \"$@\"",
        };
        command.args(["-c", script, "sh"]).args(group);
        let roots = tls.roots.display();
        command.args([
            // Beside AWS_REGION, as Lambda has it.
            "AWS_DEFAULT_REGION=eu-west-1".to_owned(),
            format!("NODE_EXTRA_CA_CERTS={roots}"),
            format!("AWS_CA_BUNDLE={roots}"),
            format!("AWS_ENDPOINT_URL_DYNAMODB=https://{}", table.address),
        ]);
        command.args(self.packages.as_ref().map(|packages| format!("PYTHONPATH={packages}")));
        command.args(&self.command);
        command
    }
}

/// Python itself, rather than a script that chooses one.
fn interpreter() -> anyhow::Result<String> {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output()?;
    Ok(String::from_utf8(asked.stdout)?.trim().to_owned())
}
