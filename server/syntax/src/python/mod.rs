//! Reads Python into a light tree: statements, names, calls and, exactly, string literals.
//!
//! The tree is tree-sitter's, with two guards against its silent misreadings of half-typed text: a
//! right side begins on the line of its `=`, and a chain of attributes does not cross a line, both
//! unless brackets or a backslash say so. What stands on the next line is then read on its own.

mod build;
mod context;
mod imports;
mod literal;
mod place;
mod recover;
mod shape;
mod text;
mod value;
mod walk;

pub use self::context::{Cursor, cursor_at};
pub use self::imports::{calls, imports};
pub use self::literal::{Hole, StringPart};
pub use self::place::{Bracket, Place, StringPlace, place_at};
pub use self::text::{Cut, FormatArg, StringValue, Style};
pub use self::value::{Known, Names, NoNames, evaluate, sum_of, text_value};
pub use self::walk::{children, dotted, expression_at, expressions, statements, string_at};
use crate::earlier::Earlier;
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
        /// The operator, such as `+=`, where the old value counts.
        augmented: Option<String>,
    },
    /// An expression.
    Expr(Expr),
    /// `del`.
    Delete(Vec<Expr>),
    /// `global` or `nonlocal`: the names that a function sets outside of itself.
    Global(Vec<String>),
    /// `if`, `elif`, `else`; also the cases of a `match`.
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
        /// The values, each with the names behind its `as`.
        items: Vec<(Expr, Vec<String>)>,
        /// The body.
        body: Vec<Stmt>,
    },
    /// `def`.
    Function {
        /// Its name.
        name: String,
        /// The names of its parameters.
        params: Vec<String>,
        /// The expressions behind `@`.
        decorators: Vec<Expr>,
        /// Its body.
        body: Vec<Stmt>,
    },
    /// `class`.
    Class {
        /// Its name.
        name: String,
        /// Whether it stands on other classes, so that its attributes may be something else than they say.
        derived: bool,
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
    /// The names that the pattern of a `case` binds.
    pub names: Vec<String>,
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
    Str(Box<StringValue>),
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
    /// `{…: …}`.
    Dict {
        /// The keys and values.
        pairs: Vec<(Expr, Expr)>,
        /// Whether `**` brings more of them.
        open: bool,
    },
    /// `a + b - c`: operators of one rank, from left to right.
    Binary {
        /// The leftmost side.
        first: Box<Expr>,
        /// The operators, each with its right side.
        rest: Vec<(String, Expr)>,
    },
    /// `object[index]`; a slice or several indices are [`ExprKind::Other`].
    Subscript {
        /// The object.
        object: Box<Expr>,
        /// The index.
        index: Box<Expr>,
    },
    /// `then if condition else otherwise`.
    Conditional {
        /// What is tested.
        condition: Box<Expr>,
        /// The value if it holds.
        then: Box<Expr>,
        /// The value if it does not.
        otherwise: Box<Expr>,
    },
    /// `(name := value)`.
    Walrus {
        /// The name.
        name: Box<Expr>,
        /// The value.
        value: Box<Expr>,
    },
    /// A comprehension or a lambda, which has names of its own, with the expressions in it.
    Scoped(Vec<Expr>),
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
    build::parse(text, &mut Earlier::default())
}

/// The same, quicker for a text of which an earlier state was read.
#[must_use]
pub fn parse_again(text: &str, earlier: &mut Earlier) -> Module {
    build::parse(text, earlier)
}
