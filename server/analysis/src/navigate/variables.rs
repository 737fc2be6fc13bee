//! The variables of Python that hold environments: where they get them, and where they are used. Only
//! names that stand for an environment; all others are the business of a server for Python.

use amlenv_syntax::python::{self, Expr, ExprKind, Module, StmtKind, dotted};
use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use super::{Definition, Occurrence, Target};
use crate::file::File;
use crate::model::{Environment, Initial};

/// The functions of a module, by their ranges: the scopes of its names.
struct Scopes<'m>(Vec<(TextRange, &'m [String])>);

impl<'m> Scopes<'m> {
    fn new(module: &'m Module) -> Self {
        let functions = python::statements(module).into_iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Function { params, .. } => Some((stmt.range, params.as_slice())),
            _ => None,
        });
        Self(functions.collect())
    }

    /// The functions around a place, the innermost first.
    fn around(&self, offset: usize) -> Vec<(TextRange, &'m [String])> {
        let mut out: Vec<_> =
            self.0.iter().filter(|(range, _)| range.start < offset && offset < range.end).copied().collect();
        out.sort_by_key(|(range, _)| range.len());
        out
    }

    /// The innermost function around a place.
    fn of(&self, offset: usize) -> Option<TextRange> {
        self.around(offset).first().map(|(range, _)| *range)
    }
}

/// Whether an environment is made where it says, not only known by the names of its settings.
fn is_made(environment: &Environment) -> bool {
    environment.initial != Initial::Unknown || environment.anchor != environment.range
}

/// The environment that a variable stands for at a place.
fn meant<'f>(file: &'f File, scopes: &Scopes<'_>, chain: &str, offset: usize) -> Option<&'f Environment> {
    let made =
        |environment: &&Environment| environment.variable.as_deref() == Some(chain) && is_made(environment);
    let all: Vec<&Environment> = file.environments().filter(made).collect();
    if all.is_empty() {
        return None;
    }
    let first = chain.split('.').next().unwrap_or(chain);
    let mut scope = scopes.of(offset);
    let around = scopes.around(offset);
    let mut outer = around.iter();
    loop {
        let own: Vec<&Environment> =
            all.iter().copied().filter(|found| scopes.of(found.anchor.start) == scope).collect();
        // In its own scope the last one above counts; what a function finds around it may come later.
        let here = scope == scopes.of(offset);
        let above = own.iter().copied().rfind(|found| !here || found.range.start <= offset);
        if let Some(found) = above.or_else(|| own.first().copied()) {
            return Some(found);
        }
        let (_, params) = outer.next()?;
        if params.iter().any(|param| param == first) {
            return None;
        }
        scope = outer.clone().next().map(|(range, _)| *range);
    }
}

/// The places of a module where an environment is called by its variable.
fn places(module: &Module) -> Vec<(String, &Expr)> {
    let named = |expr: &&Expr| matches!(expr.kind, ExprKind::Name(_) | ExprKind::Attribute { .. });
    let all = python::expressions(module).into_iter().filter(named);
    all.filter_map(|expr| Some((dotted(expr)?, expr))).collect()
}

struct Found<'f> {
    environment: &'f Environment,
    origin: TextRange,
    /// All places of the variable, and whether it is made there.
    places: Vec<(TextRange, bool)>,
}

fn at<'f>(file: &'f File, offset: usize) -> Option<Found<'f>> {
    let module = file.python()?;
    let scopes = Scopes::new(module);
    let all = places(module);
    let touched = all.iter().filter(|(_, expr)| expr.range.touches(offset));
    // Of `run.environment` the whole chain may be what stands for it, or its beginning.
    let mut touched: Vec<&(String, &Expr)> = touched.collect();
    touched.sort_by_key(|(_, expr)| std::cmp::Reverse(expr.range.len()));
    let (chain, origin, environment) = touched.into_iter().find_map(|(chain, expr)| {
        Some((chain, expr.range, meant(file, &scopes, chain, expr.range.start)?))
    })?;
    let same = |expr: &Expr| {
        meant(file, &scopes, chain, expr.range.start).is_some_and(|found| std::ptr::eq(found, environment))
    };
    let mine = all.iter().filter(|(name, expr)| name == chain && same(expr));
    let made = |range: TextRange| environment.range.start == range.start;
    let places = mine.map(|(_, expr)| (expr.range, made(expr.range))).collect();
    Some(Found { environment, origin, places })
}

const fn host(range: TextRange) -> HostRange {
    HostRange::new(range.start, range.end)
}

pub(super) fn definition(view: &View<'_>, offset: usize) -> Option<Definition> {
    let found = at(view.file, offset)?;
    let made = found.places.iter().find(|(_, made)| *made).map(|(range, _)| host(*range));
    let focus = made.unwrap_or(found.environment.anchor);
    let target = Target {
        file: view.host.path().clone(),
        range: view.range(focus.cover(found.environment.anchor)),
        focus: view.range(focus),
    };
    Some(Definition { origin: view.range(host(found.origin)), targets: vec![target] })
}

pub(super) fn occurrences(view: &View<'_>, offset: usize) -> Option<Vec<Occurrence>> {
    let found = at(view.file, offset)?;
    Some(found.places.iter().map(|(range, made)| view.occurrence(host(*range), *made)).collect())
}
