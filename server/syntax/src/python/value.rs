//! What an expression is, as far as that can be known without running the program: texts with the
//! way back to each piece of the source, paths, files that are read, plain values. Everything else is
//! not known. What a name stands for is asked of [`Names`].

use super::text::{Cut, FormatArg, StringValue, Style};
use super::{Arg, Expr, ExprKind, dotted};
use crate::text::TextRange;

/// Nesting deeper than this is not followed; texts are made again as deep as they were made.
const MAX_DEPTH: usize = 40;

/// What is known of an expression.
#[derive(Clone, Debug)]
pub enum Known {
    /// A text.
    Text(Box<StringValue>),
    /// A `pathlib` path.
    Path(Box<StringValue>),
    /// The content of the file at a path.
    Content(Box<StringValue>),
    /// The open file at a path.
    Handle(Box<StringValue>),
    /// A list or tuple of texts; `None` for an item, or several, that are not known.
    Items(Vec<Option<StringValue>>),
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// Not known.
    Opaque,
}

impl Known {
    /// The text.
    #[must_use]
    pub fn text(self) -> Option<StringValue> {
        match self {
            Self::Text(text) => Some(*text),
            _ => None,
        }
    }

    fn of(text: Option<StringValue>) -> Self {
        match text {
            Some(text) if !text.foreign && !text.is_excessive() => Self::Text(Box::new(text)),
            _ => Self::Opaque,
        }
    }

    /// What `str()` makes of it.
    fn shown(self, at: TextRange) -> Option<StringValue> {
        match self {
            Self::Text(text) | Self::Path(text) => Some(*text),
            Self::Number(number)
                if number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0')
                    || number == "0" =>
            {
                Some(StringValue::added(&number, at))
            }
            _ => None,
        }
    }
}

/// What the names of a program stand for.
pub trait Names {
    /// What a name or a chain of names stands for where the expression stands.
    fn value(&mut self, chain: &str, depth: usize) -> Known;

    /// The full name of a chain, imports resolved: `textwrap.dedent` for `dedent`.
    fn full_name(&self, chain: &str) -> String;
}

/// No names are known.
#[derive(Clone, Copy, Debug)]
pub struct NoNames;

impl Names for NoNames {
    fn value(&mut self, _: &str, _: usize) -> Known {
        Known::Opaque
    }

    fn full_name(&self, chain: &str) -> String {
        chain.to_owned()
    }
}

/// The text of an expression, without knowing any names.
#[must_use]
pub fn text_value(expr: &Expr) -> Option<StringValue> {
    evaluate(expr, &mut NoNames, 0).text()
}

/// What is known of an expression. `depth` counts the names that led to it.
#[must_use]
pub fn evaluate(expr: &Expr, names: &mut dyn Names, depth: usize) -> Known {
    if depth > MAX_DEPTH {
        return Known::Opaque;
    }
    let depth = depth + 1;
    match &expr.kind {
        ExprKind::None => Known::None,
        ExprKind::Bool(value) => Known::Bool(*value),
        ExprKind::Number(text) => Known::Number(text.clone()),
        ExprKind::Str(text) => {
            let filled = text.filled(&mut |hole| {
                names.value(hole.name.as_deref()?, depth).shown(hole.range).map(StringValue::elsewhere)
            });
            Known::of(Some(filled))
        }
        ExprKind::Name(_) | ExprKind::Attribute { .. } => match dotted(expr) {
            Some(chain) => named(names.value(&chain, depth)),
            None => Known::Opaque,
        },
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            Known::Items(items.iter().map(|item| evaluate(item, names, depth).text()).collect())
        }
        ExprKind::Walrus { value, .. } => evaluate(value, names, depth),
        ExprKind::Conditional { then, otherwise, .. } => {
            match (evaluate(then, names, depth), evaluate(otherwise, names, depth)) {
                (Known::Text(a), Known::Text(b)) if a.value == b.value && !a.has_holes => {
                    Known::Text(Box::new(a.fixed()))
                }
                _ => Known::Opaque,
            }
        }
        ExprKind::Binary { first, rest } => binary(first, rest, names, depth),
        ExprKind::Call { func, args, .. } => call(expr, func, args, names, depth),
        _ => Known::Opaque,
    }
}

/// What a name stands for, marked as standing elsewhere.
fn named(known: Known) -> Known {
    match known {
        Known::Text(text) => Known::Text(Box::new(text.elsewhere())),
        Known::Path(text) => Known::Path(Box::new(text.elsewhere())),
        Known::Items(items) => {
            Known::Items(items.into_iter().map(|item| item.map(StringValue::elsewhere)).collect())
        }
        other => other,
    }
}

/// Texts behind each other.
#[must_use]
pub fn sum_of(texts: Vec<StringValue>) -> Known {
    Known::of(Some(StringValue::concat(texts)))
}

fn binary(first: &Expr, rest: &[(String, Expr)], names: &mut dyn Names, depth: usize) -> Known {
    let all_plus = rest.iter().all(|(operator, _)| operator == "+");
    if all_plus {
        return sum(first, rest, names, depth);
    }
    let mut left = evaluate(first, names, depth);
    for (operator, right) in rest {
        left = match (operator.as_str(), left) {
            ("/", Known::Path(path)) => match evaluate(right, names, depth) {
                Known::Text(part) | Known::Path(part) => Known::Path(Box::new(join_path(vec![*path, *part]))),
                _ => Known::Opaque,
            },
            ("%", Known::Text(template)) => Known::of(percent(*template, right, names, depth)),
            _ => Known::Opaque,
        };
    }
    left
}

/// `a + b + …`: of texts, or of lists.
fn sum(first: &Expr, rest: &[(String, Expr)], names: &mut dyn Names, depth: usize) -> Known {
    let terms: Vec<(&Expr, Known)> = std::iter::once(first)
        .chain(rest.iter().map(|(_, right)| right))
        .map(|term| (term, evaluate(term, names, depth)))
        .collect();
    if terms.iter().any(|(_, known)| matches!(known, Known::Items(_))) {
        let items = terms.into_iter().flat_map(|(_, known)| match known {
            Known::Items(items) => items,
            _ => vec![None],
        });
        return Known::Items(items.collect());
    }
    if !terms.iter().any(|(_, known)| matches!(known, Known::Text(_))) {
        return Known::Opaque;
    }
    let texts = terms.into_iter().map(|(term, known)| match known {
        Known::Text(text) => *text,
        _ => StringValue::hole(term.range),
    });
    sum_of(texts.collect())
}

/// `template % right`.
fn percent(template: StringValue, right: &Expr, names: &mut dyn Names, depth: usize) -> Option<StringValue> {
    let mut arg = |name: Option<String>, value: &Expr| FormatArg {
        name,
        value: evaluate(value, names, depth).shown(value.range).map(StringValue::elsewhere),
    };
    let args = match &right.kind {
        ExprKind::Tuple(items) => items.iter().map(|item| arg(None, item)).collect(),
        ExprKind::Dict { pairs, .. } => pairs
            .iter()
            .filter_map(|(key, value)| {
                let ExprKind::Str(key) = &key.kind else { return None };
                Some(arg(Some(key.value.clone()), value))
            })
            .collect(),
        _ => vec![arg(None, right)],
    };
    template.format(Style::Percent, args)
}

fn call(expr: &Expr, func: &Expr, args: &[Arg], names: &mut dyn Names, depth: usize) -> Known {
    if let ExprKind::Attribute { object, name, .. } = &func.kind {
        let known = method(object, name, args, names, depth);
        if !matches!(known, Known::Opaque) {
            return known;
        }
    }
    let Some(chain) = dotted(func) else { return Known::Opaque };
    if args.iter().any(|arg| arg.star) {
        return Known::Opaque;
    }
    let full = names.full_name(&chain);
    let positional: Vec<&Expr> = args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
    let first = positional.first().copied();
    let value = |expr: Option<&Expr>, names: &mut dyn Names| {
        expr.map_or(Known::Opaque, |expr| evaluate(expr, names, depth))
    };
    match full.as_str() {
        "textwrap.dedent" | "dedent" => {
            Known::of(value(first, names).text().and_then(|text| text.cut(&Cut::Dedent)))
        }
        "inspect.cleandoc" | "cleandoc" => {
            Known::of(value(first, names).text().and_then(|text| text.cut(&Cut::Clean)))
        }
        "str" | "os.fspath" => match first {
            Some(first) => Known::of(evaluate(first, names, depth).shown(first.range)),
            None => Known::Opaque,
        },
        "os.path.join" => {
            let parts: Option<Vec<StringValue>> =
                positional.iter().map(|part| path_text(evaluate(part, names, depth))).collect();
            Known::of(parts.filter(|parts| !parts.is_empty()).map(join_path))
        }
        "os.path.normpath" => Known::of(path_text(value(first, names))),
        "pathlib.Path" | "Path" | "pathlib.PurePath" | "pathlib.PurePosixPath" | "pathlib.PosixPath" => {
            let parts: Option<Vec<StringValue>> =
                positional.iter().map(|part| path_text(evaluate(part, names, depth))).collect();
            match parts {
                Some(parts) if !parts.is_empty() => Known::Path(Box::new(join_path(parts))),
                Some(_) => Known::Path(Box::new(StringValue::added(".", expr.range))),
                None => Known::Opaque,
            }
        }
        "open" | "io.open" | "codecs.open" if is_read_mode(args) => {
            path_text(value(first, names)).map_or(Known::Opaque, |path| Known::Handle(Box::new(path)))
        }
        _ => Known::Opaque,
    }
}

/// Whether a file is opened to be read as text.
fn is_read_mode(args: &[Arg]) -> bool {
    let named =
        |wanted: &str| args.iter().find(|arg| arg.name.as_ref().is_some_and(|(name, _)| name == wanted));
    let second = args.get(1).filter(|arg| arg.name.is_none());
    match named("mode").or(second).map(|arg| &arg.value.kind) {
        None => true,
        Some(ExprKind::Str(mode)) => mode.value.contains('r') && !mode.value.contains(['b', '+']),
        Some(_) => false,
    }
}

fn method(object: &Expr, name: &str, args: &[Arg], names: &mut dyn Names, depth: usize) -> Known {
    let known = match name {
        "strip" | "lstrip" | "rstrip" | "join" | "format" | "joinpath" | "read" | "read_text" | "open"
        | "as_posix" | "resolve" | "absolute" => evaluate(object, names, depth),
        _ => return Known::Opaque,
    };
    let starred = args.iter().any(|arg| arg.star);
    match (name, known) {
        ("strip" | "lstrip" | "rstrip", Known::Text(text)) => {
            let chars = match args {
                [] => None,
                [only] => match evaluate(&only.value, names, depth) {
                    Known::Text(chars) if !chars.has_holes => Some(chars.value),
                    Known::None => None,
                    _ => return Known::Opaque,
                },
                _ => return Known::Opaque,
            };
            let cut = Cut::Strip { start: name != "rstrip", end: name != "lstrip", chars };
            Known::of(text.cut(&cut))
        }
        // What is stripped of a file is nothing that matters to what reads it.
        ("strip" | "lstrip" | "rstrip", Known::Content(path)) if args.is_empty() => Known::Content(path),
        ("join", Known::Text(separator)) => match args {
            [only] => match evaluate(&only.value, names, depth) {
                Known::Items(items) => Known::of(Some(joined(&separator, items, &only.value))),
                _ => Known::Opaque,
            },
            _ => Known::Opaque,
        },
        ("format", Known::Text(template)) if !starred => {
            let args = args.iter().map(|arg| FormatArg {
                name: arg.name.as_ref().map(|(name, _)| name.clone()),
                value: evaluate(&arg.value, names, depth).shown(arg.value.range).map(StringValue::elsewhere),
            });
            let args = args.collect();
            Known::of(template.format(Style::Braces, args))
        }
        // Nobody knows which fields `*args` and `**kwargs` fill, or how.
        ("format", Known::Text(template)) => Known::of(template.format(Style::Braces, Vec::new())),
        ("joinpath", Known::Path(path)) if !starred => {
            let parts: Option<Vec<StringValue>> = std::iter::once(Some(*path))
                .chain(args.iter().map(|arg| path_text(evaluate(&arg.value, names, depth))))
                .collect();
            parts.map_or(Known::Opaque, |parts| Known::Path(Box::new(join_path(parts))))
        }
        ("read_text", Known::Path(path)) => Known::Content(path),
        ("open", Known::Path(path)) if args.is_empty() => Known::Handle(path),
        ("read", Known::Handle(path)) if args.is_empty() => Known::Content(path),
        ("as_posix", Known::Path(path)) => Known::of(Some(*path)),
        ("resolve" | "absolute", Known::Path(path)) => Known::Path(path),
        _ => Known::Opaque,
    }
}

/// The items with the separator between them.
fn joined(separator: &StringValue, items: Vec<Option<StringValue>>, list: &Expr) -> StringValue {
    let mut out = Vec::new();
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(separator.clone().elsewhere());
        }
        out.push(item.unwrap_or_else(|| StringValue::hole(list.range)));
    }
    StringValue::concat(out)
}

fn path_text(known: Known) -> Option<StringValue> {
    match known {
        Known::Text(text) | Known::Path(text) => Some(*text),
        _ => None,
    }
}

/// Paths behind each other: an absolute one begins anew.
fn join_path(parts: Vec<StringValue>) -> StringValue {
    let mut out: Vec<StringValue> = Vec::new();
    for part in parts {
        if part.value.starts_with('/') {
            out.clear();
        }
        if let Some(last) = out.last()
            && !last.value.is_empty()
            && !last.value.ends_with('/')
            && !part.value.is_empty()
        {
            let host = last.map.to_host(TextRange::new(0, last.value.len()));
            out.push(StringValue::added("/", TextRange::empty(host.end)));
        }
        out.push(part);
    }
    match <[StringValue; 1]>::try_from(out) {
        Ok([only]) => only,
        Err(parts) => StringValue::concat(parts),
    }
}
