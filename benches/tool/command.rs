//! One run of the tool.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::process::Process;

/// How often is looked at the process.
const INTERVAL: Duration = Duration::from_millis(10);

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a run took.
pub(crate) struct Took {
    pub(crate) seconds: Duration,
    processor: Duration,
    memory: u64,
}

impl Took {
    pub(crate) fn by(tool: &str, table: &Path, command: &[&str]) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut running = Command::new(tool)
            .args(command)
            .arg("--data")
            .arg(table)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {tool}"))?;
        let process = Process(running.id());
        let (mut processor, mut memory) = (Duration::ZERO, 0);
        let status = loop {
            if let Some(status) = running.try_wait()? {
                break status;
            }
            // As it stood last, since a process that ends takes its figures with it.
            processor = process.processor().map_or(processor, |now| now.max(processor));
            memory = process.resident().map_or(memory, |now| now.max(memory));
            if begun.elapsed() > PATIENCE {
                running.kill()?;
                break running.wait()?;
            }
            std::thread::sleep(INTERVAL);
        };
        let seconds = begun.elapsed();
        // Beyond its patience, what it took is the answer.
        ensure!(status.code().is_some_and(|code| code == 0) || seconds > PATIENCE, "{command:?}: {status}");
        Ok(Self { seconds, processor, memory })
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [seconds, processor] = [self.seconds, self.processor].map(|duration| duration.as_secs_f64());
        let more = if self.seconds > PATIENCE { "more than " } else { "" };
        write!(f, "{more}{seconds:.1} | {processor:.1} | {:.0}", self.memory as f64 / 1e6)
    }
}
