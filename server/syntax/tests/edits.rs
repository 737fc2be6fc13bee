//! Changes of embedded text: what is offered is right, whatever the host does to the text.

mod embedding;
#[path = "edits/json_yaml.rs"]
mod json_yaml;

use embedding::{CODECS, Outcome, Random, attempt};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_offered_change_is_right(seed in any::<u64>()) {
        let mut random = Random::new(seed);
        for codec in CODECS {
            if let Err(complaint) = attempt(codec, &mut random) {
                return Err(TestCaseError::fail(complaint));
            }
        }
    }
}

#[test]
fn most_changes_are_offered() {
    for codec in CODECS {
        let mut random = Random::new(7);
        let outcomes: Vec<Outcome> = (0..200)
            .map(|_| attempt(codec, &mut random).unwrap_or_else(|complaint| panic!("{complaint}")))
            .collect();
        let right = outcomes.iter().filter(|outcome| **outcome == Outcome::Right).count();
        assert!(right > 40, "{}: {right} of {}", codec.name, outcomes.len());
    }
}

#[test]
fn changes_in_json_strings_and_yaml_scalars_are_exact() {
    let mut random = json_yaml::Random::new(20_260_723);
    let mut report = json_yaml::Report::new();
    for _ in 0..500 {
        json_yaml::change(&mut random, &mut report);
    }
    for (codec, (asked, offered)) in &report {
        assert!(offered * 3 > *asked, "{codec}: {offered} of {asked} offered");
    }
}
