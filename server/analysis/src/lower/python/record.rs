//! What is set on environments and their parts, in order, as assignments of the model.

use std::sync::Arc;

use amlenv_syntax::python::{Arg, Expr, ExprKind, Known};
use amlenv_syntax::{HostRange, TextRange};

use super::flow::Assign;
use super::{Lowering, Node, Object, PartKind, Place, host, is_dockerfile_text, v1, v2, values};
use crate::embedded::DockerfileDocument;
use crate::kind::Role;
use crate::model::{Assignment, Field, Initial, Value};

impl<'a> Lowering<'_, 'a> {
    /// The arguments of a constructor as assignments: by keyword, or by position in `fields`.
    pub(super) fn arguments(
        &mut self,
        at: usize,
        environment: usize,
        args: &'a [Arg],
        fields: &[(&str, Field)],
    ) {
        for (position, arg) in args.iter().enumerate() {
            if arg.star {
                // `*args` and `**kwargs` may say anything.
                if let Some(found) = self.environments.get_mut(environment) {
                    found.initial = Initial::Unknown;
                }
                continue;
            }
            let field = match &arg.name {
                Some((name, _)) => fields.iter().find(|(known, _)| known == name),
                None => fields.get(position),
            };
            let Some((_, field)) = field else { continue };
            let key = arg.name.as_ref().map_or(arg.value.range, |(_, range)| *range);
            let place = Place { at, key: host(key), range: arg.range, whole: false };
            self.record(place, environment, field.clone(), Some(&arg.value), false);
        }
    }

    /// A part that is made by a constructor of its own; `field` says what a keyword of that sets.
    pub(super) fn part_of(
        &mut self,
        kind: PartKind,
        at: usize,
        args: &'a [Arg],
        field: impl Fn(&str) -> Option<Field>,
    ) -> usize {
        let part = self.new_part(kind);
        for arg in args {
            let Some((name, key)) = &arg.name else { continue };
            let Some(field) = field(name) else { continue };
            let place = Place { at, key: host(*key), range: arg.range, whole: false };
            let assignment = self.assignment(place, field, Some(&arg.value), false);
            if let Some(found) = self.parts.get_mut(part) {
                found.assignments.push(assignment);
            }
        }
        part
    }

    /// `root.name = value`.
    pub(super) fn set_attribute(
        &mut self,
        place: Place,
        root: &str,
        name: &str,
        assign: &Assign<'a>,
        object: Object,
    ) {
        let scope = self.scope(place.at);
        let (value, added) = (assign.value, assign.added);
        match self.lookup(scope, root) {
            Some(Object::Part(part)) => {
                let kind = self.parts.get(part).map(|part| part.kind);
                if let Some(field) = kind.and_then(|kind| part_field(kind, name)) {
                    let assignment = self.assignment(place, field, value, added);
                    if let Some(found) = self.parts.get_mut(part) {
                        found.assignments.push(assignment);
                    }
                }
                return;
            }
            Some(Object::Node(node)) => {
                if let (true, Some(value), Some(node)) = (name == "environment", value, self.nodes.get(node))
                {
                    let node = node.clone();
                    self.given(place.at, value, node, "environment", value);
                }
                return;
            }
            None if name == "environment" && self.node_of(scope, root).is_some() => {
                if let (Some(value), Some(node)) = (value, self.node_of(scope, root)) {
                    self.given(place.at, value, node, "environment", value);
                }
                return;
            }
            Some(Object::RunConfiguration(_)) if name == "environment" => {
                let new = match object {
                    Object::Environment(environment) => Object::RunConfiguration(environment),
                    _ => Object::Other,
                };
                self.objects.insert((scope, root.to_owned()), new);
                self.in_role(object, &Node { role: Some(Role::Training), ..Node::default() });
                return;
            }
            _ => {}
        }
        if let Some((environment, section)) = self.run_configuration(scope, root) {
            // What its own class has no attribute for is told by the path.
            let field = Field::Other(format!("{section}.{name}"));
            let assignment = self.assignment(place, field, value, added);
            if let Some(found) = self.environments.get_mut(environment) {
                found.assignments.push(assignment);
            }
            return;
        }
        if name == "environment" && root.ends_with("run_config") {
            self.in_role(object, &Node { role: Some(Role::Training), ..Node::default() });
        }
        let Some((environment, section)) = self.environment_of(place.at, root, name) else {
            self.escape(object);
            self.objects.insert((scope, format!("{root}.{name}")), object);
            return;
        };
        let v2 = self.environments.get(environment).is_some_and(|found| found.notation.is_v2());
        let field = if v2 { v2::field_of(&section, name) } else { v1::field_of(&section, name) };
        if let Some(field) = field {
            self.record(place, environment, field, value, added);
        }
    }

    pub(super) fn record(
        &mut self,
        place: Place,
        environment: usize,
        field: Field,
        value: Option<&'a Expr>,
        added: bool,
    ) {
        let object = match value {
            Some(value) if !added => self.object_of(place.at, value, None),
            _ => Object::Other,
        };
        if let (Field::InferenceConfig, Some(value)) = (&field, value) {
            self.routes(place, environment, value);
        }
        let mut assignment = self.assignment(place, field, value, added);
        let mut conda = None;
        match (object, &assignment.field) {
            (Object::Part(part), Field::Registry | Field::Build) => {
                assignment.value = Value::Map;
                self.hold(part, environment);
            }
            (Object::Part(part), Field::Other(name)) if name == "docker" => self.hold(part, environment),
            (Object::Conda(found), Field::Conda) => conda = Some(found),
            _ => {}
        }
        let Some(found) = self.environments.get_mut(environment) else { return };
        found.range = found.range.cover(assignment.range);
        found.assignments.push(assignment);
        if let Some(conda) = conda {
            self.conda_of.push((environment, found.assignments.len() - 1, conda));
        }
    }

    /// The entries of an `inference_config` that is written as a dictionary, and theirs; `*` for one that
    /// is not known.
    pub(super) fn routes(&mut self, place: Place, environment: usize, value: &'a Expr) {
        let origin = self.values(place.at).origin(value);
        let mut pending = vec![(origin, "inference_config".to_owned(), 0)];
        while let Some((dict, path, depth)) = pending.pop() {
            let ExprKind::Dict { pairs, open } = &dict.kind else {
                continue;
            };
            let mut names: Vec<(String, TextRange)> = Vec::new();
            if *open {
                names.push((format!("{path}.*"), dict.range));
            }
            for (key, inner) in pairs {
                let known = self.values(place.at).of(key).text().filter(|text| !text.has_holes);
                let name = known.map_or_else(|| "*".to_owned(), |text| text.value);
                names.push((format!("{path}.{name}"), key.range));
                if depth == 0 {
                    let inner = self.values(place.at).origin(inner);
                    if !matches!(inner.kind, ExprKind::Dict { .. }) {
                        names.push((format!("{path}.{name}.*"), key.range));
                    }
                    pending.push((inner, format!("{path}.{name}"), depth + 1));
                }
            }
            for (name, range) in names {
                let assignment = Assignment {
                    field: Field::Other(name),
                    value: Value::Opaque,
                    range: host(range),
                    key: host(range),
                    value_range: host(range),
                    path: self.here(place.at).map_or_else(|| Arc::from([]), |step| step.path.clone()),
                    statement: false,
                };
                if let Some(found) = self.environments.get_mut(environment) {
                    found.assignments.push(assignment);
                }
            }
        }
    }

    pub(super) fn hold(&mut self, part: usize, environment: usize) {
        if let Some(found) = self.parts.get_mut(part)
            && !found.holders.contains(&environment)
        {
            found.holders.push(environment);
        }
    }

    pub(super) fn assignment(
        &mut self,
        place: Place,
        field: Field,
        value: Option<&'a Expr>,
        added: bool,
    ) -> Assignment {
        let known = value.filter(|_| !added);
        let value_of = match (&field, known) {
            (_, None) => Value::Opaque,
            (Field::Dockerfile, Some(value)) => self.dockerfile(place.at, value),
            (Field::Conda, Some(value)) => self.values(place.at).conda(value),
            (Field::Build, Some(value)) => match self.values(place.at).value(value) {
                Value::Opaque if self.is_build_context(place.at, value) => Value::Map,
                value => value,
            },
            (_, Some(value)) => self.values(place.at).value(value),
        };
        Assignment {
            field,
            value: value_of,
            range: host(place.range),
            key: place.key,
            value_range: value.map_or(HostRange::empty(place.range.end), |value| host(value.range)),
            path: self.here(place.at).map_or_else(|| Arc::from([]), |step| step.path.clone()),
            statement: place.whole,
        }
    }

    /// The value of `base_dockerfile`, which is a text, a path, or a file that the program reads.
    pub(super) fn dockerfile(&mut self, at: usize, value: &'a Expr) -> Value {
        let known = self.values(at).of(value);
        match known {
            Known::Text(text) if is_dockerfile_text(&text.value) => {
                let places = text.parts().iter().map(|part| part.range).collect();
                let model = values::text(&text);
                self.dockerfiles
                    .entry(places)
                    .or_insert_with(|| Arc::new(DockerfileDocument::in_python(&text)));
                Value::Text(model)
            }
            // The SDK reads what it is given an open file of.
            Known::Handle(path) => Value::ContentOf(values::text(&path)),
            _ => self.values(at).value(value),
        }
    }
}

/// The property of an environment that a setting of a part is.
pub(super) fn part_field(kind: PartKind, name: &str) -> Option<Field> {
    match kind {
        PartKind::Registry => v1::field_of("docker.base_image_registry", name),
        PartKind::V1Build => v1::field_of("docker.build_context", name),
        PartKind::Docker => v1::field_of("docker", name),
        PartKind::Build => v2::field_of("build", name),
    }
}
