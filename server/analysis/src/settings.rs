//! What the user configured, as the core sees it: which rules speak, how loudly, for what role.
//! Reading configuration files is the `config` module's job, finding them the shell's.

use std::collections::BTreeMap;

use crate::finding::Severity;
use crate::kind::Role;
use crate::rules::Rule;

/// What applies to one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Only these rules: codes, names, prefixes such as `AML1`, or `ALL`. Empty: the defaults.
    pub select: Vec<String>,
    /// These as well.
    pub extend_select: Vec<String>,
    /// Never these.
    pub ignore: Vec<String>,
    /// Another severity, or off, by code or name.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// The role of the file, where the user says it.
    pub role: Option<Role>,
    /// Leave plain Dockerfile lint ([`Rule::is_dockerfile_lint`]) to another tool.
    pub companion: bool,
    /// The versions of SDK v1 that the code must work with.
    pub target_sdk: Option<VersionRange>,
    /// The hosts that images may come from; empty: any.
    pub allowed_registries: Vec<String>,
}

/// A range of versions, such as `>=1.20,<1.40`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    text: String,
    /// The least version that may be meant; `None` where nothing bounds it from below.
    least: Option<Vec<u32>>,
}

impl VersionRange {
    /// Reads a range; `None` for a text that is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut least: Option<Vec<u32>> = None;
        for clause in text.split(',').map(str::trim) {
            let end = clause.find(|c: char| c.is_ascii_digit())?;
            let version = numbers(clause.get(end..)?)?;
            match clause.get(..end)?.trim() {
                ">=" | ">" | "==" | "~=" => least = least.max(Some(version)),
                "<" | "<=" | "!=" => {}
                _ => return None,
            }
        }
        Some(Self { text: text.to_owned(), least })
    }

    /// Whether a version below this one may be meant.
    #[must_use]
    pub fn allows_below(&self, version: &str) -> bool {
        let bound = numbers(version).unwrap_or_default();
        self.least.as_ref().is_none_or(|least| *least < bound)
    }

    /// The range as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The numbers of a version, zeros at the end left out, so that 1.2 and 1.2.0 are the same.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let read = version.trim().trim_end_matches(".*").split('.').map(|part| part.parse().ok());
    let mut out: Vec<u32> = read.collect::<Option<_>>()?;
    while out.last() == Some(&0) {
        out.pop();
    }
    Some(out)
}

impl Settings {
    /// The severity at which a rule that would speak at `usual` speaks here; `None` if it is silent.
    #[must_use]
    pub fn severity_of(&self, rule: &Rule, usual: Severity) -> Option<Severity> {
        let named = |list: &[String]| list.iter().any(|selector| matches(selector, rule));
        let selected = if self.select.is_empty() { rule.default_on } else { named(&self.select) };
        let left_to_another = self.companion && rule.is_dockerfile_lint();
        if left_to_another || !(selected || named(&self.extend_select)) || named(&self.ignore) {
            return None;
        }
        for (selector, severity) in &self.severity {
            if matches(selector, rule) {
                return *severity;
            }
        }
        Some(usual)
    }
}

/// Whether `selector` (a code, a name, a prefix of a code, or `ALL`) means `rule`.
#[must_use]
pub fn matches(selector: &str, rule: &Rule) -> bool {
    let selector = selector.trim();
    selector.eq_ignore_ascii_case("all")
        || selector.eq_ignore_ascii_case(rule.name)
        || (selector.len() >= 3
            && rule.code.get(..selector.len()).is_some_and(|head| head.eq_ignore_ascii_case(selector)))
}
