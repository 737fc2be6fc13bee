//! AML807: web services of SDK v1 on container instances and Kubernetes.

use amlenv_syntax::python::{self, ExprKind, StmtKind};
use amlenv_syntax::{HostRange, TextRange};

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

/// The classes, and what takes their place.
const CLASSES: [(&str, &str); 3] = [
    ("AciWebservice", MANAGED),
    ("AksWebservice", KUBERNETES),
    ("AksEndpoint", KUBERNETES),
];
const MANAGED: &str = "a managed online endpoint";
const KUBERNETES: &str = "an online endpoint, managed or on Kubernetes";

/// The methods that deploy, of the classes above.
const DEPLOYS: [&str; 3] = ["deploy_configuration", "create_version", "get_endpoint_deployment_configuration"];

/// What deploys to container instances, unless it is told where: its class and its method.
const GENERAL: [(&str, &str); 5] = [
    ("Model", "deploy"),
    ("Webservice", "deploy"),
    ("Webservice", "deploy_from_model"),
    ("Webservice", "deploy_from_image"),
    ("Webservice", "deploy_local_from_model"),
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    let Some(module) = file.python() else { return };
    let imports = Imports::of(module);
    if imports.modules.is_empty() && imports.names.is_empty() {
        return;
    }
    let calls: Vec<(TextRange, String, String)> = python::expressions(module)
        .into_iter()
        .filter_map(|expr| match &expr.kind {
            ExprKind::Call { func, .. } => {
                let (class, method) = imports.method(&python::dotted(func)?)?;
                Some((func.range, class, method))
            }
            _ => None,
        })
        .collect();
    let mut said = false;
    for (class, successor) in CLASSES {
        let found = calls.iter().find(|(_, of, method)| of == class && DEPLOYS.contains(&method.as_str()));
        let Some((range, ..)) = found else { continue };
        said = true;
        speak(cx, *range, class, successor);
    }
    // What is deployed by a configuration of the classes above is told of there, and a local one goes nowhere.
    let elsewhere = said || calls.iter().any(|(_, class, _)| class == "LocalWebservice");
    let general = calls.iter().find(|(_, class, method)| GENERAL.contains(&(class.as_str(), method.as_str())));
    if let Some((range, class, method)) = general.filter(|_| !elsewhere) {
        speak(cx, *range, &format!("{class}.{method}"), MANAGED);
    }
}

fn speak(cx: &mut Check<'_>, range: TextRange, what: &str, successor: &str) {
    cx.say(
        &RULE,
        HostRange::new(range.start, range.end),
        format!("{what} belongs to SDK v1, whose support ended on 2026-06-30; deploy to {successor} of v2."),
    )
    .tag(Tag::Deprecated);
}

/// What a program imports of SDK v1.
#[derive(Default)]
struct Imports {
    /// Modules by the name that stands for them: `azureml`, `webservice`, an alias.
    modules: Vec<String>,
    /// Names, and what they are called in SDK v1; `*` for all.
    names: Vec<(String, String)>,
}

impl Imports {
    fn of(module: &python::Module) -> Self {
        let mut out = Self::default();
        for stmt in python::statements(module) {
            let StmtKind::Import { module, names } = &stmt.kind else { continue };
            for (name, alias) in names {
                if module.is_empty() && is_v1(name) {
                    let first = name.split('.').next().unwrap_or(name);
                    out.modules.push(alias.clone().unwrap_or_else(|| first.to_owned()));
                } else if is_v1(module) {
                    let here = alias.clone().unwrap_or_else(|| name.clone());
                    out.names.push((here, name.clone()));
                }
            }
        }
        out
    }

    /// The class of SDK v1 and its method that a dotted name stands for.
    fn method(&self, chain: &str) -> Option<(String, String)> {
        let (head, method) = chain.rsplit_once('.')?;
        let class = match head.rsplit_once('.') {
            // A module, or a name that is one: `azureml.core.webservice`, `webservice`.
            Some((before, class)) => {
                let first = before.split('.').next().unwrap_or(before);
                let named = self.names.iter().any(|(here, _)| here == first);
                (named || self.modules.iter().any(|module| module == first)).then(|| class.to_owned())?
            }
            None => match self.names.iter().find(|(here, _)| here == head) {
                Some((_, name)) => name.clone(),
                None => self.names.iter().any(|(here, _)| here == "*").then(|| head.to_owned())?,
            },
        };
        Some((class, method.to_owned()))
    }
}
