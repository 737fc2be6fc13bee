//! The crate `dockerfile-parser` as a second opinion on what it accepts: kinds of instructions, images
//! and stages. Shared by the tests and the example that counts half-typed text.

use amlenv_syntax::dockerfile::{Kind, parse};
use dockerfile_parser::{Dockerfile, Instruction, StageParent};

/// What was compared and found equal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Compared {
    pub(crate) instructions: usize,
    pub(crate) images: usize,
    pub(crate) stages: usize,
}

const KNOWN: [&str; 8] = ["FROM", "ARG", "LABEL", "RUN", "ENTRYPOINT", "CMD", "COPY", "ENV"];

/// Compares a text: nothing where the crate refuses it, where BuildKit does, or where it uses what the
/// crate does not know. An error says what is not equal.
pub(crate) fn compare(text: &str) -> Result<Option<Compared>, String> {
    let Ok(theirs) = text.parse::<Dockerfile>() else { return Ok(None) };
    let ours = parse(text);
    // It has no heredocs and no other escape; it ends lines at CR, knows two blanks only, and takes what
    // stands behind a doubled escape for a continued line.
    let unknown = ["<<", "\r", "\u{b}", "\u{c}", "\u{a0}", "\u{85}", "\u{2028}", "\\\\\n"];
    if !ours.problems.is_empty()
        || ours.escape != Some('\\')
        || unknown.iter().any(|mark| text.contains(mark))
    {
        return Ok(None);
    }
    // A line of a kind that it knows and cannot take apart is "misc" to it.
    let kept = |found: &Instruction| match found {
        Instruction::Misc(other) => !KNOWN.contains(&other.instruction.content.to_uppercase().as_str()),
        _ => true,
    };
    if !theirs.instructions.iter().all(kept) {
        return Ok(None);
    }
    let mut compared = Compared::default();
    let kinds: Vec<String> = theirs.instructions.iter().map(kind).collect();
    let our_kinds: Vec<String> = ours.instructions.iter().map(|found| found.keyword.to_uppercase()).collect();
    if kinds != our_kinds {
        return Err(format!("instructions {our_kinds:?}, not {kinds:?}"));
    }
    compared.instructions = kinds.len();
    for (found, other) in ours.instructions.iter().zip(&theirs.instructions) {
        if let Instruction::From(from) = other {
            let image = found.as_from().map(|from| from.image.value.as_str());
            if found.kind != Some(Kind::From) || image != Some(from.image.content.as_str()) {
                return Err(format!("image {image:?}, not {:?}", from.image.content));
            }
            compared.images += 1;
        }
    }
    let stages = ours.stages();
    for (number, other) in theirs.stages().iter().enumerate() {
        let Some(stage) = stages.get(number) else { return Err("fewer stages".to_owned()) };
        let parent = match other.parent {
            StageParent::Stage(index) => Some(index),
            StageParent::Image(_) | StageParent::Scratch => None,
        };
        let name = stage.name.map(str::to_lowercase);
        // It puts no variables in.
        let variable = stage.image.is_some_and(|image| image.value.contains('$'));
        let equal = name == other.name
            && stage.instructions.len() + 1 == other.instructions.len()
            && (variable || stage.parent == parent);
        if !equal {
            return Err(format!("stage {number}: {name:?} on {:?}, not {other:?}", stage.parent));
        }
        compared.stages += 1;
    }
    if compared.stages == stages.len() { Ok(Some(compared)) } else { Err("more stages".to_owned()) }
}

fn kind(instruction: &Instruction) -> String {
    match instruction {
        Instruction::From(_) => "FROM".to_owned(),
        Instruction::Arg(_) => "ARG".to_owned(),
        Instruction::Label(_) => "LABEL".to_owned(),
        Instruction::Run(_) => "RUN".to_owned(),
        Instruction::Entrypoint(_) => "ENTRYPOINT".to_owned(),
        Instruction::Cmd(_) => "CMD".to_owned(),
        Instruction::Copy(_) => "COPY".to_owned(),
        Instruction::Env(_) => "ENV".to_owned(),
        Instruction::Misc(other) => other.instruction.content.to_uppercase(),
    }
}
