//! A share of a core, as Lambda gives to a function by its memory.

use std::fs::{create_dir, read_to_string, remove_dir, write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The memory of a function that has a whole core, in MB.
const MEMORY_OF_A_CORE: u64 = 1_769;

/// In what span a share is given again, in microseconds: as on Lambda.
const PERIOD: u64 = 20_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Share {
    /// What a function with this memory has, in MB.
    OfMemory(u64),
    Full,
}

impl Share {
    /// Its name in a table.
    pub(crate) fn name(self) -> String {
        match self {
            Self::OfMemory(memory) => {
                let percent = memory as f64 * 100.0 / MEMORY_OF_A_CORE as f64;
                format!("{memory} MB, {percent:.0} % of a core")
            }
            Self::Full => "full core".to_owned(),
        }
    }
}

/// A control group of its own, whose members get no more than a share.
pub(crate) struct Group {
    folder: PathBuf,
    is_unified: bool,
}

impl Group {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let root = Path::new("/sys/fs/cgroup");
        let (parent, is_unified) = match read_to_string(root.join("cgroup.controllers")) {
            Ok(controllers) if controllers.split_whitespace().any(|name| name == "cpu") => {
                // Groups at the top have this unless it was taken from them.
                let _ = write(root.join("cgroup.subtree_control"), "+cpu");
                (root.to_owned(), true)
            }
            Ok(_) => bail!("control groups cannot limit processors"),
            Err(_) => (root.join("cpu"), false),
        };
        let folder = parent.join(format!("sinch-gate-peers-{}", std::process::id()));
        create_dir(&folder).with_context(|| format!("cannot make the group {}", folder.display()))?;
        let group = Self { folder, is_unified };
        group.give(Share::OfMemory(128))?;
        Ok(group)
    }

    /// Gives its members this share.
    pub(crate) fn give(&self, share: Share) -> anyhow::Result<()> {
        let quota = match share {
            Share::OfMemory(memory) => Some(PERIOD * memory / MEMORY_OF_A_CORE),
            // No function has more than one core here.
            Share::Full => Some(PERIOD),
        };
        let set = |file: &str, text: String| {
            write(self.folder.join(file), text).with_context(|| format!("cannot write `{file}` of the group"))
        };
        if self.is_unified {
            return set(
                "cpu.max",
                quota.map_or_else(|| "max".to_owned(), |quota| format!("{quota} {PERIOD}")),
            );
        }
        set("cpu.cfs_period_us", PERIOD.to_string())?;
        set("cpu.cfs_quota_us", quota.map_or_else(|| "-1".to_owned(), |quota| quota.to_string()))
    }

    /// The file that processes are written to.
    pub(crate) fn procs(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It has no members any more.
        let _ = remove_dir(&self.folder);
    }
}
