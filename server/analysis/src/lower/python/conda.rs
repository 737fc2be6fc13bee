//! `CondaDependencies` objects of SDK v1: what is certainly in them, and whether anything is unknown.

use std::sync::Arc;

use amlenv_syntax::python::Arg;
use amlenv_syntax::{HostRange, TextRange, conda, requirements};

use crate::lower::is_templated;
use crate::model::{CondaItem, CondaSpec, CondaTexts, Malformed, Package, Text, Value};
use amlenv_syntax::python::Known;

/// A `CondaDependencies` object.
#[derive(Debug, Default)]
pub(crate) struct CondaObject {
    spec: CondaSpec,
    file: Option<Text>,
    /// The same as texts, as long as all of it is known.
    texts: Option<CondaTexts>,
}

/// Whether a method of that name changes a `CondaDependencies` object.
pub(crate) fn is_conda_method(name: &str) -> bool {
    matches!(
        name,
        "add_pip_package"
            | "add_conda_package"
            | "set_pip_requirements"
            | "add_tensorflow_pip_package"
            | "add_tensorflow_conda_package"
            | "add_cntk_package"
            | "set_python_version"
            | "remove_pip_package"
            | "remove_conda_package"
            | "add_channel"
            | "remove_channel"
            | "set_pip_option"
            | "set_pip_index_url"
            | "remove_pip_option"
    )
}

impl CondaObject {
    /// What a new `Environment` has: `azureml-defaults`.
    /// Source: azureml-core 1.61.0, `Environment("x").python.conda_dependencies`.
    pub(crate) fn defaults() -> Self {
        let mut object = Self::default();
        object.spec.pip.push(package("azureml-defaults", None, HostRange::default()));
        object.texts = Some(default_texts());
        object
    }

    /// One of which nothing is known.
    pub(crate) fn unknown() -> Self {
        let mut object = Self::default();
        object.lose();
        object
    }

    /// `CondaDependencies(…)` or `CondaDependencies.create(…)`.
    pub(crate) fn construct(
        constructor: bool,
        call: HostRange,
        args: &[Arg],
        evaluate: impl Fn(&amlenv_syntax::python::Expr) -> Known,
    ) -> Self {
        let mut object = Self::default();
        if constructor {
            let Some(path) = args.first() else { return Self::defaults() };
            match evaluate(&path.value) {
                Known::Text(literal) => {
                    object.file = Some(Text {
                        templated: literal.has_holes || is_templated(&literal.value),
                        content: host(&literal),
                        value: literal.value,
                    });
                }
                _ => object.lose(),
            }
            return object;
        }
        // Source: azureml-core 1.61.0, `CondaDependencies.create()`.
        object.texts =
            Some(CondaTexts { python: Some("3.10.18".to_owned()), pip: Vec::new(), ..default_texts() });
        let mut pip_given = false;
        for arg in args {
            let Some((name, _)) = &arg.name else {
                object.lose();
                continue;
            };
            match name.as_str() {
                "pip_packages" => {
                    pip_given = true;
                    object.add_all(&evaluate(&arg.value), true);
                }
                "conda_packages" => object.add_all(&evaluate(&arg.value), false),
                "python_version" => object.set_python(Some(&evaluate(&arg.value))),
                "pip_indexurl" => {
                    let index = evaluate(&arg.value);
                    object.add_option(Some(&index));
                    object.pip_option("--index-url ", Some(&index));
                }
                "pin_sdk_version" => {}
                _ => object.lose(),
            }
            if arg.star {
                object.lose();
            }
        }
        // Without `pip_packages` the SDK adds its defaults; with them it adds nothing.
        if pip_given {
            object.spec.created = Some(call);
        } else {
            object.spec.pip.push(package("azureml-defaults", None, HostRange::default()));
            if let Some(texts) = &mut object.texts {
                texts.pip.push("azureml-defaults".to_owned());
            }
        }
        object
    }

    /// A method that changes it. Removals are not followed: more may be in it than really is, so
    /// nothing is called missing by mistake.
    pub(crate) fn call(&mut self, method: &str, values: &[Known]) {
        match method {
            "add_pip_package" => self.add(values.first(), true),
            "add_conda_package" => self.add(values.first(), false),
            "set_python_version" => self.set_python(values.first()),
            "add_channel" => match values.first() {
                Some(Known::Text(channel)) if is_plain(channel) => {
                    if let Some(texts) = &mut self.texts {
                        texts.channels.push(channel.value.clone());
                    }
                    let text =
                        Text { value: channel.value.clone(), content: host(channel), templated: false };
                    self.spec.channels.get_or_insert_default().push(text);
                }
                _ => self.texts = None,
            },
            "set_pip_option" => {
                self.add_option(values.first());
                self.pip_option("", values.first());
            }
            "set_pip_index_url" => {
                self.add_option(values.first());
                self.pip_option("--index-url ", values.first());
            }
            "remove_pip_package" | "remove_conda_package" | "remove_channel" | "remove_pip_option" => {
                self.texts = None;
                // Which of them goes hangs on more than the name.
                self.spec.items.clear();
                self.spec.channels = None;
            }
            _ => self.lose(),
        }
    }

    /// Forgets the order and company of what is in it: not all of it was put in on one path.
    pub(crate) fn branch(&mut self) {
        self.spec.branching = true;
    }

    /// From here on nothing is provably absent.
    pub(crate) fn lose(&mut self) {
        self.spec.open = true;
        self.texts = None;
    }

    /// From here on it is not known what exactly is in it.
    pub(crate) fn forget_texts(&mut self) {
        self.texts = None;
    }

    fn pip_option(&mut self, name: &str, value: Option<&Known>) {
        match (value, &mut self.texts) {
            (Some(Known::Text(value)), Some(texts)) if is_plain(value) => {
                texts.pip.insert(0, format!("{name}{}", value.value));
            }
            _ => self.texts = None,
        }
    }

    /// The value that an assignment of it has.
    pub(crate) fn value(&self) -> Value {
        match &self.file {
            Some(file) if self.spec.pip.is_empty() && !self.spec.open => Value::CondaPath(file.clone()),
            Some(_) => Value::Opaque,
            None => Value::Conda(Arc::new(CondaSpec { texts: self.texts.clone(), ..self.spec.clone() })),
        }
    }

    fn add_all(&mut self, value: &Known, pip: bool) {
        let Known::Items(items) = value else {
            self.lose();
            return;
        };
        for item in items {
            match item {
                Some(literal) => self.add_text(&literal.value, host(literal), literal.has_holes, pip),
                None => self.lose(),
            }
        }
    }

    fn add(&mut self, value: Option<&Known>, pip: bool) {
        match value {
            Some(Known::Text(literal)) => {
                self.add_text(&literal.value, host(literal), literal.has_holes, pip)
            }
            _ => self.lose(),
        }
    }

    fn add_text(&mut self, text: &str, range: HostRange, has_holes: bool, pip: bool) {
        if has_holes || is_templated(text) {
            self.lose();
            return;
        }
        let written = Text { value: text.to_owned(), content: range, templated: false };
        // Source: azureml-core 1.61.0, `CondaDependencies.add_pip_package`.
        if pip && text.starts_with('-') {
            let message = "SDK v1 takes no option of pip among the packages; give it to set_pip_option";
            self.spec.malformed.push(Malformed { message: message.to_owned(), range });
        }
        self.spec.items.push(CondaItem { pip, text: written, range });
        let (name, specifier) = if pip {
            let read = requirements::parse_one(text);
            (read.name, read.specifier)
        } else {
            let read = conda::match_spec(text);
            (read.name, read.version)
        };
        if let Some(texts) = &mut self.texts {
            add_line(texts, text, name.as_ref().map(|(name, _)| name.as_str()), pip);
        }
        match name {
            Some((name, _)) if pip => self.spec.pip.push(package(&name, specifier, range)),
            Some((name, _)) => self.spec.conda.push(package(&name, specifier, range)),
            None => self.lose(),
        }
    }

    /// `python_version=…`, `set_python_version(…)`: there is one at most, the last.
    fn set_python(&mut self, value: Option<&Known>) {
        self.spec.conda.retain(|package| package.name != "python");
        if let Some(Known::Text(literal)) = value
            && !literal.has_holes
            && !is_templated(&literal.value)
        {
            let specifier = format!("={}", literal.value.trim_start_matches('='));
            self.spec.conda.push(Package { name: "python".to_owned(), specifier, range: host(literal) });
            if let Some(texts) = &mut self.texts {
                texts.python = Some(literal.value.clone());
            }
        } else {
            self.texts = None;
        }
    }

    /// `pip_indexurl=…`, `set_pip_option(…)`.
    fn add_option(&mut self, value: Option<&Known>) {
        if let Some(Known::Text(literal)) = value {
            let url = &literal.value;
            let templated = literal.has_holes || is_templated(url);
            let text = Text { value: url.clone(), content: host(literal), templated };
            self.spec.items.push(CondaItem { pip: true, text, range: host(literal) });
        }
    }
}

fn host(literal: &amlenv_syntax::python::StringValue) -> HostRange {
    literal.map.to_host(TextRange::new(0, literal.value.len()))
}

/// What the packages of a new `Environment` are.
/// Source: azureml-core 1.61.0, `Environment("x").python.conda_dependencies`.
pub(crate) fn default_texts() -> CondaTexts {
    CondaTexts {
        python: Some("3.8.13".to_owned()),
        channels: vec!["anaconda".to_owned(), "conda-forge".to_owned()],
        conda: Vec::new(),
        pip: vec!["azureml-defaults".to_owned()],
    }
}

/// Whether a text is known to the last character.
fn is_plain(literal: &amlenv_syntax::python::StringValue) -> bool {
    !literal.has_holes && !is_templated(&literal.value)
}

/// Adds a package; one of the same name gives way, as the SDK does it.
fn add_line(texts: &mut CondaTexts, text: &str, name: Option<&str>, pip: bool) {
    let text = text.trim();
    if !pip && name == Some("python") {
        texts.python = Some(text.trim_start_matches("python").trim_start_matches('=').trim().to_owned());
        return;
    }
    let name = name.map(requirements::normalise_name);
    let named = |line: &str| {
        let found = if pip { requirements::parse_one(line).name } else { conda::match_spec(line).name };
        found.map(|(name, _)| requirements::normalise_name(&name))
    };
    let lines = if pip { &mut texts.pip } else { &mut texts.conda };
    lines.retain(|line| name.is_none() || named(line) != name);
    lines.push(text.to_owned());
}

fn package(name: &str, specifier: Option<(String, TextRange)>, range: HostRange) -> Package {
    let specifier = specifier.map(|part| part.0).unwrap_or_default();
    Package { name: requirements::normalise_name(name), specifier, range }
}
