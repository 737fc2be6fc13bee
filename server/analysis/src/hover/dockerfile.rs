//! Dockerfiles, wherever they stand: instructions, flags, variables with their values, stages.

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Instruction, Kind, Standing, Value};

use crate::answers::Hover;
use crate::builds;
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::schema;
use crate::workspace::{Fact, Workspace};

/// The document at a place, the place in it, and the instruction there with its number.
fn place(file: &File, offset: usize) -> Option<(&DockerfileDocument, usize, usize, &Instruction)> {
    let document = file.dockerfiles().iter().find(|document| document.host_range().touches(offset))?;
    let at = document.offset(offset)?;
    let comment = |range: &TextRange| range.start <= at && at < range.end;
    if document.tree.comments.iter().any(comment) {
        return None;
    }
    let instructions = document.tree.instructions.iter().enumerate();
    let (number, found) = instructions.into_iter().find(|(_, found)| found.range.touches(at))?;
    Some((document, at, number, found))
}

/// A variable where it is used or set.
pub(super) fn variable(file: &File, offset: usize) -> Option<Hover> {
    let (document, at, number, instruction) = place(file, offset)?;
    let text: &str = &document.text;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = text.get(..at)?;
    let start = head.rfind(|c| !is_name(c)).map_or(0, |found| {
        found + head.get(found..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let rest = text.get(at..)?;
    let range = TextRange::new(start, at + rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
    let name = range.slice(text);
    if name.is_empty() {
        return None;
    }
    let before = text.get(..start)?;
    let used = before.ends_with('$') && !before.ends_with("\\$") || before.ends_with("${");
    let inner = instruction.onbuild.as_deref().unwrap_or(instruction);
    let sets = matches!(inner.kind, Some(Kind::Env | Kind::Arg)) && {
        let behind = text.get(range.end..).unwrap_or("");
        let first = start == inner.rest.start || before.ends_with([' ', '\t', '\n']);
        let ends = behind.is_empty() || behind.starts_with(['=', ' ', '\t', '\n', '\r']);
        let named = behind.starts_with('=') || inner.kind == Some(Kind::Arg) || start == inner.rest.start;
        first && ends && named && inner.rest.touches(start)
    };
    if !used && !sets {
        return None;
    }
    let scopes = document.tree.scopes();
    // What an instruction sets is there behind it.
    let here = if sets { number + 1 } else { number };
    let value = match (scopes.lookup(here, name), scopes.standing(here, name)) {
        (Value::Known(value), _) => format!("`{name}` is `{value}` here."),
        (_, Standing::Image(_)) => format!("`{name}` is not set here, unless the image brings it."),
        (_, Standing::Undefined) => format!("`{name}` is not set here."),
        (Value::Opaque, Standing::Defined) => format!("`{name}` is known to the build alone."),
        (Value::Unset, Standing::Defined) => {
            format!("`{name}` is declared and has no value here; Azure ML passes none.")
        }
    };
    let known = schema::variables().iter().find(|(known, ..)| *known == name);
    let meaning = known.map(|(_, _, text)| format!("\n\n{text}")).unwrap_or_default();
    Some(Hover { range: document.host(range), markdown: format!("{value}{meaning}") })
}

pub(super) fn hover(workspace: &Workspace, file: &File, offset: usize) -> Option<Hover> {
    let (document, at, number, instruction) = place(file, offset)?;
    let inner = instruction.onbuild.as_deref().filter(|inner| inner.keyword_range.start <= at);
    let found = inner.unwrap_or(instruction);
    let kind = found.kind?;
    let host = |range: TextRange| document.host(range);
    if found.keyword_range.touches(at) {
        let mut markdown = format!("**{}**\n\n{}", kind.keyword(), schema::instruction(kind));
        if document.is_embedded() && number == 0 {
            let bytes = document.text.len();
            markdown
                .push_str(&format!("\n\nThis Dockerfile has {bytes} bytes; the service takes up to 100 KB."));
        }
        if matches!(kind, Kind::Copy | Kind::Add) {
            markdown.push_str(&contexts(workspace, file));
        }
        return Some(Hover { range: host(found.keyword_range), markdown });
    }
    if let Some(flag) = found.flags.iter().find(|flag| flag.range.touches(at)) {
        if flag.name == "from"
            && flag.value_range.touches(at)
            && let Some(value) = &flag.value
            && let Some(markdown) = stage(document, value)
        {
            return Some(Hover { range: host(flag.value_range), markdown });
        }
        let known = schema::flags(kind).iter().find(|known| known.name == flag.name)?;
        let mut markdown = format!("**--{}**\n\n{}", flag.name, known.text);
        if flag.name == "mount" {
            let value = flag.value.as_deref().unwrap_or("");
            let mount = value.split(',').find_map(|part| part.strip_prefix("type=")).unwrap_or("bind");
            if let Some((name, text, _)) = schema::mount_types().iter().find(|(name, ..)| *name == mount) {
                markdown.push_str(&format!("\n\n`type={name}`: {text}."));
            }
        }
        for (value, text) in known.values.iter().filter(|(_, text)| !text.is_empty()) {
            if flag.value.as_deref() == Some(*value) {
                markdown.push_str(&format!("\n\n`{value}`: {text}."));
            }
        }
        return Some(Hover { range: host(flag.range), markdown });
    }
    // The name of a stage, where it is given and where another stands on it.
    if kind == Kind::From {
        let word = found.arguments.iter().find(|argument| argument.range.touches(at))?;
        let markdown = stage(document, &word.value)?;
        return Some(Hover { range: host(word.range), markdown });
    }
    None
}

/// The build contexts of a Dockerfile, and the files that say what is left out of them.
fn contexts(workspace: &Workspace, file: &File) -> String {
    let mut out = String::new();
    for build in builds::of(workspace, file) {
        let by = build.definition.path().file_name();
        let Some(context) = &build.context else {
            out.push_str(&format!("\n\n`{by}` builds it without a build context."));
            continue;
        };
        let there = |name: &&str| workspace.fact(&context.join(name)) == Some(&Fact::File);
        let upload = [".amlignore", ".gitignore"].into_iter().find(there);
        let build = [".dockerignore"].into_iter().find(there);
        let ignored: Vec<String> = upload.into_iter().chain(build).map(|name| format!("`{name}`")).collect();
        let folder = context.relative_to(&file.path().parent());
        let folder = if folder.is_empty() { "this folder".to_owned() } else { format!("`{folder}`") };
        out.push_str(&format!("\n\n`{by}` builds it with {folder} as the build context"));
        out.push('.');
        if !ignored.is_empty() {
            out.push_str(&format!(" In force there: {}.", ignored.join(" and ")));
        }
    }
    out
}

fn stage(document: &DockerfileDocument, name: &str) -> Option<String> {
    let stages = document.tree.stages();
    let stage =
        stages.iter().find(|stage| stage.name.is_some_and(|known| known.eq_ignore_ascii_case(name)))?;
    let image = stage.image.map_or("", |image| image.value.as_str());
    let resolved = stage.resolved.as_deref().filter(|resolved| *resolved != image);
    let resolved = resolved.map(|resolved| format!(", which is `{resolved}`")).unwrap_or_default();
    let lines = stage.instructions.len();
    Some(format!("Stage **{name}** on `{image}`{resolved}, {lines} instructions."))
}
