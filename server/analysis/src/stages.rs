//! How the stages of a Dockerfile hang together: which are needed, and what the last one is made of.

use amlenv_syntax::dockerfile::{Dockerfile, Instruction, Kind, Stage};
use amlenv_syntax::image::{self, ImageReference};

use crate::images::microsoft;

/// Which stages these need, themselves included.
pub(crate) fn needed(tree: &Dockerfile, by: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let stages = tree.stages();
    let mut used = vec![false; stages.len()];
    let mut pending: Vec<usize> = by.into_iter().collect();
    while let Some(at) = pending.pop() {
        let (Some(stage), Some(seen)) = (stages.get(at), used.get_mut(at)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        pending.extend(stage.parent);
        for instruction in stage.instructions {
            let inner = instruction.onbuild.as_deref().unwrap_or(instruction);
            for name in taken_from(inner) {
                if name.contains('$') {
                    // It may be any of them.
                    pending.extend(0..at);
                } else {
                    pending.extend(stage_called(&stages, &name, at));
                }
            }
        }
    }
    used
}

/// The stages that the last one needs.
pub(crate) fn needed_by_last(tree: &Dockerfile) -> Vec<bool> {
    needed(tree, tree.stages().len().checked_sub(1))
}

/// The stage of that name or number in front of another.
pub(crate) fn stage_called(stages: &[Stage<'_>], name: &str, before: usize) -> Option<usize> {
    let named = |stage: &Stage<'_>| stage.name.is_some_and(|found| found.eq_ignore_ascii_case(name));
    let found = stages.iter().take(before).rposition(named);
    found.or_else(|| name.parse().ok().filter(|number| *number < before))
}

/// The stages or images that an instruction takes files from.
fn taken_from(instruction: &Instruction) -> Vec<String> {
    let mut out = Vec::new();
    for flag in &instruction.flags {
        let Some(value) = &flag.value else { continue };
        match flag.name.as_str() {
            "from" => out.push(value.clone()),
            "mount" => {
                let from = value.split(',').filter_map(|part| part.trim().strip_prefix("from="));
                out.extend(from.map(str::to_owned));
            }
            _ => {}
        }
    }
    out
}

/// What an image is made of: the last stage and those that it stands on.
pub(crate) struct Last<'a> {
    /// The stages, the lowest first.
    pub(crate) stages: Vec<Stage<'a>>,
    /// The image below all of them; `None` where it is not known.
    pub(crate) base: Option<ImageReference>,
}

/// What the image is made of; `None` without a stage.
pub(crate) fn last(tree: &Dockerfile) -> Option<Last<'_>> {
    let all = tree.stages();
    let mut stages = Vec::new();
    let mut next = all.len().checked_sub(1);
    while let Some(at) = next {
        let stage = all.get(at)?;
        stages.push(stage.clone());
        // A stage only stands on one in front of it.
        next = stage.parent.filter(|parent| *parent < at);
    }
    stages.reverse();
    let lowest = stages.first()?;
    let base = lowest.resolved.as_deref().filter(|_| lowest.parent.is_none());
    let base = base.map(|base| image::parse(base, 0)).filter(|base| !base.has_placeholder);
    Some(Last { stages, base })
}

impl<'a> Last<'a> {
    /// All instructions in the order of the build, `FROM` not included.
    pub(crate) fn instructions(&self) -> impl DoubleEndedIterator<Item = &'a Instruction> + '_ {
        self.stages.iter().flat_map(|stage| stage.instructions)
    }

    /// The last instruction of a kind.
    pub(crate) fn last_of(&self, kind: Kind) -> Option<&'a Instruction> {
        self.instructions().rev().find(|instruction| instruction.kind == Some(kind))
    }

    /// The image of Microsoft's registry below, without the host.
    pub(crate) fn microsoft(&self) -> Option<&str> {
        microsoft(self.base.as_ref()?)
    }

    /// Whether it stands on one of Azure ML's images for inference, all of which run as `dockeruser`.
    pub(crate) fn is_on_inference_image(&self) -> bool {
        self.microsoft().and_then(|path| path.strip_prefix("azureml/")).is_some_and(|path| {
            path.starts_with("inference-base-")
                || path.ends_with("-inference")
                || path.ends_with("-inference-gpu")
        })
    }
}
