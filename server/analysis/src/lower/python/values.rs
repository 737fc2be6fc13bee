//! What an expression is where it stands, and what the model says of it: constants are followed
//! through assignments, functions and plain classes, as far as they are certain.

use std::cell::Cell;
use std::sync::Arc;

use amlenv_syntax::python::{self, Expr, ExprKind, Known, Names, StringValue, dotted};
use amlenv_syntax::{HostRange, TextRange, conda, requirements};

use super::flow::Flow;
use super::names::Imports;
use crate::lower::is_templated;
use crate::model::{CondaItem, CondaSpec, CondaTexts, Package, Text, Value};

/// So many names are followed for one expression: a few lines can ask for more than time allows.
const MAX_LOOKUPS: usize = 500;

/// What is known at one step of a program.
#[derive(Clone, Copy)]
pub(crate) struct Values<'f, 'a> {
    pub(crate) flow: &'f Flow<'a>,
    pub(crate) imports: &'f Imports,
    /// The step.
    pub(crate) at: usize,
}

impl<'f, 'a> Values<'f, 'a> {
    /// What is known of an expression at the step.
    pub(crate) fn of(&self, expr: &Expr) -> Known {
        let budget = Cell::new(MAX_LOOKUPS);
        python::evaluate(expr, &mut Lookup { values: *self, budget: &budget }, 0)
    }

    /// The expression that a name stands for, through several names; itself if it is no name.
    pub(crate) fn origin(&self, expr: &'a Expr) -> &'a Expr {
        let (mut expr, mut at) = (expr, self.at);
        // More steps are not followed; every step leads to an earlier one or to one that is alone.
        for _ in 0..16 {
            let ExprKind::Name(name) = &expr.kind else { return expr };
            match self.flow.definition(at, name) {
                Some(found) if !found.added && !found.entered => (expr, at) = (found.value, found.moment),
                _ => return expr,
            }
        }
        expr
    }

    /// What the model says of an expression.
    pub(crate) fn value(&self, expr: &'a Expr) -> Value {
        let origin = self.origin(expr);
        if let Some(gpu) = dotted(origin).and_then(|chain| default_image(&self.imports.full_name(&chain))) {
            return Value::DefaultImage { gpu };
        }
        match self.of(expr) {
            Known::Text(text) if text.value.is_empty() => Value::Cleared { empty_text: true },
            Known::Text(text) | Known::Path(text) => Value::Text(self::text(&text)),
            Known::Content(path) => Value::ContentOf(self::text(&path)),
            Known::None => Value::Cleared { empty_text: false },
            Known::Bool(value) => Value::Bool(value),
            Known::Number(text) => Value::Number(text),
            Known::Items(_) => Value::List,
            Known::Handle(_) | Known::Opaque => match &origin.kind {
                ExprKind::Dict { .. } => Value::Map,
                _ => Value::Opaque,
            },
        }
    }

    /// What the model says of an expression that names conda settings: a path, or the settings.
    pub(crate) fn conda(&self, expr: &'a Expr) -> Value {
        let origin = self.origin(expr);
        if let ExprKind::Dict { pairs, open } = &origin.kind {
            let mut spec = CondaSpec { open: *open, ..CondaSpec::default() };
            // What was done to a variable in between is not followed.
            spec.open |= origin.range != expr.range && !self.is_only_read(expr);
            spec.texts = (!spec.open).then(CondaTexts::default);
            for (key, value) in pairs {
                if let Known::Text(name) = self.of(key) {
                    let (whole, key) = (place(key.range.cover(value.range)), place(key.range));
                    spec.keys.push((name.value, whole, key));
                }
                match self.of(key) {
                    Known::Text(key) if key.value == "dependencies" => self.dependencies(value, &mut spec),
                    Known::Text(key) if key.value == "channels" => {
                        let listed = self.of(value);
                        if let Known::Items(items) = &listed {
                            spec.channels = Some(items.iter().flatten().map(text).collect());
                        }
                        match (texts(listed), &mut spec.texts) {
                            (Some(channels), Some(texts)) => texts.channels = channels,
                            _ => spec.texts = None,
                        }
                    }
                    Known::Text(key) if key.value == "name" => {}
                    Known::Text(_) => spec.texts = None,
                    _ => spec.open = true,
                }
            }
            if spec.open {
                spec.texts = None;
            }
            return Value::Conda(Arc::new(spec));
        }
        match self.value(expr) {
            Value::Text(text) => Value::CondaPath(text),
            other => other,
        }
    }

    /// Whether an expression is a name that is bound once and looked at here alone.
    fn is_only_read(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if self.flow.mentions(name) == 2)
    }

    fn dependencies(&self, list: &'a Expr, spec: &mut CondaSpec) {
        let ExprKind::List(items) = &self.origin(list).kind else {
            spec.open = true;
            return;
        };
        for item in items {
            if let ExprKind::Dict { pairs, .. } = &item.kind {
                for (_, pip) in pairs {
                    spec.pip_section = Some(place(item.range));
                    match self.of(pip) {
                        Known::Items(items) => {
                            items.iter().for_each(|item| pip_package(item.as_ref(), spec));
                            match (texts(Known::Items(items)), &mut spec.texts) {
                                (Some(lines), Some(texts)) => texts.pip.extend(lines),
                                _ => spec.texts = None,
                            }
                        }
                        _ => spec.open = true,
                    }
                }
                continue;
            }
            match self.of(item) {
                Known::Text(text) if !text.has_holes && !is_templated(&text.value) => {
                    if let Some(texts) = &mut spec.texts {
                        texts.conda.push(text.value.clone());
                    }
                    spec.items.push(CondaItem {
                        pip: false,
                        text: self::text(&text),
                        range: place(item.range),
                    });
                    let read = conda::match_spec(&text.value);
                    match read.name {
                        Some((name, _)) => spec.conda.push(package(&name, read.version, &text)),
                        None => spec.open = true,
                    }
                }
                _ => spec.open = true,
            }
        }
    }
}

/// The items of a list of texts that are known to the last character.
fn texts(list: Known) -> Option<Vec<String>> {
    let Known::Items(items) = list else { return None };
    items
        .into_iter()
        .map(|item| item.filter(|text| !text.has_holes && !is_templated(&text.value)).map(|text| text.value))
        .collect()
}

fn pip_package(item: Option<&StringValue>, spec: &mut CondaSpec) {
    match item.filter(|text| !text.has_holes && !is_templated(&text.value)) {
        Some(text) => {
            spec.items.push(CondaItem { pip: true, text: self::text(text), range: host(text) });
            let read = requirements::parse_one(&text.value);
            match read.name {
                Some((name, _)) => spec.pip.push(package(&name, read.specifier, text)),
                None => spec.open = true,
            }
        }
        None => spec.open = true,
    }
}

fn package(name: &str, specifier: Option<(String, TextRange)>, text: &StringValue) -> Package {
    let specifier = specifier.map(|part| part.0).unwrap_or_default();
    Package { name: requirements::normalise_name(name), specifier, range: host(text) }
}

/// The SDK's default image that a full name stands for: `Some(true)` for the GPU one.
fn default_image(full: &str) -> Option<bool> {
    match full.rsplit('.').next()? {
        "DEFAULT_CPU_IMAGE" => Some(false),
        "DEFAULT_GPU_IMAGE" => Some(true),
        _ => None,
    }
}

/// A text for the model.
pub(crate) fn text(value: &StringValue) -> Text {
    Text {
        templated: value.has_holes || is_templated(&value.value),
        content: host(value),
        value: value.value.clone(),
    }
}

/// Where a text stands: all of it, or most of it where it is put together out of distant pieces.
pub(crate) fn host(value: &StringValue) -> HostRange {
    value.map.to_host(TextRange::new(0, value.value.len()))
}

fn place(range: TextRange) -> HostRange {
    HostRange::new(range.start, range.end)
}

struct Lookup<'b, 'f, 'a> {
    values: Values<'f, 'a>,
    budget: &'b Cell<usize>,
}

impl Names for Lookup<'_, '_, '_> {
    fn value(&mut self, chain: &str, depth: usize) -> Known {
        let Some(left) = self.budget.get().checked_sub(1) else { return Known::Opaque };
        self.budget.set(left);
        let Some(found) = self.values.flow.definition(self.values.at, chain) else { return Known::Opaque };
        let mut there = Lookup { values: Values { at: found.moment, ..self.values }, budget: self.budget };
        let known = python::evaluate(found.value, &mut there, depth);
        if found.added {
            return match (there.value(chain, depth + 1), known) {
                (Known::Text(before), Known::Text(more)) => python::sum_of(vec![*before, *more]),
                (Known::Items(mut before), Known::Items(more)) => {
                    before.extend(more);
                    Known::Items(before)
                }
                (Known::Text(before), _) => {
                    python::sum_of(vec![*before, StringValue::hole(found.value.range)])
                }
                _ => Known::Opaque,
            };
        }
        match known {
            Known::Handle(path) => Known::Handle(path),
            _ if found.entered => Known::Opaque,
            known => known,
        }
    }

    fn full_name(&self, chain: &str) -> String {
        self.values.imports.full_name(chain)
    }
}
