//! Reads Python into a light tree: statements, names, calls and, exactly, string literals.
//!
//! The tree is tree-sitter's, with two guards against its silent misreadings of half-typed text: a
//! right side begins on the line of its `=`, and a chain of attributes does not cross a line, both
//! unless brackets or a backslash say so.

mod build;
mod context;
mod literal;

pub use self::context::{Cursor, cursor_at};
pub use self::literal::{StringLiteral, StringPart, text_value};
use crate::text::TextRange;

/// The character that stands for a hole of an f-string in a decoded text.
pub const HOLE: char = '\u{fffc}';

/// A Python file.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Its statements.
    pub body: Vec<Stmt>,
    /// Its comments, `#` included.
    pub comments: Vec<TextRange>,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// All of it.
    pub range: TextRange,
    /// What it is.
    pub kind: StmtKind,
    /// Whether something in it could not be read, so that it means nothing for certain.
    pub broken: bool,
    /// Whether control does not pass it: `raise`, `break`, `continue`, `return`.
    pub leaves: bool,
}

/// What a statement is.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `import …` (with an empty module) or `from module import …`: names and what they are bound to.
    Import {
        /// The module behind `from`.
        module: String,
        /// The names, and the names behind `as`.
        names: Vec<(String, Option<String>)>,
    },
    /// `targets = value`; also `target += value`, which is augmented.
    Assign {
        /// The targets, several in a chain.
        targets: Vec<Expr>,
        /// The value.
        value: Expr,
        /// Whether the old value counts.
        augmented: bool,
    },
    /// An expression.
    Expr(Expr),
    /// `if`, `elif`, `else`.
    If {
        /// Its branches.
        branches: Vec<Branch>,
    },
    /// `for` or `while`.
    Loop {
        /// The names that it binds.
        names: Vec<String>,
        /// What runs again and again.
        body: Vec<Stmt>,
        /// What runs behind it.
        orelse: Vec<Stmt>,
    },
    /// `try`.
    Try {
        /// What is tried.
        body: Vec<Stmt>,
        /// What runs when it fails.
        handlers: Vec<Vec<Stmt>>,
        /// What runs when it does not.
        orelse: Vec<Stmt>,
        /// What runs in any case.
        finally: Vec<Stmt>,
    },
    /// `with`.
    With {
        /// The values.
        items: Vec<Expr>,
        /// The names behind `as`.
        names: Vec<String>,
        /// The body.
        body: Vec<Stmt>,
    },
    /// `def`.
    Function {
        /// Its name.
        name: String,
        /// The names of its parameters.
        params: Vec<String>,
        /// Its body.
        body: Vec<Stmt>,
    },
    /// `class`.
    Class {
        /// Its name.
        name: String,
        /// Its body.
        body: Vec<Stmt>,
    },
    /// `return`.
    Return(Option<Expr>),
    /// Anything else.
    Other,
}

/// A branch of an `if`.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The condition; `None` for `else`.
    pub condition: Option<Expr>,
    /// The body.
    pub body: Vec<Stmt>,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// All of it.
    pub range: TextRange,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A name.
    Name(String),
    /// `object.name`.
    Attribute {
        /// The object.
        object: Box<Expr>,
        /// The name.
        name: String,
        /// Where the name stands.
        name_range: TextRange,
    },
    /// A call.
    Call {
        /// What is called.
        func: Box<Expr>,
        /// The arguments.
        args: Vec<Arg>,
        /// From one parenthesis to the other.
        parens: TextRange,
    },
    /// A string, of one or more literals.
    Str(Box<StringLiteral>),
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// `[…]`.
    List(Vec<Expr>),
    /// `(…, …)`.
    Tuple(Vec<Expr>),
    /// `{…: …}`; `**` entries are left out.
    Dict(Vec<(Expr, Expr)>),
    /// `left + right` and its like.
    Binary {
        /// The operator.
        operator: String,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// Anything else, with the expressions in it.
    Other(Vec<Expr>),
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Arg {
    /// The keyword and its place.
    pub name: Option<(String, TextRange)>,
    /// The value.
    pub value: Expr,
    /// Whether it is `*args` or `**kwargs`.
    pub star: bool,
    /// All of it.
    pub range: TextRange,
}

/// Reads Python. Any text is read.
#[must_use]
pub fn parse(text: &str) -> Module {
    build::parse(text)
}

/// The expressions right inside an expression, in order.
#[must_use]
pub fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Attribute { object, .. } => vec![object],
        ExprKind::Call { func, args, .. } => {
            std::iter::once(&**func).chain(args.iter().map(|arg| &arg.value)).collect()
        }
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Other(items) => items.iter().collect(),
        ExprKind::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        ExprKind::Binary { left, right, .. } => vec![left, right],
        _ => Vec::new(),
    }
}
