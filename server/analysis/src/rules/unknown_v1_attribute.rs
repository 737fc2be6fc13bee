//! AML121: an attribute that the SDK v1 class does not have.

use amlenv_syntax::HostRange;

use super::{Check, Rule};
use crate::finding::Severity;
use crate::graph::distance;
use crate::lower::python::RUN_CONFIGURATION;
use crate::model::{Assignment, Field, Initial, Notation};

pub(super) static RULE: Rule = Rule {
    code: "AML121",
    name: "unknown-v1-attribute",
    severity: Severity::Error,
    default_on: true,
    page: include_str!("unknown_v1_attribute.md"),
    check,
};

/// A class whose instances refuse attributes that they do not have.
struct Class {
    /// Where its instance is, seen from the environment; of run configurations, by their own path.
    section: &'static str,
    name: &'static str,
    attributes: &'static [&'static str],
}

/// The classes. What is settable only in name (methods, private parts) is left to those who know.
/// `docker.platform` takes any attribute. Source: azureml-core 1.61.0, `_AbstractRunConfigElement`.
const CLASSES: [Class; 10] = [
    Class {
        section: "",
        name: "Environment",
        attributes: &[
            "asset_id", "databricks", "docker", "environment_variables", "inferencing_stack_version", "name",
            "python", "r", "spark", "version",
        ],
    },
    Class {
        section: "docker",
        name: "docker",
        attributes: &[
            "arguments", "base_dockerfile", "base_image", "base_image_registry", "build_context", "enabled",
            "gpu_support", "platform", "shared_volumes", "shm_size",
        ],
    },
    Class {
        section: "python",
        name: "python",
        attributes: &[
            "base_conda_environment", "conda_dependencies", "conda_dependencies_file", "interpreter_path",
            "user_managed_dependencies",
        ],
    },
    Class {
        section: "docker.base_image_registry",
        name: "docker.base_image_registry",
        attributes: &["address", "password", "registry_identity", "username"],
    },
    Class {
        section: "docker.base_image_registry.registry_identity",
        name: "docker.base_image_registry.registry_identity",
        attributes: &["client_id", "resource_id"],
    },
    Class {
        section: "docker.build_context",
        name: "docker.build_context",
        attributes: &["dockerfile_path", "location", "location_type"],
    },
    Class { section: "spark", name: "spark", attributes: &["packages", "precache_packages", "repositories"] },
    Class {
        section: "r",
        name: "r",
        attributes: &[
            "bioconductor_packages", "cran_packages", "custom_url_packages", "github_packages", "r_version",
            "rscript_path", "snapshot_date", "user_managed",
        ],
    },
    Class {
        section: RUN_CONFIGURATION,
        name: "RunConfiguration",
        attributes: &[
            "amlcompute", "arguments", "auto_cluster_compute_specification", "auto_prepare_environment",
            "command", "communicator", "credential_passthrough", "data", "data_references", "datacaches",
            "docker", "environment", "environment_variables", "framework", "hdi", "history",
            "kubernetescompute", "max_run_duration_seconds", "mpi", "node_count", "output_data",
            "paralleltask", "priority", "pytorch", "script", "services", "source_directory_data_store",
            "spark", "target", "tensorflow",
        ],
    },
    Class {
        section: "run_configuration.docker",
        name: "RunConfiguration.docker",
        attributes: &["arguments", "shared_volumes", "shm_size", "use_docker"],
    },
];

/// What the classes have besides: methods and constants, which nobody sets by mistake.
const METHODS: [&str; 21] = [
    "add_private_pip_wheel", "build", "build_local", "clone", "delete", "from_conda_specification",
    "from_docker_build_context", "from_docker_image", "from_dockerfile", "from_existing_conda_environment",
    "from_pip_requirements", "get", "get_image_details", "label", "list", "load", "load_from_directory",
    "register", "save", "save_to_directory", "from_local_directory",
];

fn check(cx: &mut Check<'_>) {
    let file = cx.file;
    for environment in file.environments().filter(|environment| environment.notation.is_v1()) {
        let python = environment.notation == Notation::PythonV1;
        for assignment in &environment.assignments {
            let Field::Other(path) = &assignment.field else { continue };
            // A keyword of a factory is no attribute.
            if path == "pip_requirements" {
                continue;
            }
            if python {
                if environment.initial != Initial::Unknown || path.starts_with(RUN_CONFIGURATION) {
                    in_python(cx, assignment, path);
                }
            } else {
                in_data(cx, assignment, path);
            }
        }
    }
}

fn in_python(cx: &mut Check<'_>, assignment: &Assignment, path: &str) {
    let Some((class, name, rest)) = stranger(path, |class, name| class.attributes.contains(&name)) else {
        return;
    };
    // One spelling of the documentation is another rule's business.
    if METHODS.contains(&name) || name.starts_with('_') || name == "smh_size" {
        return;
    }
    let near = nearest(name, class.attributes);
    let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    // The key is the last part of the chain; a part in front of it stands before it.
    let place = if rest {
        let head = HostRange::new(assignment.range.start, assignment.key.start);
        let Some(at) = head.slice(cx.file.text()).rfind(&format!("{name}.")) else { return };
        HostRange::new(head.start + at, head.start + at + name.len())
    } else {
        assignment.key
    };
    let fix = near.map(|near| cx.edit(place, near));
    let message = format!("{} has no attribute {name}: the SDK raises an error{hint}", class.name);
    cx.say(&RULE, place, message)
        .suggested_fix(format!("Change to {}", near.unwrap_or("")), fix.into_iter().collect());
}

/// In data a strange key passes without a word. Other releases have other keys, so only slips are named.
fn in_data(cx: &mut Check<'_>, assignment: &Assignment, path: &str) {
    let known = |class: &Class, name: &str| class.attributes.iter().any(|known| camel_case(known) == name);
    let Some((class, name, false)) = stranger(path, known) else { return };
    let Some(near) = nearest(&snake_case(name), class.attributes) else { return };
    let near = camel_case(near);
    let section = if class.section.is_empty() { "An environment" } else { &camel_case(class.section) };
    let message = format!("{section} has no key {name}, and the SDK ignores it; did you mean {near}?");
    let written = assignment.key.slice(cx.file.text());
    let quoted = if written.starts_with('"') { format!("\"{near}\"") } else { near.clone() };
    let fix = cx.edit(assignment.key, quoted);
    cx.say(&RULE, assignment.key, message)
        .severity(Severity::Warning)
        .suggested_fix(format!("Change to {near}"), vec![fix]);
}

/// The first part of a path that its class does not have, and whether more stands behind it.
fn stranger<'p>(
    path: &'p str,
    known: impl Fn(&Class, &str) -> bool,
) -> Option<(&'static Class, &'p str, bool)> {
    let (mut section, mut rest) = match path.strip_prefix(RUN_CONFIGURATION) {
        Some(rest) => (RUN_CONFIGURATION.to_owned(), rest.strip_prefix('.')?),
        None => (String::new(), path),
    };
    // A path has few parts.
    loop {
        // Sections are data in camel case, and what is no class of these takes anything.
        let class = CLASSES.iter().find(|class| class.section == snake_case(&section))?;
        let (name, behind) = rest.split_once('.').map_or((rest, None), |(name, rest)| (name, Some(rest)));
        if !known(class, name) {
            return Some((class, name, behind.is_some()));
        }
        rest = behind?;
        section = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    }
}

fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let written = plain(name);
    let distances = known.iter().map(|known| (distance(&written, &plain(known)), *known));
    distances.filter(|(distance, known)| *distance <= 2.min(known.len() / 3)).min().map(|(_, known)| known)
}

fn snake_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let mut rest = part.chars();
        out.extend(rest.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(rest.as_str());
    }
    out
}
