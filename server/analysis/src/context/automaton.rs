//! Matches a text against a pattern that was taken apart, in time that grows as the product of their
//! lengths. What a pattern language means is not known here.

/// Characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// This one.
    One(char),
    /// Any but `/`.
    NotSlash,
    /// What `.` is in a regular expression: any but a line feed.
    NotLineFeed,
    /// Those of a bracket expression.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Set {
    fn holds(&self, c: char) -> bool {
        match self {
            Self::One(one) => *one == c,
            Self::NotSlash => c != '/',
            Self::NotLineFeed => c != '\n',
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// A step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// One character of a set.
    Take(Set),
    /// Any number of characters of a set.
    Repeat(Set),
    /// The next so many steps may be left out together.
    Optional(usize),
}

/// A pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Automaton(pub(super) Vec<Op>);

impl Automaton {
    pub(super) fn take(&mut self, set: Set) {
        self.0.push(Op::Take(set));
    }

    pub(super) fn repeat(&mut self, set: Set) {
        self.0.push(Op::Repeat(set));
    }

    /// Whether the pattern is all of the text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut now = vec![false; self.0.len() + 1];
        if let Some(first) = now.first_mut() {
            *first = true;
        }
        self.close(&mut now);
        for c in text.chars() {
            let mut next = vec![false; now.len()];
            let mut any = false;
            for (at, op) in self.0.iter().enumerate() {
                if now.get(at) != Some(&true) {
                    continue;
                }
                let to = match op {
                    Op::Take(set) if set.holds(c) => at + 1,
                    Op::Repeat(set) if set.holds(c) => at,
                    _ => continue,
                };
                any |= mark(&mut next, to);
            }
            if !any {
                return false;
            }
            self.close(&mut next);
            now = next;
        }
        now.last() == Some(&true)
    }

    /// Marks what is reached without a character. Steps only lead forward, so one pass is enough.
    fn close(&self, states: &mut [bool]) {
        for (at, op) in self.0.iter().enumerate() {
            if states.get(at) != Some(&true) {
                continue;
            }
            match op {
                Op::Take(_) => {}
                Op::Repeat(_) => {
                    mark(states, at + 1);
                }
                Op::Optional(skipped) => {
                    mark(states, at + 1);
                    mark(states, at + 1 + skipped);
                }
            }
        }
    }
}

fn mark(states: &mut [bool], at: usize) -> bool {
    match states.get_mut(at) {
        Some(state) => {
            *state = true;
            true
        }
        None => false,
    }
}
