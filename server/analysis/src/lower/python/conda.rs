//! `CondaDependencies` objects of SDK v1: what is certainly in them, and whether anything is unknown.

use std::sync::Arc;

use amlenv_syntax::python::Arg;
use amlenv_syntax::{HostRange, TextRange, conda, requirements};

use crate::lower::is_templated;
use crate::model::{CondaItem, CondaSpec, Package, Text, Value};
use amlenv_syntax::python::Known;

/// A `CondaDependencies` object.
#[derive(Debug, Default)]
pub(crate) struct CondaObject {
    spec: CondaSpec,
    file: Option<Text>,
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
    )
}

impl CondaObject {
    /// What a new `Environment` has: `azureml-defaults`.
    /// Source: azureml-core 1.61.0, `Environment("x").python.conda_dependencies`.
    pub(crate) fn defaults() -> Self {
        let mut object = Self::default();
        object.spec.pip.push(package("azureml-defaults", None, HostRange::default()));
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
                "pip_indexurl" => object.add_index(&evaluate(&arg.value)),
                "pin_sdk_version" => {}
                _ => object.lose(),
            }
            if arg.star {
                object.lose();
            }
        }
        // Without `pip_packages` the SDK adds its defaults; with them it adds nothing.
        if !pip_given {
            object.spec.pip.push(package("azureml-defaults", None, HostRange::default()));
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
            // Which of them goes hangs on more than the name.
            "remove_pip_package" | "remove_conda_package" => self.spec.items.clear(),
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
    }

    /// The value that an assignment of it has.
    pub(crate) fn value(&self) -> Value {
        match &self.file {
            Some(file) if self.spec.pip.is_empty() && !self.spec.open => Value::CondaPath(file.clone()),
            Some(_) => Value::Opaque,
            None => Value::Conda(Arc::new(self.spec.clone())),
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
        self.spec.items.push(CondaItem { pip, text: written, range });
        let (name, specifier) = if pip {
            let read = requirements::parse_one(text);
            (read.name, read.specifier)
        } else {
            let read = conda::match_spec(text);
            (read.name, read.version)
        };
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
        }
    }

    /// `pip_indexurl=…`.
    fn add_index(&mut self, value: &Known) {
        if let Known::Text(literal) = value {
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

fn package(name: &str, specifier: Option<(String, TextRange)>, range: HostRange) -> Package {
    let specifier = specifier.map(|part| part.0).unwrap_or_default();
    Package { name: requirements::normalise_name(name), specifier, range }
}
