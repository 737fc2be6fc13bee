//! AML807: web services of SDK v1 on container instances and Kubernetes.

use amlenv_syntax::HostRange;
use amlenv_syntax::python::{self, StmtKind};

use super::sdk_v1_ended::is_v1;
use super::{Check, Rule};
use crate::finding::{Severity, Tag};

pub(super) static RULE: Rule = Rule {
    code: "AML807",
    name: "web-service-ended",
    severity: Severity::Information,
    default_on: true,
    page: include_str!("web_service_ended.md"),
    check,
};

const CLASSES: [(&str, &str); 3] = [
    ("AciWebservice", "a managed online endpoint"),
    ("AksWebservice", "an online endpoint, managed or on Kubernetes"),
    ("AksEndpoint", "an online endpoint, managed or on Kubernetes"),
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let Some(module) = file.python() else { return };
    let from_v1 = |class: &str| {
        python::statements(module).into_iter().any(|stmt| match &stmt.kind {
            StmtKind::Import { module, names } => {
                is_v1(module) && names.iter().any(|(name, alias)| name == class && alias.is_none())
            }
            _ => false,
        })
    };
    let deploys: Vec<_> = python::expressions(module)
        .into_iter()
        .filter_map(|expr| match &expr.kind {
            python::ExprKind::Call { func, .. } => python::dotted(func).map(|chain| (func.range, chain)),
            _ => None,
        })
        .collect();
    for (class, successor) in CLASSES {
        let found = deploys
            .iter()
            .find(|(_, chain)| chain.strip_prefix(class).is_some_and(|rest| rest == ".deploy_configuration"));
        let Some((range, _)) = found.filter(|_| from_v1(class)) else { continue };
        cx.say(
            &RULE,
            HostRange::new(range.start, range.end),
            format!("{class} belongs to SDK v1, whose support ended on 2026-06-30; deploy to {successor} of v2."),
        )
        .tag(Tag::Deprecated);
    }
}
