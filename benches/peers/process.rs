//! What Linux says of a process.

use std::time::Duration;

use anyhow::Context as _;

pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// The processor time of its threads.
    pub(crate) fn processor(&self) -> anyhow::Result<Duration> {
        let mut spent = 0_u64;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.0))? {
            // Nanoseconds on a processor, nanoseconds of waiting for one, and how often it got one. A thread
            // may have ended meanwhile.
            let Ok(text) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
            spent += text.split(' ').next().context("an empty schedstat")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(spent))
    }

    /// How much of its memory is in RAM, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }
}
