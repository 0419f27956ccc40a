//! How the budget of a decision is divided among its steps.

use std::time::Duration;

use tokio::time::Instant;

/// The deadlines of a handling's steps. A step that the table does not answer in time leaves the rest of the
/// budget to those that follow; the last one is when the answer must be on its way.
#[derive(Clone, Copy)]
pub(super) struct Deadlines {
    pub(super) ask: Instant,
    pub(super) take: Instant,
    pub(super) settle: Instant,
}

impl Deadlines {
    /// Half of the budget is for asking, a quarter for taking, and the rest for settling.
    pub(super) fn within(budget: Duration) -> Self {
        let begin = Instant::now();
        Self { ask: begin + budget / 2, take: begin + budget * 3 / 4, settle: begin + budget }
    }

    /// The deadline of waiting for another copy, which leaves time to write down what is answered then.
    pub(super) fn last_look(self) -> Instant {
        self.take + self.settle.duration_since(self.take) / 2
    }

    /// Those of another turn: each step may wait as long as the one after it before. A table that is slow to
    /// answer the first question must not leave the second one without time.
    pub(super) fn of_another_turn(self) -> Self {
        Self { ask: self.take, take: self.settle, settle: self.settle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_turn_has_later_deadlines_but_the_answer_is_due_as_before() {
        let first = Deadlines::within(Duration::from_millis(1_500));
        let second = first.of_another_turn();
        assert_eq!(first.settle - first.take, Duration::from_millis(375));
        assert_eq!(first.settle - first.ask, Duration::from_millis(750));
        assert!(second.ask > first.ask && second.take > first.take);
        assert_eq!(second.settle, first.settle);
        assert_eq!(first.last_look() - first.take, (first.settle - first.take) / 2);
    }
}
