//! The answers this process gave last, so that a prompt repeat of a request costs no trip at all.

use std::collections::HashMap;
use std::sync::Mutex;

/// How many answers one generation holds.
const GENERATION: usize = 512;

/// A bounded map from a verification to the answer that was given and recorded.
#[derive(Debug, Default)]
pub(super) struct Recent {
    generations: Mutex<(HashMap<String, String>, HashMap<String, String>)>,
}

impl Recent {
    pub(super) fn get(&self, app: &str, id: &str) -> Option<String> {
        let generations = self.generations.lock().ok()?;
        let key = key(app, id);
        generations.0.get(&key).or_else(|| generations.1.get(&key)).cloned()
    }

    pub(super) fn put(&self, app: &str, id: &str, answer: &str) {
        let Ok(mut generations) = self.generations.lock() else { return };
        if generations.0.len() >= GENERATION {
            generations.1 = std::mem::take(&mut generations.0);
        }
        generations.0.insert(key(app, id), answer.to_owned());
    }
}

fn key(app: &str, id: &str) -> String {
    format!("{app}#{id}")
}
