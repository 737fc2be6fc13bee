//! AML119: an inference_config that lacks one of its routes.

use super::{Check, Rule};
use crate::finding::{Edit, Severity};
use crate::lower::is_templated;
use crate::model::{Field, Notation, Value};
use crate::text_edit::{line_end, line_start};
use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{Node, NodeKind};

pub(super) static RULE: Rule = Rule {
    code: "AML119",
    name: "inference-config-incomplete",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("inference_config_incomplete.md"),
    check,
};

/// The routes that the client wants, each with `port` and `path`. Source: azure-ai-ml 1.35.2.
const ROUTES: [&str; 3] = ["liveness_route", "readiness_route", "scoring_route"];

fn check(cx: &mut Check<'_>) {
    in_python(cx);
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation.is_yaml()) {
        let Some(config) = environment.last(&Field::InferenceConfig) else { continue };
        let Some(node) = file.yaml_value(config.key).filter(|node| is_whole(node)) else { continue };
        let missing: Vec<&str> = ROUTES.into_iter().filter(|route| node.get(route).is_none()).collect();
        if !missing.is_empty() {
            let routes = missing.join(", ");
            let message = format!("inference_config lacks {routes}; the client wants all of {}.", ROUTES.join(", "));
            let lines = missing.iter().map(|route| ((*route).to_owned(), skeleton(route)));
            let fix = with_entries(cx, node, lines.collect());
            cx.say(&RULE, config.key, message)
                .suggested_fix(format!("Add {routes}"), fix.into_iter().collect());
        }
        for entry in node.entries() {
            let Some(route) = entry.key.as_str().filter(|key| ROUTES.contains(key)) else { continue };
            let Some(value) = entry.value.as_ref().filter(|value| is_whole(value)) else { continue };
            let lacking: Vec<&str> = ["port", "path"].into_iter().filter(|key| value.get(key).is_none()).collect();
            if !lacking.is_empty() {
                let range = HostRange::new(entry.key.range.start, entry.key.range.end);
                let entries = lacking.iter().map(|key| match *key {
                    "port" => ("port".to_owned(), "5001".to_owned()),
                    key => (key.to_owned(), path_of(route).to_owned()),
                });
                let fix = with_entries(cx, value, entries.collect());
                let lacking = lacking.join(" and ");
                cx.say(&RULE, range, format!("{route} lacks {lacking}."))
                    .suggested_fix(format!("Add {lacking}"), fix.into_iter().collect());
            }
            let port = value.get("port").and_then(|entry| entry.value.as_ref());
            if let Some((port, text)) = port.and_then(|port| Some((port, port.as_str()?)))
                && !is_templated(text)
                && text.trim().parse::<i64>().is_err()
            {
                let range = HostRange::new(port.range.start, port.range.end);
                cx.say(&RULE, range, format!("The port of {route} must be a number."));
            }
        }
    }
}

/// The dictionary that code gives: the client does not look at it, the service wants all of it.
fn in_python(cx: &mut Check<'_>) {
    const HEAD: &str = "inference_config.";
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation == Notation::PythonV2) {
        let mut configs = environment.all(&Field::InferenceConfig);
        let (Some(config), None) = (configs.next(), configs.next()) else { continue };
        if !matches!(config.value, Value::Map) {
            continue;
        }
        let said: Vec<(&str, HostRange)> = environment
            .assignments
            .iter()
            .filter_map(|said| match &said.field {
                Field::Other(path) => Some((path.strip_prefix(HEAD)?, said.key)),
                _ => None,
            })
            .collect();
        let has = |path: &str| said.iter().any(|(known, _)| *known == path);
        if has("*") {
            continue;
        }
        let missing: Vec<&str> = ROUTES.into_iter().filter(|route| !has(route)).collect();
        if !missing.is_empty() {
            let message = format!("inference_config lacks {}.", missing.join(", "));
            cx.say(&RULE, config.key, message).severity(Severity::Warning);
        }
        for route in ROUTES {
            let Some((_, place)) = said.iter().find(|(known, _)| *known == route) else { continue };
            if has(&format!("{route}.*")) {
                continue;
            }
            let lacks = |key: &&str| !has(&format!("{route}.{key}"));
            let lacking: Vec<&str> = ["port", "path"].into_iter().filter(lacks).collect();
            if !lacking.is_empty() {
                let message = format!("{route} lacks {}.", lacking.join(" and "));
                cx.say(&RULE, *place, message).severity(Severity::Warning);
            }
        }
    }
}

/// The path of a route at the inference server. Source: its documentation.
fn path_of(route: &str) -> &'static str {
    if route == "scoring_route" { "/score" } else { "/" }
}

fn skeleton(route: &str) -> String {
    format!("{{port: 5001, path: {}}}", path_of(route))
}

/// The change that puts entries behind the last one of a mapping, in its own style.
fn with_entries(cx: &Check<'_>, node: &Node, entries: Vec<(String, String)>) -> Option<Edit> {
    let text = cx.file.text();
    let (first, last) = (node.entries().first()?, node.entries().last()?);
    if node.resolved_alias {
        return None;
    }
    let end = text.get(..last.range.end)?.trim_end().len();
    let lead = if node.flow {
        ", ".to_owned()
    } else {
        let head = text.get(line_start(text, first.key.range.start)..first.key.range.start)?;
        if !head.trim().is_empty() {
            return None;
        }
        format!("{}{head}", line_end(text))
    };
    let new: String = entries.iter().map(|(key, value)| format!("{lead}{key}: {value}")).collect();
    Some(cx.edit(HostRange::empty(end), new))
}

/// A mapping whose keys are all seen.
fn is_whole(node: &Node) -> bool {
    let NodeKind::Mapping(entries) = &node.kind else { return false };
    entries.iter().all(|entry| entry.key.as_str().is_some_and(|key| key != "<<" && !key.contains("{{")))
}
