//! The stages and variables of a Dockerfile, wherever it stands.

use std::sync::Arc;

use amlenv_syntax::TextRange;
use amlenv_syntax::dockerfile::{Kind, NamePlace, Named, NamedKind, Naming, names};

use super::view::View;
use super::{Definition, Occurrence, Target};
use crate::embedded::DockerfileDocument;

/// Something that has a name, and the place of it that was asked for.
pub(super) struct Found {
    pub(super) document: Arc<DockerfileDocument>,
    pub(super) named: Named,
    pub(super) place: NamePlace,
    /// All else that has a name there.
    pub(super) others: Vec<Named>,
}

/// What has a name at a place.
pub(super) fn at(view: &View<'_>, offset: usize) -> Option<Found> {
    let documents = view.file.dockerfiles();
    let document = documents.iter().find(|document| document.host_range().touches(offset))?;
    let at = document.offset(offset)?;
    // The signs in front of a variable belong to it.
    let signs = document.text.get(at..).map_or(0, |rest| match rest {
        rest if rest.starts_with("${") => 2,
        rest if rest.starts_with('$') => 1,
        rest if rest.starts_with('{') && document.text.get(..at).is_some_and(|head| head.ends_with('$')) => 1,
        _ => 0,
    });
    let mut all = names(&document.tree);
    let mut found = None;
    for at in [at, at + signs] {
        let inside = |place: &NamePlace| place.range.start <= at && at < place.range.end;
        let touching = |place: &NamePlace| place.range.touches(at);
        let find = |fits: &dyn Fn(&NamePlace) -> bool| {
            all.iter().enumerate().find_map(|(number, named)| {
                let place = named.places.iter().find(|place| fits(place))?;
                Some((number, place.clone()))
            })
        };
        found = found.or_else(|| find(&inside)).or_else(|| find(&touching));
    }
    let (number, place) = found?;
    let named = all.swap_remove(number);
    Some(Found { document: document.clone(), named, place, others: all })
}

/// The whole of the definition that a name belongs to.
fn whole(document: &DockerfileDocument, named: &Named, place: &NamePlace) -> TextRange {
    let instructions = &document.tree.instructions;
    let own = instructions.get(place.at).map_or(place.range, |found| found.range);
    match named.kind {
        NamedKind::Stage(number) => {
            let stages = document.tree.stages();
            let last = stages.get(number).and_then(|stage| stage.instructions.last());
            last.map_or(own, |last| own.cover(last.range))
        }
        NamedKind::Variable { .. } => own,
    }
}

/// The stages whose variables an instruction sees.
struct Chain {
    /// The first `FROM`.
    first: usize,
    /// The instructions of each stage of the chain.
    ranges: Vec<(usize, usize)>,
}

impl Chain {
    fn of(document: &DockerfileDocument, at: usize) -> Self {
        let stages = document.tree.stages();
        let first = stages.first().map_or(usize::MAX, |stage| stage.at);
        let mut ranges = Vec::new();
        let mut next = stages.partition_point(|stage| stage.at <= at).checked_sub(1);
        while let Some(number) = next {
            let Some(stage) = stages.get(number) else { break };
            ranges.push((stage.at, stages.get(number + 1).map_or(usize::MAX, |next| next.at)));
            // A stage only stands on one in front of it.
            next = stage.parent.filter(|parent| *parent < number);
        }
        Self { first, ranges }
    }

    fn holds(&self, at: usize) -> bool {
        at < self.first || self.ranges.iter().any(|(start, end)| (*start..*end).contains(&at))
    }
}

pub(super) fn definition(view: &View<'_>, offset: usize) -> Option<Definition> {
    let Found { document, named, place, .. } = at(view, offset)?;
    let target = |defined: &NamePlace| Target {
        file: view.host.path().clone(),
        range: view.range(document.host(whole(&document, &named, defined))),
        focus: view.range(document.host(defined.range)),
    };
    let scopes = Chain::of(&document, place.at);
    let all: Vec<&NamePlace> = named.definitions().collect();
    let itself = place.how == Naming::Definition;
    // An `ARG` without a value takes what stands before the first `FROM`.
    let bare = itself
        && document.tree.instructions.get(place.at).is_some_and(|found| found.kind == Some(Kind::Arg))
        && !document.text.get(place.range.end..).is_some_and(|rest| rest.starts_with('='));
    let global = || all.iter().copied().rfind(|defined| defined.at < scopes.first);
    let above = || {
        all.iter().copied().rfind(|defined| {
            scopes.holds(defined.at) && (defined.at, defined.range) < (place.at, place.range)
        })
    };
    let counts = match () {
        () if itself && bare && place.at >= scopes.first => global().or(Some(&place)),
        () if itself => Some(&place),
        () => above(),
    };
    let targets = match counts {
        Some(counts) => vec![target(counts)],
        None => all.iter().copied().map(target).collect(),
    };
    (!targets.is_empty()).then(|| Definition { origin: view.range(document.host(place.range)), targets })
}

pub(super) fn occurrences(view: &View<'_>, offset: usize) -> Option<Vec<Occurrence>> {
    let Found { document, named, .. } = at(view, offset)?;
    let occurrence =
        |place: &NamePlace| view.occurrence(document.host(place.range), place.how == Naming::Definition);
    Some(named.places.iter().map(occurrence).collect())
}
