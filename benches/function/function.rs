//! One run of the built function: started, given its callbacks, ended.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::callback::{self, KEY, SECRET};
use crate::case::{Asked, Case};
use crate::runtime_api::RuntimeApi;
use crate::table::{self, StandIn};
use crate::tls::Tls;

/// How long the function may go on after it has asked for another callback.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// A function that runs, and the stand-in of Lambda's runtime API that gives it its callbacks.
pub(crate) struct Function {
    pub(crate) process: Child,
    runtime: RuntimeApi,
}

impl Function {
    /// Starts it, in front of a table; each of its replies must have this status.
    pub(crate) fn start(
        mut command: Command,
        status: u16,
        table: &StandIn,
        tls: &Tls,
    ) -> anyhow::Result<Self> {
        let runtime = RuntimeApi::start(status)?;
        // Where valgrind is.
        let path =
            std::env::vars().find(|(name, _)| name == "PATH").map_or_else(String::new, |(_, path)| path);
        let environment = [
            ("AWS_LAMBDA_RUNTIME_API", runtime.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", "gate".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/gate".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            // As long as that of a role.
            ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2Vj".repeat(40)),
            ("SINCH_APPLICATION_KEY", KEY.to_owned()),
            ("SINCH_APPLICATION_SECRET", SECRET.to_owned()),
            ("CALLBACK_PATH", callback::path().to_owned()),
            ("METRICS_NAMESPACE", "sinch-gate".to_owned()),
            // callgrind takes fifty times as long as the processor, and no callback should refresh policies.
            ("DECISION_BUDGET", "25".to_owned()),
            ("POLICY_TTL", "86400".to_owned()),
            ("DYNAMODB_ENDPOINT", format!("https://{}", table.address)),
            ("TABLE_NAME", table::NAME.to_owned()),
            ("SSL_CERT_FILE", tls.roots.display().to_string()),
            ("PATH", path),
        ];
        command.env_clear().envs(environment);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process =
            command.spawn().with_context(|| format!("cannot run {}", command.get_program().display()))?;
        Ok(Self { process, runtime })
    }

    /// Waits until it asks for a callback.
    pub(crate) fn wait(&self) -> anyhow::Result<()> {
        self.runtime.wait()
    }

    /// Has a callback handled, once it was waited for; says how long that took.
    pub(crate) fn invoke(&self, event: String) -> anyhow::Result<Duration> {
        self.runtime.invoke(event)
    }

    /// Asks the process to end, so that callgrind writes what it counted.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status()?;
        self.process.wait()?;
        Ok(())
    }
}

/// Runs the function until it has handled this number of callbacks.
pub(crate) fn run(
    command: Command,
    case: &Case,
    callbacks: usize,
    table: &StandIn,
    tls: &Tls,
) -> anyhow::Result<()> {
    let event = |n: usize| match case.asked {
        Asked::Strangers => callback::event(n, callback::path(), n),
        Asked::Repeats => callback::event(0, callback::path(), 0),
        Asked::Elsewhere => callback::event(n, "/", n),
    };
    let events = (0..callbacks).map(event).collect::<anyhow::Result<Vec<_>>>()?;
    let status = if case.asked == Asked::Elsewhere { 404 } else { 200 };
    let function = Function::start(command, status, table, tls)?;
    let handled = handle(&function, events);
    std::thread::sleep(AFTERWARDS);
    function.end()?;
    handled
}

fn handle(function: &Function, events: Vec<String>) -> anyhow::Result<()> {
    function.wait()?;
    for event in events {
        function.invoke(event)?;
        function.wait()?;
    }
    Ok(())
}

/// The function as it is.
pub(crate) fn plain(bootstrap: &Path) -> Command {
    Command::new(bootstrap)
}
