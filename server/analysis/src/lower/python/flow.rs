//! Straight-line flow of a Python file: its statements in order, each with its scope and the
//! branches that it stands in, and what a name certainly stands for at one of them. Knows nothing of
//! environments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amlenv_syntax::TextRange;
use amlenv_syntax::python::{Branch, Expr, ExprKind, Module, Stmt, StmtKind, children, dotted};

use crate::model::Arm;

/// One statement where it happens.
#[derive(Debug, Clone)]
pub(crate) struct Step<'a> {
    pub(crate) kind: StepKind<'a>,
    pub(crate) range: TextRange,
    /// 0 is the module; every function and class body has a scope of its own.
    pub(crate) scope: usize,
    pub(crate) path: Arc<[Arm]>,
    /// Whether it may run more than once or not to its end: inside a loop, `try` or `with`.
    pub(crate) in_loop: bool,
    /// The step at which its right side is looked at: `a, b = b, a` is two steps and one moment.
    pub(crate) moment: usize,
}

/// What happens in a step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StepKind<'a> {
    /// An assignment of one target.
    Assign(Assign<'a>),
    /// An expression on its own, or one inside another statement (a condition, a decorator).
    Expr(&'a Expr),
    /// `return`.
    Return(&'a Expr),
    /// An import, for its names.
    Import(&'a Stmt),
    /// `with value as name`.
    Enter { name: &'a str, value: &'a Expr },
    /// A name bound by something that is not followed: a loop variable, a parameter, a class.
    Bind(&'a str),
}

/// What a name certainly stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition<'a> {
    /// The step at which its value is looked at.
    pub(crate) moment: usize,
    pub(crate) value: &'a Expr,
    /// Whether the value is added to what the name stood for before.
    pub(crate) added: bool,
    /// Whether the name stands for what `with` makes of the value.
    pub(crate) entered: bool,
}

/// An assignment of one target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assign<'a> {
    pub(crate) target: &'a Expr,
    /// The value; `None` where it cannot be known.
    pub(crate) value: Option<&'a Expr>,
    /// Whether the value is added to the old one.
    pub(crate) added: bool,
    /// Whether the statement does nothing else.
    pub(crate) whole: bool,
}

/// A scope.
#[derive(Debug)]
struct Scope {
    /// The scope around it.
    parent: usize,
    /// Whether it is the body of a class, which the functions in it do not see.
    class: bool,
}

/// The steps of a module, and who binds what.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    scopes: Vec<Scope>,
    /// The steps that bind a name, by scope and name.
    bindings: BTreeMap<(usize, &'a str), Vec<usize>>,
    /// Names that a function sets outside of itself, and chains that are assigned anywhere.
    unsteady: BTreeSet<String>,
    /// The scopes of functions and of plain classes, by where they are defined and their name.
    functions: BTreeMap<(usize, &'a str), Vec<usize>>,
    classes: BTreeMap<(usize, &'a str), Vec<usize>>,
    /// How often a name stands anywhere.
    mentions: BTreeMap<&'a str, usize>,
}

impl<'a> Flow<'a> {
    /// Puts a module's statements into the order of the text.
    pub(crate) fn new(module: &'a Module) -> Self {
        let mut flow = Self {
            steps: Vec::new(),
            scopes: vec![Scope { parent: 0, class: false }],
            bindings: BTreeMap::new(),
            unsteady: BTreeSet::new(),
            functions: BTreeMap::new(),
            classes: BTreeMap::new(),
            mentions: BTreeMap::new(),
        };
        flow.flatten(module);
        flow.count();
        for (at, step) in flow.steps.iter().enumerate() {
            match step.kind {
                StepKind::Assign(Assign { target, .. }) => match &target.kind {
                    ExprKind::Name(name) => {
                        flow.bindings.entry((step.scope, name.as_str())).or_default().push(at);
                    }
                    _ => flow.unsteady.extend(dotted(target)),
                },
                StepKind::Bind(name) | StepKind::Enter { name, .. } => {
                    flow.bindings.entry((step.scope, name)).or_default().push(at)
                }
                StepKind::Import(Stmt { kind: StmtKind::Import { names, .. }, .. }) => {
                    for (name, alias) in names {
                        let bound =
                            alias.as_deref().unwrap_or_else(|| name.split('.').next().unwrap_or(name));
                        flow.bindings.entry((step.scope, bound)).or_default().push(at);
                    }
                }
                _ => {}
            }
        }
        flow
    }

    /// How often a name stands in the module, binding it included. What an f-string holds is not seen.
    pub(crate) fn mentions(&self, name: &str) -> usize {
        self.mentions.get(name).copied().unwrap_or(0)
    }

    fn count(&mut self) {
        let mut pending: Vec<&'a Expr> = Vec::new();
        for step in &self.steps {
            match step.kind {
                StepKind::Assign(assign) => {
                    pending.push(assign.target);
                    pending.extend(assign.value);
                }
                StepKind::Expr(expr) | StepKind::Return(expr) => pending.push(expr),
                StepKind::Enter { name, value } => {
                    *self.mentions.entry(name).or_default() += 1;
                    pending.push(value);
                }
                StepKind::Bind(name) => *self.mentions.entry(name).or_default() += 1,
                StepKind::Import(_) => {}
            }
        }
        while let Some(expr) = pending.pop() {
            if let ExprKind::Name(name) = &expr.kind {
                *self.mentions.entry(name.as_str()).or_default() += 1;
            }
            pending.extend(children(expr));
        }
    }

    /// The scope in which a name that is used in `scope` is bound: its own, or the nearest around it.
    pub(crate) fn scope_of(&self, scope: usize, name: &str) -> Option<usize> {
        let mut at = scope;
        loop {
            let found = self.scopes.get(at)?;
            if self.bindings.contains_key(&(at, name)) && (at == scope || !found.class) {
                return Some(at);
            }
            if at == 0 {
                return None;
            }
            at = found.parent;
        }
    }

    /// The assignment that certainly was the last of a name when the step at `at` happens, or of an
    /// attribute of a plain class.
    pub(crate) fn definition(&self, at: usize, chain: &str) -> Option<Definition<'a>> {
        let step = self.steps.get(at)?;
        if self.unsteady.contains(chain) {
            return None;
        }
        match chain.split_once('.') {
            None => self.name(step, at, chain),
            Some((class, attribute)) => {
                let scope = self.scope_of(step.scope, class)?;
                let [only] = self.classes.get(&(scope, class))?.as_slice() else { return None };
                let single = self.bindings.get(&(scope, class)).is_some_and(|bound| bound.len() == 1);
                if !single || self.unsteady.contains(class) {
                    return None;
                }
                self.only(*only, attribute)
            }
        }
    }

    /// The scope of the function that a name certainly stands for.
    pub(crate) fn function(&self, scope: usize, name: &str) -> Option<usize> {
        let scope = self.scope_of(scope, name)?;
        let [only] = self.functions.get(&(scope, name))?.as_slice() else { return None };
        let single = self.bindings.get(&(scope, name)).is_some_and(|bound| bound.len() == 1);
        (single && !self.unsteady.contains(name)).then_some(*only)
    }

    fn name(&self, step: &Step<'a>, at: usize, name: &str) -> Option<Definition<'a>> {
        let scope = self.scope_of(step.scope, name)?;
        if scope != step.scope {
            // When a function runs is not known: only what never changes is certain.
            return self.only(scope, name);
        }
        let bound = self.bindings.get(&(scope, name))?;
        let before = bound.partition_point(|index| *index < at);
        let index = *bound.get(before.checked_sub(1)?)?;
        let found = self.steps.get(index)?;
        let certain = found.path.len() <= step.path.len()
            && found
                .path
                .iter()
                .zip(step.path.iter())
                .all(|(a, b)| a.statement == b.statement && a.arm == b.arm);
        // In a loop, what comes later may have happened in the round before.
        let later = step.in_loop
            && bound
                .iter()
                .skip(before)
                .any(|index| self.steps.get(*index).is_some_and(|other| other.in_loop));
        if !certain || later || found.in_loop && !step.in_loop {
            return None;
        }
        definition(found)
    }

    /// The one assignment of a name in another scope.
    fn only(&self, scope: usize, name: &str) -> Option<Definition<'a>> {
        let [index] = self.bindings.get(&(scope, name))?.as_slice() else { return None };
        definition(self.steps.get(*index)?).filter(|found| !found.added)
    }

    fn flatten(&mut self, module: &'a Module) {
        let mut ids = 0;
        let root: Arc<[Arm]> = Arc::from([]);
        let mut pending: Vec<Frame<'a>> =
            vec![Frame { body: &module.body, at: 0, scope: 0, path: root, in_loop: false }];
        while let Some(frame) = pending.last_mut() {
            let Some(stmt) = frame.body.get(frame.at) else {
                pending.pop();
                continue;
            };
            frame.at += 1;
            ids += 1;
            let here = Place {
                range: stmt.range,
                scope: frame.scope,
                path: frame.path.clone(),
                in_loop: frame.in_loop,
            };
            let mut inner = self.statement(stmt, ids, &here);
            inner.reverse();
            pending.extend(inner);
        }
    }

    fn push(&mut self, here: &Place, kind: StepKind<'a>) {
        self.push_at(here, kind, self.steps.len());
    }

    fn push_at(&mut self, here: &Place, kind: StepKind<'a>, moment: usize) {
        self.steps.push(Step {
            kind,
            range: here.range,
            scope: here.scope,
            path: here.path.clone(),
            in_loop: here.in_loop,
            moment,
        });
    }

    /// The steps of one statement, and the bodies in it.
    fn statement(&mut self, stmt: &'a Stmt, id: usize, here: &Place) -> Vec<Frame<'a>> {
        let mut inner: Vec<Frame<'a>> = Vec::new();
        let mut arm = |body: &'a [Stmt], arm, in_loop| {
            let leaves = leaves(body);
            let path = here.path.iter().copied().chain([Arm { statement: id, arm, leaves }]).collect();
            inner.push(Frame { body, at: 0, scope: here.scope, path, in_loop });
        };
        match &stmt.kind {
            StmtKind::Import { .. } => self.push(here, StepKind::Import(stmt)),
            StmtKind::Assign { targets, value, augmented } => {
                self.walrus(here, value);
                let whole = targets.len() == 1;
                let added = augmented.as_deref() == Some("+=");
                let known = !stmt.broken && (augmented.is_none() || added);
                for target in targets {
                    self.assign(here, target, known.then_some(value), added, whole);
                }
            }
            StmtKind::Other => {}
            StmtKind::Expr(expr) => self.expr(here, expr),
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.assign(here, target, None, false, false);
                }
            }
            StmtKind::Global(names) => self.unsteady.extend(names.iter().cloned()),
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.walrus(here, value);
                    self.push(here, StepKind::Return(value));
                }
            }
            StmtKind::If { branches } => {
                for (number, Branch { condition, names, body }) in branches.iter().enumerate() {
                    if let Some(condition) = condition {
                        self.expr(here, condition);
                    }
                    names.iter().for_each(|name| self.push(here, StepKind::Bind(name)));
                    arm(body, number, here.in_loop);
                }
            }
            StmtKind::Loop { names, body, orelse } => {
                names.iter().for_each(|name| self.push(here, StepKind::Bind(name)));
                arm(body, 0, true);
                arm(orelse, 0, here.in_loop);
            }
            StmtKind::Try { body, handlers, orelse, finally } => {
                arm(body, 0, here.in_loop);
                for (number, handler) in handlers.iter().enumerate() {
                    arm(handler, number + 1, here.in_loop);
                }
                arm(orelse, 0, here.in_loop);
                inner.push(here.frame(finally));
            }
            StmtKind::With { items, body } => {
                for (value, names) in items {
                    self.expr(here, value);
                    match names.as_slice() {
                        [name] => self.push(here, StepKind::Enter { name, value }),
                        names => names.iter().for_each(|name| self.push(here, StepKind::Bind(name))),
                    }
                }
                inner.push(here.frame(body));
            }
            StmtKind::Function { name, params, decorators, body } => {
                decorators.iter().for_each(|decorator| self.expr(here, decorator));
                self.push(here, StepKind::Bind(name));
                let inside = self.inside(here, id, false);
                self.functions.entry((here.scope, name)).or_default().push(inside.scope);
                params.iter().for_each(|param| self.push(&inside, StepKind::Bind(param)));
                inner.push(inside.frame(body));
            }
            StmtKind::Class { name, derived, body } => {
                self.push(here, StepKind::Bind(name));
                let inside = self.inside(here, id, true);
                if !derived {
                    self.classes.entry((here.scope, name)).or_default().push(inside.scope);
                }
                inner.push(inside.frame(body));
            }
        }
        inner
    }

    /// A new scope for the body of a function or class.
    fn inside(&mut self, here: &Place, id: usize, class: bool) -> Place {
        self.scopes.push(Scope { parent: here.scope, class });
        Place {
            range: here.range,
            scope: self.scopes.len() - 1,
            path: Arc::from([Arm { statement: id, arm: 0, leaves: false }]),
            in_loop: false,
        }
    }

    /// One target; a tuple is taken apart where its value is one, too.
    fn assign(&mut self, here: &Place, target: &'a Expr, value: Option<&'a Expr>, added: bool, whole: bool) {
        let moment = self.steps.len();
        let mut pending = vec![(target, value, whole)];
        while let Some((target, value, whole)) = pending.pop() {
            let (ExprKind::Tuple(targets) | ExprKind::List(targets)) = &target.kind else {
                let assign = Assign { target, value, added, whole };
                self.push_at(here, StepKind::Assign(assign), moment);
                continue;
            };
            let values = match value.map(|value| &value.kind) {
                Some(ExprKind::Tuple(values) | ExprKind::List(values))
                    if values.len() == targets.len()
                        && !targets
                            .iter()
                            .chain(values)
                            .any(|item| matches!(item.kind, ExprKind::Other(_))) =>
                {
                    Some(values)
                }
                _ => None,
            };
            for (number, target) in targets.iter().enumerate().rev() {
                pending.push((target, values.and_then(|values| values.get(number)), false));
            }
            if values.is_none() {
                // The value as a whole may still call something.
                self.steps.extend(value.map(|value| here.step(StepKind::Expr(value), moment)));
                pending.extend(targets.iter().flat_map(stars).map(|target| (target, None, false)));
            }
        }
    }

    fn expr(&mut self, here: &Place, expr: &'a Expr) {
        self.walrus(here, expr);
        self.push(here, StepKind::Expr(expr));
    }

    /// The names that `:=` binds inside an expression.
    fn walrus(&mut self, here: &Place, expr: &'a Expr) {
        let mut pending = vec![(expr, true)];
        while let Some((expr, certain)) = pending.pop() {
            if let ExprKind::Walrus { name, value } = &expr.kind {
                let (target, value, whole) = (&**name, certain.then_some(&**value), false);
                self.push(here, StepKind::Assign(Assign { target, value, added: false, whole }));
            }
            // An operand of `and`, or a branch of a condition, may never be looked at.
            let certain = certain
                && !matches!(
                    expr.kind,
                    ExprKind::Conditional { .. } | ExprKind::Other(_) | ExprKind::Scoped(_)
                );
            pending.extend(children(expr).into_iter().map(|inner| (inner, certain)));
        }
    }
}

/// What a step makes of the name that it binds.
fn definition<'a>(step: &Step<'a>) -> Option<Definition<'a>> {
    let moment = step.moment;
    match step.kind {
        StepKind::Assign(Assign { value, added, .. }) => {
            Some(Definition { moment, value: value?, added, entered: false })
        }
        StepKind::Enter { value, .. } => Some(Definition { moment, value, added: false, entered: true }),
        _ => None,
    }
}

/// The name in `*rest`.
fn stars(target: &Expr) -> Vec<&Expr> {
    match &target.kind {
        ExprKind::Other(items) => items.iter().collect(),
        _ => Vec::new(),
    }
}

/// Where steps stand.
struct Place {
    range: TextRange,
    scope: usize,
    path: Arc<[Arm]>,
    in_loop: bool,
}

impl Place {
    fn frame<'a>(&self, body: &'a [Stmt]) -> Frame<'a> {
        Frame { body, at: 0, scope: self.scope, path: self.path.clone(), in_loop: self.in_loop }
    }

    fn step<'a>(&self, kind: StepKind<'a>, moment: usize) -> Step<'a> {
        let (range, scope, in_loop) = (self.range, self.scope, self.in_loop);
        Step { kind, range, scope, path: self.path.clone(), in_loop, moment }
    }
}

struct Frame<'a> {
    body: &'a [Stmt],
    at: usize,
    scope: usize,
    path: Arc<[Arm]>,
    in_loop: bool,
}

/// Whether control never passes the end of `body`.
fn leaves(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        _ if stmt.leaves => true,
        StmtKind::Expr(expr) => match &expr.kind {
            ExprKind::Call { func, .. } => {
                matches!(dotted(func).as_deref(), Some("exit" | "quit" | "sys.exit" | "os._exit"))
            }
            _ => false,
        },
        _ => false,
    })
}
