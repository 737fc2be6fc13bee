//! Which class or function of the SDKs a call goes to: imports, aliases, star imports, and the
//! tables of what is known.

use std::collections::BTreeMap;

use amlenv_syntax::python::{Arg, Expr, Stmt, StmtKind, dotted};

/// What the names of a module were imported as.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// The full name behind a bound name.
    bound: BTreeMap<String, String>,
    /// The modules of star imports.
    stars: Vec<String>,
    /// Whether anything of SDK v2, or of v1, was imported.
    v2: bool,
    v1: bool,
}

/// What a call goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// A class of SDK v1, with the factory behind it: `Environment`, `Environment.from_dockerfile`.
    V1(String),
    /// A class or function of SDK v2.
    V2(String),
    /// Anything else.
    Other,
}

/// One of the two SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    /// azureml-core.
    V1,
    /// azure-ai-ml.
    V2,
}

const V1_CLASSES: [&str; 16] = [
    "Environment",
    "RunConfiguration",
    "CondaDependencies",
    "ContainerRegistry",
    "DockerBuildContext",
    "ScriptRunConfig",
    "PythonScriptStep",
    "CommandStep",
    "ParallelRunConfig",
    "ParallelRunStep",
    "InferenceConfig",
    "Estimator",
    "DockerSection",
    "DockerEnvironment",
    "EstimatorStep",
    "HyperDriveConfig",
];

const V2_NAMES: [&str; 17] = [
    "Environment",
    "BuildContext",
    "load_environment",
    "command",
    "Command",
    "CommandJob",
    "CommandComponent",
    "command_component",
    "spark",
    "parallel_run_function",
    "RunFunction",
    "ParallelComponent",
    "ManagedOnlineDeployment",
    "KubernetesOnlineDeployment",
    "BatchDeployment",
    "ModelBatchDeployment",
    "CodeConfiguration",
];

impl Imports {
    /// Takes note of an import.
    pub(crate) fn add(&mut self, stmt: &Stmt) {
        let StmtKind::Import { module, names } = &stmt.kind else { return };
        for (name, alias) in names {
            let full = if module.is_empty() { name.clone() } else { format!("{module}.{name}") };
            self.v2 |= is_v2(&full);
            self.v1 |= is_v1(&full);
            if name == "*" {
                self.stars.push(module.clone());
                continue;
            }
            let bound = alias.clone().unwrap_or_else(|| {
                if module.is_empty() {
                    name.split('.').next().unwrap_or(name).to_owned()
                } else {
                    name.clone()
                }
            });
            let full = if module.is_empty() && alias.is_none() { bound.clone() } else { full };
            self.bound.insert(bound, full);
        }
    }

    /// The full name of a chain, imports resolved; the chain itself where its first name is not imported.
    pub(crate) fn full_name(&self, chain: &str) -> String {
        let (first, rest) = chain.split_once('.').map_or((chain, None), |(a, b)| (a, Some(b)));
        let Some(full) = self.bound.get(first) else { return chain.to_owned() };
        rest.map_or_else(|| full.clone(), |rest| format!("{full}.{rest}"))
    }

    /// What a call of `func` with `args` goes to.
    pub(crate) fn callee(&self, func: &Expr, args: &[Arg]) -> Callee {
        let Some(chain) = dotted(func) else { return Callee::Other };
        let full = self.full_name(&chain);
        let imported = full != chain || self.bound.contains_key(chain.split('.').next().unwrap_or(""));
        if is_v2(&full) {
            let name = full.rsplit('.').next().unwrap_or("");
            return if V2_NAMES.contains(&name) { Callee::V2(name.to_owned()) } else { Callee::Other };
        }
        let Some(at) = full.split('.').position(|part| V1_CLASSES.contains(&part)) else {
            return if !imported && self.takes_v2(&full) { Callee::V2(full) } else { Callee::Other };
        };
        // A class of that name from somewhere else is not ours; one that nobody imported (a pasted
        // fragment, a star import) is taken for ours.
        if is_v1(&full) {
            return Callee::V1(full.split('.').skip(at).collect::<Vec<_>>().join("."));
        }
        if at != 0 || imported {
            return Callee::Other;
        }
        let v2_only = |arg: &Arg| {
            arg.name.as_ref().is_some_and(|(name, _)| {
                matches!(name.as_str(), "image" | "build" | "conda_file" | "description" | "tags")
            })
        };
        if full == "Environment" && (self.takes_v2(&full) || args.iter().any(v2_only)) {
            return Callee::V2(full);
        }
        Callee::V1(full)
    }

    /// Whose the chain of names is, as far as the imports tell; a class of SDK v1 that nobody imported is
    /// taken for its own where something else of that SDK is.
    pub(crate) fn sdk(&self, chain: &str) -> Option<Sdk> {
        let first = chain.split('.').next().unwrap_or(chain);
        let full = self.full_name(chain);
        if is_v2(&full) || !self.bound.contains_key(first) && self.takes_v2(first) {
            return Some(Sdk::V2);
        }
        let ours = !self.bound.contains_key(first) && self.v1 && V1_CLASSES.contains(&first);
        (is_v1(&full) || ours).then_some(Sdk::V1)
    }

    /// Whether anything of SDK v1 was imported.
    pub(crate) const fn has_v1(&self) -> bool {
        self.v1
    }

    /// Whether a name that nobody imported by name is one of SDK v2's: of a star import, or of a
    /// fragment of which the rest says so.
    fn takes_v2(&self, name: &str) -> bool {
        let star = self.stars.iter().any(|module| is_v2(module));
        V2_NAMES.contains(&name) && (star || self.v2 && !self.v1 && name != "command" && name != "spark")
    }
}

fn is_v2(full: &str) -> bool {
    full == "azure.ai.ml" || full.starts_with("azure.ai.ml.") || full.starts_with("mldesigner")
}

fn is_v1(full: &str) -> bool {
    full.starts_with("azureml.")
}
