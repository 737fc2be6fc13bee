//! Says which paths an ignore file drops, one JSON answer a line, for comparing with the programs whose
//! files these are: each line read is `{"kind": "upload" or "build", "text": …, "paths": […]}`, each
//! line printed `"refused"`, `"unclear"` or the paths that are dropped.

use std::io::{BufRead as _, Write as _};

use amlenv_analysis::context::{BuildIgnore, UploadIgnore};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let text = case["text"].as_str().unwrap_or("");
        let paths = case["paths"].as_array().map_or(&[][..], Vec::as_slice);
        let paths = paths.iter().filter_map(Value::as_str);
        let answer = if case["kind"] == "upload" {
            let ignore = UploadIgnore::new(text);
            match ignore.refused() {
                Some(_) => json!("refused"),
                None => paths.filter(|path| ignore.drops(path).is_some()).collect(),
            }
        } else {
            let ignore = BuildIgnore::new(text);
            match ignore.refused() {
                Some(_) => json!("refused"),
                None if ignore.is_unclear() => json!("unclear"),
                None => paths.filter(|path| ignore.excludes(path).is_some()).collect(),
            }
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}
