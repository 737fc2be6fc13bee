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
    /// Leave plain Dockerfile lint to another tool.
    pub companion: bool,
}

impl Settings {
    /// The severity at which a rule that would speak at `usual` speaks here; `None` if it is silent.
    #[must_use]
    pub fn severity_of(&self, rule: &Rule, usual: Severity) -> Option<Severity> {
        let named = |list: &[String]| list.iter().any(|selector| matches(selector, rule));
        let selected = if self.select.is_empty() { rule.default_on } else { named(&self.select) };
        if !(selected || named(&self.extend_select)) || named(&self.ignore) {
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
