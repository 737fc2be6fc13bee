//! What a definition comes to once it has been run: which of its assignments count, and what there is
//! to say about those that have no place in v2.

use amlenv_syntax::image;
use amlenv_syntax::python::{self, Expr, ExprKind, Known, NoNames};
use amlenv_syntax::yaml::{Node, NodeKind, write_scalar};
use amlenv_syntax::{HostRange, TextRange};

use super::packages::{self, Conda};
use super::{Draft, refusal, usage};
use crate::answers::Refusal;
use crate::catalogue;
use crate::file::File;
use crate::graph::{self, BASE_DOCKERFILE};
use crate::kind::FileKind;
use crate::lower::python::is_dockerfile_text;
use crate::model::{Arm, Assignment, Environment, Field, Initial, Notation, Text, Value};
use crate::path::FilePath;
use crate::workspace::{Fact, Workspace};

/// What an environment stands on.
pub(super) enum Base {
    /// An image, its registry in it.
    Image(String),
    /// The text of a Dockerfile.
    Dockerfile(String),
    /// A folder or URL to build in.
    Context { path: String, dockerfile: Option<String> },
}

/// A definition that is being converted.
pub(super) struct Source<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) file: &'a File,
    pub(super) environment: &'a Environment,
    /// Where the environment file will be.
    pub(super) folder: &'a FilePath,
    /// Files that are known and need not be on the disk, so that they are written again.
    pub(super) made: &'a [FilePath],
    pub(super) notes: Vec<String>,
}

const CREDENTIALS: &str = "The credentials of the registry are not written here, since v2 does not take them from a definition. Two ways exist: a connection of the workspace to the registry (az ml connection create), or the role AcrPull for the managed identity of the compute and the workspace.";

impl<'a> Source<'a> {
    /// Refuses what cannot be known as a whole: branches, and what comes from elsewhere.
    pub(super) fn new(
        workspace: &'a Workspace,
        file: &'a File,
        environment: &'a Environment,
        folder: &'a FilePath,
    ) -> Result<Self, Refusal> {
        let out = Self { workspace, file, environment, folder, made: &[], notes: Vec::new() };
        let data = matches!(environment.notation, Notation::Json | Notation::Runconfig);
        if environment.notation.is_yaml() {
            return Err(usage("This environment is written for v2 already."));
        }
        if environment.initial == Initial::Unknown && !data {
            let message = "What this environment holds from the start is not known here: it is a copy, is fetched, or comes from other code.";
            return Err(refusal(environment.anchor, message));
        }
        let paths = environment.assignments.iter().map(|said| &said.path);
        let base: &[Arm] = paths.min_by_key(|path| path.len()).map_or(&[], |path| path);
        // What has no place in v2 may hang on anything.
        let matters = |field: &Field| match field {
            Field::Other(name) => name.starts_with("python.conda") || name == "pip_requirements",
            Field::EnvironmentVariables | Field::RegistryUsername | Field::RegistryPassword => false,
            _ => true,
        };
        let sometimes =
            environment.assignments.iter().find(|said| *said.path != *base && matters(&said.field));
        if let Some(said) = sometimes {
            let name = said.field.name_in(environment.notation);
            let message = format!("{name} is set here only under a condition; convert each case on its own.");
            return Err(refusal(said.target(), message));
        }
        Ok(out)
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// A refusal at the last assignment of `field`.
    pub(super) fn refuse(&self, field: &Field, message: &str) -> Refusal {
        let at = self.environment.last(field).map_or(self.environment.anchor, |said| said.target());
        refusal(at, message)
    }

    fn unknown(&self, said: &Assignment) -> Refusal {
        let name = said.field.name_in(self.environment.notation);
        refusal(said.value_range, format!("{name} is not known here: write it as a plain text first."))
    }

    /// The text of a property; a number as it is written.
    pub(super) fn text(&self, field: &Field) -> Result<Option<String>, Refusal> {
        let Some(said) = self.environment.last(field) else { return Ok(None) };
        match &said.value {
            Value::Text(text) if !text.templated => Ok(Some(text.value.clone())),
            Value::Number(text) => Ok(Some(text.clone())),
            Value::Cleared { .. } => Ok(None),
            _ => Err(self.unknown(said)),
        }
    }

    /// The version; those that the SDK gives by itself are left to the service.
    pub(super) fn version(&mut self) -> Result<Option<String>, Refusal> {
        let version = self.text(&Field::Version)?;
        Ok(version.filter(|version| !version.starts_with("Autosave")))
    }

    /// A name for a definition that has none: of the variable, else of the folder or file.
    pub(super) fn fallback_name(&self) -> String {
        let variable = self.environment.variable.as_deref().and_then(|name| name.split('.').next());
        let generic = ["environment", "env", "run_config", "self"];
        let stem = self.file.path().file_name().split('.').next().unwrap_or("").to_owned();
        let of_file = if self.file.kind() == FileKind::EnvironmentJson || stem.is_empty() {
            self.file.path().parent().file_name().to_owned()
        } else {
            stem
        };
        let chosen = variable.filter(|name| !generic.contains(name)).map_or(of_file, str::to_owned);
        super::valid_name(&chosen)
    }

    /// What it stands on in the end.
    pub(super) fn base(&mut self) -> Result<Base, Refusal> {
        if self.file.kind() == FileKind::EnvironmentJson
            && let Some(text) = self.beside(BASE_DOCKERFILE)
        {
            if self.environment.all(&Field::Image).any(|said| said.value.is_set()) {
                self.note("The Dockerfile beside the definition wins over its baseImage, as in the SDK.");
            }
            return Ok(Base::Dockerfile(text));
        }
        let sources = self.environment.assignments.iter().filter(|said| said.field.is_image_source());
        // In Python of SDK v1 whatever is set clears the others; data and v2 hold all of them.
        let resets = self.environment.notation == Notation::PythonV1;
        let mut held: Vec<&Assignment> = Vec::new();
        let mut default = self.environment.initial == Initial::V1Defaults;
        for said in sources {
            if matches!(said.value, Value::Opaque) {
                return Err(self.unknown(said));
            }
            if said.value.is_set() {
                held.retain(|other| !resets && other.field != said.field);
                held.push(said);
                default = false;
            } else {
                held.retain(|other| other.field != said.field);
                default &= said.field != Field::Image;
            }
        }
        match held.as_slice() {
            [] if default => self.default_image(false),
            [] => {
                let message = "There is nothing that this environment stands on: no image, no Dockerfile.";
                Err(refusal(self.environment.anchor, message))
            }
            [only] => match only.field {
                Field::Image => self.image(only),
                Field::Dockerfile => self.dockerfile(only),
                _ => self.context(only),
            },
            [.., last] => {
                let message = "This environment has more than one of image, Dockerfile and build context; keep one first.";
                Err(refusal(last.target(), message))
            }
        }
    }

    fn beside(&self, name: &str) -> Option<String> {
        let path = self.file.path().parent().join(name);
        matches!(self.workspace.fact(&path), Some(Fact::File))
            .then(|| self.workspace.file(&path).map(|file| file.text().to_string()))?
    }

    fn default_image(&mut self, gpu: bool) -> Result<Base, Refusal> {
        let Some(newest) = catalogue::defaults().last() else {
            return Err(refusal(self.environment.anchor, "The default image of the SDK is not known."));
        };
        let (image, tag) = if gpu { (&newest.gpu, &newest.gpu_tag) } else { (&newest.cpu, &newest.cpu_tag) };
        let image = tag.as_ref().map_or_else(|| image.clone(), |tag| format!("{image}:{tag}"));
        self.note(format!(
            "The image is the default one of azureml-core {}; another version of the SDK has another one.",
            newest.azureml_core
        ));
        Ok(Base::Image(image))
    }

    fn image(&mut self, said: &Assignment) -> Result<Base, Refusal> {
        let text = match &said.value {
            Value::Text(text) if !text.templated => text.value.trim().to_owned(),
            Value::DefaultImage { gpu } => return self.default_image(*gpu),
            _ => return Err(self.unknown(said)),
        };
        let Some(address) = self.text(&Field::RegistryAddress)? else { return Ok(Base::Image(text)) };
        let address = address.trim_end_matches('/');
        let bare = image::parse(&text, 0).registry.is_none() && !text.starts_with(&format!("{address}/"));
        Ok(Base::Image(if bare { format!("{address}/{text}") } else { text }))
    }

    fn dockerfile(&mut self, said: &Assignment) -> Result<Base, Refusal> {
        let path = match &said.value {
            Value::Text(text) if is_dockerfile_text(&text.value) => {
                // A hole, not a `$` of a shell, is what nobody knows.
                if text.value.contains(python::HOLE) || text.value.contains("{{") {
                    return Err(self.unknown(said));
                }
                return Ok(Base::Dockerfile(text.value.clone()));
            }
            Value::Text(text) | Value::ContentOf(text) if !text.templated => text,
            _ => return Err(self.unknown(said)),
        };
        match self.found(path) {
            Some(found) => Ok(Base::Dockerfile(found.text().to_string())),
            None => {
                Err(refusal(said.value_range, format!("The Dockerfile {} could not be read.", path.value)))
            }
        }
    }

    /// The file that a path of the definition leads to.
    pub(super) fn found(&self, path: &Text) -> Option<&'a File> {
        let candidates = graph::candidates(self.workspace, self.file, self.environment.notation, &path.value);
        let found = graph::resolve(self.workspace, &candidates).ok()?;
        self.workspace.file(found).map(|file| &**file)
    }

    fn context(&mut self, said: &Assignment) -> Result<Base, Refusal> {
        let dockerfile = self.text(&Field::BuildDockerfile)?.filter(|path| path != "Dockerfile");
        let Some(path) = self.text(&Field::BuildPath)? else {
            let message =
                "Where this build context is cannot be read from the code; write build.path by hand.";
            return Err(refusal(said.target(), message));
        };
        if graph::is_remote(&path) {
            return Ok(Base::Context { path, dockerfile });
        }
        let candidates = graph::candidates(self.workspace, self.file, self.environment.notation, &path);
        match graph::resolve(self.workspace, &candidates) {
            Ok(found) => {
                let name = dockerfile.as_deref().unwrap_or("Dockerfile");
                if matches!(self.workspace.fact(&found.join(name)), Some(Fact::Missing)) {
                    return Err(refusal(said.target(), format!("There is no {name} in {path}.")));
                }
                Ok(Base::Context { path: found.relative_to(self.folder), dockerfile })
            }
            Err(_) => Err(refusal(said.target(), format!("The build context {path} was not found."))),
        }
    }

    /// The packages on top.
    pub(super) fn conda(&mut self) -> Result<Option<Conda>, Refusal> {
        packages::conda(self)
    }

    /// What else was said: what has a place in v2, and notes for what has none.
    pub(super) fn rest(&mut self, out: &mut Draft) -> Result<(), Refusal> {
        for said in &self.environment.assignments {
            // Only the last word on a property counts.
            let last = self.environment.last(&said.field).is_some_and(|last| std::ptr::eq(last, said));
            if !last || said.value.is_cleared() {
                continue;
            }
            match &said.field {
                Field::RegistryUsername | Field::RegistryPassword | Field::RegistryIdentity
                    if !matches!(said.value, Value::Map) || !self.is_blank(said) =>
                {
                    self.note(CREDENTIALS);
                }
                Field::Registry if matches!(said.value, Value::Opaque) => return Err(self.unknown(said)),
                Field::EnvironmentVariables => self.variables(said),
                Field::OsType => {
                    let os = self.text(&Field::OsType)?.unwrap_or_default().to_ascii_lowercase();
                    out.entry("os_type", &os);
                }
                Field::Tags => {
                    let Some(tags) = self.pairs(said) else { return Err(self.unknown(said)) };
                    out.yaml.push_str("tags:\n");
                    for (key, value) in tags {
                        let value = amlenv_syntax::yaml::write_quoted(&value);
                        out.yaml.push_str(&format!("  {}: {value}\n", write_scalar(&key)));
                    }
                }
                Field::InferenceConfig | Field::Datastore | Field::AutoDelete => {
                    let name = said.field.name_in(Notation::EnvironmentYaml);
                    self.note(format!("{name} is not read from code; add it here by hand."));
                }
                Field::Other(name) => self.other(&snake(name), said, out),
                _ => {}
            }
        }
        Ok(())
    }

    fn variables(&mut self, said: &Assignment) {
        let names: Option<Vec<String>> = self.pairs(said).map(|pairs| {
            // The SDK puts this one into every new environment.
            pairs.into_iter().map(|(name, _)| name).filter(|name| name != "EXAMPLE_ENV_VAR").collect()
        });
        match names {
            Some(names) if names.is_empty() => {}
            Some(names) => self.note(format!(
                "Environment variables belong to the job or deployment in v2; give it environment_variables with {}.",
                names.join(", ")
            )),
            None => self.note(
                "Environment variables belong to the job or deployment in v2; give them to it as environment_variables.",
            ),
        }
    }

    fn other(&mut self, name: &str, said: &Assignment, out: &mut Draft) {
        let text = said.value.known_text().map(|text| text.value.as_str());
        match name {
            "docker.shm_size" if text != Some("2g") => {
                self.note("shm_size belongs to the job in v2: resources.shm_size.");
            }
            "docker.arguments" if !self.is_blank(said) => {
                self.note("Arguments of docker run belong to the job in v2: resources.docker_args.");
            }
            "docker.platform.os" if text.is_some_and(|os| !os.eq_ignore_ascii_case("linux")) => {
                out.entry("os_type", &text.unwrap_or_default().to_ascii_lowercase());
            }
            "docker.platform.architecture" if text != Some("amd64") => {
                self.note("The architecture has no equivalent: images are for amd64.");
            }
            "python.interpreter_path" if text != Some("python") => {
                self.note("interpreter_path has no equivalent: put the interpreter on the PATH of the image.");
            }
            "python.base_conda_environment" => {
                self.note("base_conda_environment has no equivalent: install all packages by the conda file.");
            }
            "inferencing_stack_version" => self.note(
                "inferencing_stack_version has no equivalent: put azureml-inference-server-http among the packages.",
            ),
            "r" => self.note("The R section has no equivalent: install R and its packages in a Dockerfile."),
            "spark" | "databricks" if said.value.is_set() && !self.is_blank(said) => {
                self.note(format!("The {name} section has no equivalent in an environment; see Spark jobs of v2."));
            }
            name if name.starts_with("spark.") && !self.is_blank(said) && !matches!(said.value, Value::Bool(_)) => {
                self.note("The spark section has no equivalent in an environment; see Spark jobs of v2.");
            }
            _ => {}
        }
    }

    /// Whether a list or mapping, or each part of it, is empty.
    fn is_blank(&self, said: &Assignment) -> bool {
        let Some(mut pending) = self.node(said).map(|node| vec![node]) else { return false };
        while let Some(node) = pending.pop() {
            match &node.kind {
                NodeKind::Null => {}
                NodeKind::Scalar(scalar) => {
                    // The default of an empty Spark section.
                    if !matches!(scalar.value.as_str(), "" | "true" | "false" | "null") {
                        return false;
                    }
                }
                _ => {
                    pending.extend(node.items());
                    pending.extend(node.entries().iter().filter_map(|entry| entry.value.as_ref()));
                }
            }
        }
        true
    }

    /// The value of an assignment in data.
    pub(super) fn node(&self, said: &Assignment) -> Option<&'a Node> {
        self.file.data_value(said.key)
    }

    /// The names and texts of a mapping, in data or in Python.
    fn pairs(&self, said: &Assignment) -> Option<Vec<(String, String)>> {
        if let Some(node) = self.node(said) {
            let pairs = node.entries().iter().map(|entry| {
                let value = entry.value.as_ref().and_then(Node::as_str).unwrap_or_default();
                Some((entry.key.as_str()?.to_owned(), value.to_owned()))
            });
            return pairs.collect();
        }
        let found = expression(self.file.python()?, said.value_range)?;
        let ExprKind::Dict { pairs, open: false } = &found.kind else { return None };
        let text = |expr: &Expr| match python::evaluate(expr, &mut NoNames, 0) {
            Known::Text(text) if !text.has_holes => Some(text.value.clone()),
            Known::Number(text) => Some(text),
            Known::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        // A name is enough where the value is not asked for.
        pairs.iter().map(|(key, value)| Some((text(key)?, text(value).unwrap_or_default()))).collect()
    }
}

/// The dictionary of Python that stands at `range`.
fn expression(module: &python::Module, range: HostRange) -> Option<&Expr> {
    python::expression_at(module, TextRange::new(range.start, range.end))
}

/// `shmSize` as `shm_size`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
