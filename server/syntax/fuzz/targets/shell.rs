#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| amlenv_syntax_fuzz::shell(text));
