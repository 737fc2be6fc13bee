//! The table of rules. One rule, one `.rs` file and one `.md` page of the same name in this folder.

use crate::file::File;
use crate::finding::{Finding, Severity};
use crate::settings::Settings;
use crate::workspace::Workspace;

/// A rule: what it is called, what it says by default, how it judges.
pub struct Rule {
    /// `AML101`.
    pub code: &'static str,
    /// `conflicting-image-sources`; reads after "allow".
    pub name: &'static str,
    /// The severity that it usually has.
    pub severity: Severity,
    /// Whether it runs unless it is asked for.
    pub default_on: bool,
    /// Its page, in Markdown: what `explain` and the hover of the code show.
    pub page: &'static str,
    /// Judges one file.
    pub check: fn(&mut Check<'_>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

impl Rule {
    /// The first sentence of its page, for lists.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.page.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("")
    }
}

/// What a rule is given: the file, all else that is known, and where to put what it finds.
pub struct Check<'a> {
    /// All that is known.
    pub workspace: &'a Workspace,
    /// The file to judge.
    pub file: &'a File,
    /// What the user configured.
    pub settings: &'a Settings,
    /// What was found so far.
    pub findings: Vec<Finding>,
}

/// All rules, by code.
pub static RULES: &[&Rule] = &[];

/// The rule with this code or name, in any case.
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}
