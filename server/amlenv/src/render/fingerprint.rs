//! What makes a finding the same one in the next run, though lines were added above it: its rule, its
//! file, its message, the text of its line, and which of several alike it is. For baselines and for
//! services that follow findings through time.

use std::collections::HashMap;

use super::Report;
use crate::cli::shown;

/// The fingerprints of the findings of a report, in its order: 16 hexadecimal digits, each only once.
pub(crate) fn fingerprints(report: &Report) -> Vec<String> {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let mut out = Vec::with_capacity(report.findings.len());
    for finding in &report.findings {
        let file = shown(&finding.file);
        let line = report.line_of(&finding.file, finding.range);
        let hash = hash(&[finding.rule.code, &file, &finding.message, line.trim()], 0);
        let number = seen.entry(hash).or_insert(0);
        let own = if *number == 0 { hash } else { self::hash(&[&format!("{hash:016x}")], *number) };
        *number += 1;
        out.push(format!("{own:016x}"));
    }
    out
}

/// FNV-1a of the parts, 64 bits, with a byte between them that no text holds.
fn hash(parts: &[&str], salt: usize) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff])).chain(salt.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
