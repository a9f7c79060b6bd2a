//! The values of a filter, held to a resource's values all at once.
//!
//! `*` and `?` are wildcards and `\` takes their meaning away. A request may bring 200 values of 255 characters, and every
//! row is held to them. So the values with wildcards become one automaton, which reads a row's value once. Its states are
//! sets of positions in the values. Those that were met are kept, so that most characters cost one look-up; where the memory
//! for them is full, the next set is computed, in a time that the length of the filter bounds.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::work;

/// Masks of one automaton at most, in words. Values with more characters of their own are spread over several.
const MASK_WORDS_MAX: usize = 1 << 17;
/// What one automaton may keep of the states that it met, in words.
const KNOWN_WORDS_MAX: usize = 1 << 17;
/// Words of a state that are computed for one unit of [`work`].
const WORDS_OF_A_UNIT: usize = 256;
/// Characters that are looked up for one unit of [`work`].
const CHARACTERS_OF_A_UNIT: usize = 16;

/// The values of one filter.
#[derive(Debug, Default)]
pub struct Patterns {
    literal: HashSet<String>,
    automata: Vec<Automaton>,
}

impl Patterns {
    /// Reads the values.
    pub fn new(values: &[String]) -> Self {
        let mut patterns = Self::default();
        let mut building = Automaton::default();
        for value in values {
            if !value.contains(['*', '?', '\\']) {
                patterns.literal.insert(value.clone());
                continue;
            }
            let steps = Steps::read(value);
            if building.mask_words_with(&steps) > MASK_WORDS_MAX && building.positions > 0 {
                patterns.automata.push(std::mem::take(&mut building).built());
            }
            building.add(steps);
        }
        if building.positions > 0 {
            patterns.automata.push(building.built());
        }
        patterns
    }

    /// Whether one of the values matches. Not when the work of the request is over: nobody reads its answer then.
    pub fn match_any(&self, value: &str) -> bool {
        work::spend(1) && (self.literal.contains(value) || self.automata.iter().any(|automaton| automaton.matches(value)))
    }
}

/// What a value asks for: a step for each character, and where any others may stand before one.
struct Steps {
    steps: Vec<Step>,
    /// The steps before which a `*` stands; the number of steps where it stands at the end.
    stars: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Any,
    One(char),
}

impl Steps {
    fn read(value: &str) -> Self {
        let mut read = Self { steps: Vec::new(), stars: Vec::new() };
        let mut chars = value.chars();
        while let Some(char) = chars.next() {
            match char {
                '*' => read.stars.push(read.steps.len()),
                '?' => read.steps.push(Step::Any),
                '\\' => read.steps.push(Step::One(chars.next().unwrap_or('\\'))),
                char => read.steps.push(Step::One(char)),
            }
        }
        read
    }
}

/// Some of the values. Each has a position before each of its steps and one after the last; the positions of all are the bits
/// of a state.
#[derive(Debug, Default)]
struct Automaton {
    positions: usize,
    words: usize,
    /// The number of each character that the values name. All others are alike, and have number 0.
    classes: HashMap<char, u32>,
    /// The same for the first characters of Unicode, without hashing.
    ascii: Vec<u32>,
    class_count: usize,
    steps: Vec<(usize, Step)>,
    starts: Vec<usize>,
    /// For each class of characters, the positions that one of it leads on from.
    takes: Vec<u64>,
    /// The positions that any character may stay at.
    stars: Vec<usize>,
    stays: Vec<u64>,
    ends: Vec<usize>,
    known: RefCell<Known>,
}

/// The states that were met. The first is the one before the first character.
#[derive(Debug, Default)]
struct Known {
    numbers: HashMap<Box<[u64]>, u32>,
    states: Vec<Box<[u64]>>,
    is_end: Vec<bool>,
    is_empty: Vec<bool>,
    /// What follows a state for a class of characters.
    next: Vec<u32>,
}

const UNKNOWN: u32 = u32::MAX;

impl Automaton {
    fn mask_words_with(&self, more: &Steps) -> usize {
        let new = more.steps.iter().filter(|step| matches!(step, Step::One(char) if !self.classes.contains_key(char))).count();
        (self.classes.len() + new + 1) * (self.positions + more.steps.len() + 1).div_ceil(64)
    }

    fn add(&mut self, value: Steps) {
        let first = self.positions;
        self.starts.push(first);
        for (at, step) in value.steps.iter().enumerate() {
            if let Step::One(char) = step {
                let next = self.classes.len() as u32 + 1;
                self.classes.entry(*char).or_insert(next);
            }
            self.steps.push((first + at, *step));
        }
        self.stars.extend(value.stars.iter().map(|at| first + at));
        self.positions = first + value.steps.len() + 1;
        self.ends.push(self.positions - 1);
    }

    fn built(mut self) -> Self {
        self.words = self.positions.div_ceil(64);
        self.class_count = self.classes.len() + 1;
        self.takes = vec![0; self.class_count * self.words];
        for (at, step) in std::mem::take(&mut self.steps) {
            let of = match step {
                Step::Any => 0..self.class_count,
                Step::One(char) => self.class_of(char)..self.class_of(char) + 1,
            };
            of.for_each(|class| set(&mut self.takes[class * self.words..], at));
        }
        self.stays = vec![0; self.words];
        self.stars.iter().for_each(|at| set(&mut self.stays, *at));
        self.ascii = (0..128u8).map(|byte| self.class_of(char::from(byte)) as u32).collect();
        let mut first = vec![0; self.words];
        self.starts.iter().for_each(|at| set(&mut first, *at));
        self.keep(&mut self.known.borrow_mut(), &first);
        self
    }

    fn matches(&self, value: &str) -> bool {
        let mut known = self.known.borrow_mut();
        let mut state = 0;
        let mut unpaid = 0;
        let mut chars = value.chars();
        while let Some(char) = chars.next() {
            let class = self.class(char);
            let at = state as usize * self.class_count + class;
            let mut next = known.next[at];
            if next == UNKNOWN {
                let computed = self.step(&known.states[state as usize], class);
                match self.keep(&mut known, &computed) {
                    Some(number) => next = number,
                    None => return self.walk(computed, chars),
                }
                known.next[at] = next;
            }
            if known.is_empty[next as usize] {
                return false;
            }
            state = next;
            unpaid += 1;
            if unpaid == CHARACTERS_OF_A_UNIT {
                unpaid = 0;
                if !work::spend(1) {
                    return false;
                }
            }
        }
        known.is_end[state as usize]
    }

    /// Reads the rest of a value without the states that are known.
    fn walk(&self, mut state: Vec<u64>, rest: std::str::Chars<'_>) -> bool {
        let price = u32::try_from(self.words.div_ceil(WORDS_OF_A_UNIT)).unwrap_or(u32::MAX);
        for char in rest {
            state = self.step(&state, self.class(char));
            if state.iter().all(|word| *word == 0) || !work::spend(price) {
                return false;
            }
        }
        self.is_end(&state)
    }

    fn class(&self, char: char) -> usize {
        match self.ascii.get(char as usize) {
            Some(class) => *class as usize,
            None => self.class_of(char),
        }
    }

    fn class_of(&self, char: char) -> usize {
        self.classes.get(&char).map_or(0, |class| *class as usize)
    }

    /// The positions after one more character.
    fn step(&self, before: &[u64], class: usize) -> Vec<u64> {
        let takes = &self.takes[class * self.words..][..self.words];
        let mut carry = 0;
        let each = before.iter().zip(takes).zip(&self.stays).map(|((before, takes), stays)| {
            let taken = before & takes;
            let next = taken << 1 | carry | before & stays;
            carry = taken >> 63;
            next
        });
        each.collect()
    }

    fn is_end(&self, state: &[u64]) -> bool {
        self.ends.iter().any(|at| state[at / 64] & 1 << (at % 64) != 0)
    }

    /// The number of a state, if there is room for it.
    fn keep(&self, known: &mut Known, state: &[u64]) -> Option<u32> {
        if let Some(number) = known.numbers.get(state) {
            return Some(*number);
        }
        // A state is there twice, and a transition is half a word.
        let each = 2 * self.words + self.class_count.div_ceil(2);
        if known.states.len() * each >= KNOWN_WORDS_MAX {
            return None;
        }
        let number = u32::try_from(known.states.len()).ok()?;
        known.states.push(state.into());
        known.numbers.insert(state.into(), number);
        known.is_end.push(self.is_end(state));
        known.is_empty.push(state.iter().all(|word| *word == 0));
        known.next.extend(std::iter::repeat_n(UNKNOWN, self.class_count));
        Some(number)
    }
}

fn set(words: &mut [u64], bit: usize) {
    words[bit / 64] |= 1 << (bit % 64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONGEST: usize = 255;

    fn matches(pattern: &str, value: &str) -> bool {
        Patterns::new(&[pattern.to_owned()]).match_any(value)
    }

    #[test]
    fn wildcards_match_as_ec2_describes() {
        for (pattern, value, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            (r"\*amazon\?\\", r"*amazon?\", true),
            (r"\*", "x", false),
            (r"a\", r"a\", true),
            ("*database*", "my-database-1", true),
            ("web", "webserver", false),
            ("Web", "web", false),
            ("a*", "a", true),
            ("", "", true),
            ("", "a", false),
            ("?", "é", true),
            ("*é?", "caféx", true),
            ("*é?", "cafex", false),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn the_longest_patterns_match_from_end_to_end() {
        let longest = "a".repeat(LONGEST);
        assert!(matches(&longest, &longest));
        assert!(!matches(&longest, &longest[1..]));
        let stars = format!("{}b", "*a".repeat(LONGEST / 2));
        assert!(!matches(&stars, &"a".repeat(100_000)));
        assert!(matches(&stars, &format!("{}b", "a".repeat(100_000))));
    }

    /// Values with more characters than one automaton takes, and rows with more states than it keeps.
    #[test]
    fn the_largest_filters_match_like_small_ones() {
        let letter = |number: usize| char::from_u32(0x4e00 + number as u32).unwrap();
        let of = |row: usize| (0..LONGEST / 2).map(move |at| letter(row * 100 + at * 7 % 5000)).collect::<Vec<_>>();
        let values: Vec<String> = (0..200).map(|row| of(row).iter().flat_map(|char| ['*', *char]).collect()).collect();
        let patterns = Patterns::new(&values);
        assert!(patterns.automata.len() > 1);
        for row in (0..200).step_by(19) {
            // Whatever follows a character is not asked for, except after the last one.
            let value: String = of(row).into_iter().flat_map(|char| [char, 'x', 'y'][..1 + row % 3].to_vec()).collect();
            assert_eq!(patterns.match_any(&value), row % 3 == 0, "{row}");
        }
        let known = patterns.automata[0].known.borrow();
        assert!(known.states.len() * patterns.automata[0].words < 2 * KNOWN_WORDS_MAX);
    }

    proptest! {
        /// The automaton agrees with the obvious recursive matcher, for all values at once, whether states are kept or not.
        #[test]
        fn matching_agrees_with_a_naive_matcher(
            patterns in prop::collection::vec("[abé*?]{0,8}", 1..40),
            values in prop::collection::vec("[abcé]{0,8}", 1..8),
        ) {
            fn naive(pattern: &[char], value: &[char]) -> bool {
                match (pattern.first(), value.first()) {
                    (None, None) => true,
                    (Some('*'), _) => naive(&pattern[1..], value) || !value.is_empty() && naive(pattern, &value[1..]),
                    (Some('?'), Some(_)) => naive(&pattern[1..], &value[1..]),
                    (Some(char), Some(other)) => char == other && naive(&pattern[1..], &value[1..]),
                    _ => false,
                }
            }
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let all = Patterns::new(&patterns);
            for value in &values {
                let expected = patterns.iter().any(|pattern| naive(&letters(pattern), &letters(value)));
                prop_assert_eq!(all.match_any(value), expected);
                let walked = all.automata.iter().any(|automaton| {
                    let first = automaton.known.borrow().states[0].to_vec();
                    automaton.walk(first, value.chars())
                });
                prop_assert_eq!(walked || all.literal.contains(value), expected);
            }
        }
    }
}
