//! Decision diagrams over digits: functions from digit strings to a small answer.
//!
//! A state answers for the digits read so far and has one next state per digit. Equal states are stored
//! once, so every diagram is minimal by construction, and combining two of them costs no more than the
//! pairs of states that can be reached together. They have no cycles but one: a *constant* state, which
//! gives the same answer whatever follows, leads to itself.

use std::collections::{BTreeSet, HashMap};

/// What a diagram says about a digit string; 0 means no or nothing.
pub(crate) type Answer = u16;

/// One state, and with it the diagram that begins there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct State(u32);

/// The content of a state.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    /// The answer if the digits end here.
    pub(crate) answer: Answer,
    /// The state after each digit.
    pub(crate) next: [State; 10],
}

/// All states of all diagrams, each stored once.
#[derive(Default)]
pub(crate) struct Diagrams {
    nodes: Vec<Node>,
    states: HashMap<Node, State>,
    constants: HashMap<Answer, State>,
}

impl Diagrams {
    /// The content of a state.
    #[allow(clippy::indexing_slicing, reason = "states come from `add` alone and are never removed")]
    pub(crate) fn node(&self, state: State) -> Node {
        self.nodes[state.0 as usize]
    }

    /// The diagram that gives one answer to everything.
    pub(crate) fn constant(&mut self, answer: Answer) -> State {
        if let Some(state) = self.constants.get(&answer) {
            return *state;
        }
        let state = self.next_state();
        self.constants.insert(answer, state);
        self.add(Node { answer, next: [state; 10] })
    }

    /// The state with this answer and these ways on.
    pub(crate) fn state(&mut self, answer: Answer, next: [State; 10]) -> State {
        // A state that leads only to a constant with its own answer is that constant.
        if let [first, rest @ ..] = next
            && rest.iter().all(|state| *state == first)
            && self.constants.get(&answer) == Some(&first)
        {
            return first;
        }
        let node = Node { answer, next };
        self.states.get(&node).copied().unwrap_or_else(|| self.add(node))
    }

    /// Two diagrams read side by side, with `choose` joining their answers.
    pub(crate) fn combine(&mut self, a: State, b: State, choose: impl Fn(Answer, Answer) -> Answer) -> State {
        self.combine_known(a, b, &choose, &mut HashMap::new())
    }

    fn combine_known(
        &mut self,
        a: State,
        b: State,
        choose: &impl Fn(Answer, Answer) -> Answer,
        known: &mut HashMap<(State, State), State>,
    ) -> State {
        if let Some(state) = known.get(&(a, b)) {
            return *state;
        }
        let (left, right) = (self.node(a), self.node(b));
        let answer = choose(left.answer, right.answer);
        let state = if left.next.contains(&a) && right.next.contains(&b) {
            self.constant(answer)
        } else {
            let mut next = left.next;
            for (to, other) in next.iter_mut().zip(right.next) {
                *to = self.combine_known(*to, other, choose, known);
            }
            self.state(answer, next)
        };
        known.insert((a, b), state);
        state
    }

    /// The diagram that answers as `state` for digit strings of the given lengths, and 0 for all others.
    pub(crate) fn of_lengths(&mut self, state: State, lengths: &BTreeSet<usize>) -> State {
        self.of_lengths_known(state, 0, lengths, &mut HashMap::new())
    }

    fn of_lengths_known(
        &mut self,
        state: State,
        depth: usize,
        lengths: &BTreeSet<usize>,
        known: &mut HashMap<(State, usize), State>,
    ) -> State {
        if let Some(state) = known.get(&(state, depth)) {
            return *state;
        }
        if lengths.range(depth..).next().is_none() {
            return self.constant(0);
        }
        let Node { answer, mut next } = self.node(state);
        for to in &mut next {
            *to = self.of_lengths_known(*to, depth + 1, lengths, known);
        }
        let answer = if lengths.contains(&depth) { answer } else { 0 };
        let restricted = self.state(answer, next);
        known.insert((state, depth), restricted);
        restricted
    }

    fn add(&mut self, node: Node) -> State {
        let state = self.next_state();
        self.nodes.push(node);
        self.states.insert(node, state);
        state
    }

    fn next_state(&self) -> State {
        State(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(diagrams: &Diagrams, start: State, digits: &str) -> Answer {
        let step = |state, digit: u8| diagrams.node(state).next[usize::from(digit - b'0')];
        diagrams.node(digits.bytes().fold(start, step)).answer
    }

    /// A diagram that answers 1 to every string of one digit.
    fn one_digit(diagrams: &mut Diagrams) -> State {
        let nothing = diagrams.constant(0);
        let end = diagrams.state(1, [nothing; 10]);
        diagrams.state(0, [end; 10])
    }

    #[test]
    fn equal_states_are_stored_once() {
        let mut diagrams = Diagrams::default();
        assert_eq!(one_digit(&mut diagrams), one_digit(&mut diagrams));
        let constant = diagrams.constant(7);
        assert_eq!(diagrams.state(7, [constant; 10]), constant);
    }

    #[test]
    fn combining_joins_the_answers_of_both() {
        let mut diagrams = Diagrams::default();
        let (one, always) = (one_digit(&mut diagrams), diagrams.constant(4));
        let sum = diagrams.combine(one, always, |a, b| a + b);
        assert_eq!(["", "3", "33"].map(|digits| answer(&diagrams, sum, digits)), [4, 5, 4]);
    }

    #[test]
    fn other_lengths_are_cut_away() {
        let mut diagrams = Diagrams::default();
        let always = diagrams.constant(1);
        let two_or_four = diagrams.of_lengths(always, &BTreeSet::from([2, 4]));
        let answers =
            ["", "1", "12", "123", "1234", "12345"].map(|digits| answer(&diagrams, two_or_four, digits));
        assert_eq!(answers, [0, 0, 1, 0, 1, 0]);
    }
}
