//! AML119: an inference_config that lacks one of its routes.

use super::{Check, Rule};
use crate::finding::Severity;
use crate::lower::is_templated;
use crate::model::Field;
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
    let file = cx.file;
    for environment in file.environments().filter(|found| found.notation.is_yaml()) {
        let Some(config) = environment.last(&Field::InferenceConfig) else { continue };
        let Some(node) = file.yaml_value(config.key).filter(|node| is_whole(node)) else { continue };
        let missing: Vec<&str> = ROUTES.into_iter().filter(|route| node.get(route).is_none()).collect();
        if !missing.is_empty() {
            let routes = missing.join(", ");
            let message = format!("inference_config lacks {routes}; the client wants all of {}.", ROUTES.join(", "));
            cx.say(&RULE, config.key, message);
        }
        for entry in node.entries() {
            let Some(route) = entry.key.as_str().filter(|key| ROUTES.contains(key)) else { continue };
            let Some(value) = entry.value.as_ref().filter(|value| is_whole(value)) else { continue };
            let lacking: Vec<&str> = ["port", "path"].into_iter().filter(|key| value.get(key).is_none()).collect();
            if !lacking.is_empty() {
                let range = HostRange::new(entry.key.range.start, entry.key.range.end);
                cx.say(&RULE, range, format!("{route} lacks {}.", lacking.join(" and ")));
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

/// A mapping whose keys are all seen.
fn is_whole(node: &Node) -> bool {
    let NodeKind::Mapping(entries) = &node.kind else { return false };
    entries.iter().all(|entry| entry.key.as_str().is_some_and(|key| key != "<<" && !key.contains("{{")))
}
