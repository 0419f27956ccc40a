//! The answers this process gave last, so that a prompt repeat of a request costs no trip at all.

use std::sync::Mutex;

use crate::bounded::BoundedMap;
use crate::signature::AppKey;

/// How many answers are kept.
const ANSWERS: usize = 512;

/// The answers that were given and recorded, by verification.
#[derive(Debug)]
pub(super) struct RecentAnswers {
    answers: Mutex<BoundedMap<String, String>>,
}

impl Default for RecentAnswers {
    fn default() -> Self {
        Self { answers: Mutex::new(BoundedMap::new(ANSWERS)) }
    }
}

impl RecentAnswers {
    pub(super) fn get(&self, app: &AppKey, id: &str) -> Option<String> {
        self.answers.lock().ok()?.get(&key(app, id)).cloned()
    }

    pub(super) fn put(&self, app: &AppKey, id: &str, answer: &str) {
        if let Ok(mut answers) = self.answers.lock() {
            answers.put(key(app, id), answer.to_owned());
        }
    }
}

fn key(app: &AppKey, id: &str) -> String {
    format!("{app}#{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_of_one_verification_of_one_application() {
        let (app, other): (AppKey, AppKey) = ("app".parse().unwrap(), "other".parse().unwrap());
        let recent = RecentAnswers::default();
        recent.put(&app, "1", "allow");
        assert_eq!(recent.get(&app, "1").as_deref(), Some("allow"));
        assert_eq!((recent.get(&app, "2"), recent.get(&other, "1")), (None, None));
    }
}
