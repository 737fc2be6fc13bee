//! The jobs of a pipeline: the keys below `jobs:`, and `${{parent.jobs.NAME.…}}` in what stands in the
//! same pipeline.

use std::collections::HashMap;

use amlenv_syntax::yaml::{Node, NodeKind};
use amlenv_syntax::{HostRange, TextRange};

use super::view::View;
use super::{Definition, Occurrence, Target};
use crate::embedded::rewrite_part;
use crate::file::File;
use crate::finding::Edit;
use crate::kind::FileKind;

/// What stands in front of the name of a job.
const PARENT: &str = "parent.jobs.";

/// A job, and where it is named.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: String,
    /// The pipeline that it belongs to.
    pipeline: usize,
    /// The whole entry.
    whole: HostRange,
    /// The key, then the uses.
    places: Vec<Named>,
}

/// A place that names a job.
#[derive(Clone, Debug)]
struct Named {
    /// The text of the scalar, and where that stands.
    value: String,
    content: HostRange,
    /// The name in it.
    part: TextRange,
    /// Where the name stands in the file.
    range: HostRange,
}

impl Named {
    fn new(node: &Node, part: TextRange) -> Option<Self> {
        let NodeKind::Scalar(scalar) = &node.kind else { return None };
        let content = scalar.map.to_host(TextRange::new(0, scalar.value.len()));
        let range = scalar.map.to_host(part);
        (!node.resolved_alias).then(|| Self { value: scalar.value.clone(), content, part, range })
    }
}

/// The jobs of a file.
fn all(file: &File) -> Vec<Job> {
    if file.kind() != FileKind::JobYaml {
        return Vec::new();
    }
    let mut out: Vec<Job> = Vec::new();
    let mut uses: Vec<(usize, String, Named)> = Vec::new();
    // Each mapping with jobs is a pipeline of its own; what stands in a job of it speaks of it as parent.
    let mut pipelines = 0;
    let mut pending: Vec<(&Node, usize)> = file.yaml_root().into_iter().map(|root| (root, 0)).collect();
    while let Some((node, outer)) = pending.pop() {
        let jobs = node.get("jobs").and_then(|entry| entry.value.as_ref());
        let jobs = jobs.filter(|jobs| !jobs.entries().is_empty());
        let mut pipeline = outer;
        if let Some(jobs) = jobs {
            pipelines += 1;
            pipeline = pipelines;
            for entry in jobs.entries() {
                let Some(name) = entry.key.as_str() else { continue };
                let Some(place) = Named::new(&entry.key, TextRange::new(0, name.len())) else { continue };
                let whole = HostRange::new(entry.range.start, entry.range.end);
                out.push(Job { name: name.to_owned(), pipeline, whole, places: vec![place] });
            }
        }
        if let NodeKind::Scalar(scalar) = &node.kind {
            for part in names_in(&scalar.value) {
                if let Some(place) = Named::new(node, part) {
                    uses.push((pipeline, part.slice(&scalar.value).to_owned(), place));
                }
            }
        }
        pending.extend(node.items().iter().map(|item| (item, pipeline)));
        pending.extend(node.entries().iter().filter_map(|entry| Some((entry.value.as_ref()?, pipeline))));
    }
    let named = out.iter().enumerate().map(|(at, job)| ((job.pipeline, job.name.clone()), at));
    let by_name: HashMap<(usize, String), usize> = named.collect();
    for (pipeline, name, place) in uses {
        if let Some(job) = by_name.get(&(pipeline, name)).and_then(|at| out.get_mut(*at)) {
            job.places.push(place);
        }
    }
    out
}

/// The names of jobs in the expressions of a text.
fn names_in(text: &str) -> Vec<TextRange> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find("${{")) {
        let start = at + open;
        let end = text.get(start..).and_then(|rest| rest.find("}}")).map_or(text.len(), |end| start + end);
        let inside = text.get(start..end).unwrap_or("");
        if let Some(found) = inside.find(PARENT) {
            let name = start + found + PARENT.len();
            let rest = text.get(name..end).unwrap_or("");
            let len = rest.find(|c: char| !is_plain(c)).unwrap_or(rest.len());
            if len > 0 {
                out.push(TextRange::new(name, name + len));
            }
        }
        at = end.max(start + 1);
    }
    out
}

/// Whether the name of a job may hold a character where an expression speaks of it.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// The job that is named at a place, and that place.
pub(super) fn at(file: &File, offset: usize) -> Option<(Job, HostRange)> {
    all(file).into_iter().find_map(|job| {
        let place = job.places.iter().map(|place| place.range).find(|range| range.touches(offset))?;
        Some((job, place))
    })
}

pub(super) fn definition(view: &View<'_>, offset: usize) -> Option<Definition> {
    let (job, place) = at(view.file, offset)?;
    let key = view.range(job.places.first()?.range);
    let range = view.range(job.whole).cover(key);
    let target = Target { file: view.host.path().clone(), range, focus: key };
    Some(Definition { origin: view.range(place), targets: vec![target] })
}

pub(super) fn occurrences(view: &View<'_>, offset: usize) -> Option<Vec<Occurrence>> {
    let (job, _) = at(view.file, offset)?;
    let places = job.places.iter().enumerate();
    Some(places.map(|(number, place)| view.occurrence(place.range, number == 0)).collect())
}

/// The edits that call a job by another name.
pub(super) fn rename(file: &File, job: &Job, new: &str) -> Result<Vec<Edit>, String> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let plain = |c: char| c.is_ascii() && is_plain(c);
    if !new.starts_with(first) || !new.chars().all(plain) {
        return Err(format!(
            "{new:?} is no name of a job: those are letters, digits, _ and -, a letter or _ first."
        ));
    }
    if all(file).iter().any(|other| other.pipeline == job.pipeline && other.name == new && new != job.name) {
        return Err(format!("There is a job {new} already."));
    }
    let edit = |place: &Named| {
        rewrite_part(file, place.content, &place.value, place.part, new).ok_or_else(|| {
            format!(
                "A place that names {} cannot be written where it stands, so nothing is renamed.",
                job.name
            )
        })
    };
    job.places.iter().map(edit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_name_jobs() {
        for (text, names) in [
            ("${{parent.jobs.a.outputs.x}}", &["a"][..]),
            ("é ${{ parent.jobs.a_1.outputs.x }}/${{parent.jobs.b-c.outputs.y}}", &["a_1", "b-c"]),
            ("parent.jobs.a ${{inputs.b}} ${{parent.jobs.", &[]),
        ] {
            let found: Vec<&str> = names_in(text).into_iter().map(|range| range.slice(text)).collect();
            assert_eq!(found, names, "{text}");
        }
    }
}
