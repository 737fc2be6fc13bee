//! Changes of embedded text: what is offered is right.

#[path = "edits/json_yaml.rs"]
mod json_yaml;

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
