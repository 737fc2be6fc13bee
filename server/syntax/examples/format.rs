//! Lays the Dockerfiles that are named out and checks that nothing is another afterwards:
//! `cargo run -p amlenv-syntax --example format -- FILE…`. With `--print` the last one is printed.

#![expect(clippy::print_stdout, reason = "an example prints")]

use amlenv_syntax::dockerfile::format::{Layout, applied, changes, same_meaning};
use amlenv_syntax::dockerfile::parse;

fn main() {
    let (mut files, mut changed, mut wrong) = (0, 0, 0);
    let mut last = String::new();
    let mut print = false;
    for path in std::env::args().skip(1) {
        if path == "--print" {
            print = true;
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        files += 1;
        let tree = parse(&text);
        let layout = Layout::default();
        let found = changes(&text, &tree, &layout);
        changed += usize::from(!found.is_empty());
        last = applied(&text, &found);
        let again = parse(&last);
        let once = changes(&last, &again, &layout);
        if !same_meaning(&tree, &again) || !once.is_empty() {
            wrong += 1;
            println!(
                "{path}: {}",
                if once.is_empty() { "means something else" } else { "is not done at once" }
            );
        }
    }
    println!("{files} files, {changed} changed, {wrong} wrong");
    if print {
        print!("{last}");
    }
}
