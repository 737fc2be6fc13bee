//! Python of either SDK: attributes of environments, keyword arguments, and what stands in strings.

use amlenv_syntax::python::{Cursor, Place, cursor_at, imports, place_at};
use amlenv_syntax::{HostRange, TextRange};

use super::values::Typed;
use super::{Proposal, Site, escaped, finish, values};
use crate::answers::{Completion, CompletionKind};
use crate::file::File;
use crate::finding::Edit;
use crate::schema::{self, Attribute, Parameter, Shape, Wanted};

pub(super) fn complete(site: &Site<'_>, offset: usize) -> Vec<Completion> {
    let file = site.file;
    let text: &str = file.text();
    let Some(module) = file.python() else { return Vec::new() };
    let place = place_at(text, offset);
    if place.comment {
        return Vec::new();
    }
    let plain = |range: TextRange, new: &str| {
        let range = HostRange::new(range.start, range.end);
        Some(Edit { file: file.path().clone(), range, text: new.to_owned() })
    };
    if let Cursor::String { literal, receiver } = cursor_at(module, offset)
        && let Some(at) = literal.map.offset_to_text(offset)
    {
        let target = |range: TextRange, new: &str| {
            let (place, text) = literal.edit(text, range, new)?;
            Some(Edit { file: file.path().clone(), range: HostRange::new(place.start, place.end), text })
        };
        let in_mapping = place.brackets.last().is_some_and(|bracket| bracket.open == '{');
        let Some(shape) = shape_of(file, &receiver).filter(|_| !in_mapping) else { return Vec::new() };
        let typed = Typed { text: &literal.value, token: TextRange::new(0, literal.value.len()), at };
        return finish(values::complete(site, item_of(shape), typed), &literal.value, at, text, &target);
    }
    if let Some(string) = &place.string {
        let content = string.content;
        // What has escapes in it is not what it says.
        let receiver = receiver(&place);
        if content.slice(text).contains(['\\', '{', '\n']) || string.prefix.contains(['b', 'B', 'f', 'F']) {
            return Vec::new();
        }
        let Some(shape) = shape_of(file, &receiver) else { return Vec::new() };
        let typed = Typed { text: content.slice(text), token: content, at: offset };
        return finish(values::complete(site, item_of(shape), typed), text, offset, text, &plain);
    }
    finish(in_code(site, &place), text, offset, text, &plain)
}

/// Of a list that is given, strings are its items.
fn item_of(shape: Shape) -> Shape {
    shape.item().unwrap_or(shape)
}

/// What the cursor's string is given to, from the characters alone.
fn receiver(place: &Place) -> String {
    let list = place.brackets.last().is_some_and(|bracket| bracket.open == '[');
    let call = place.brackets.iter().rev().nth(usize::from(list));
    match call {
        Some(call) if call.open == '(' && !call.callee.is_empty() => {
            let argument = call.keyword.clone().unwrap_or_else(|| call.commas.to_string());
            format!("{}({argument})", call.callee)
        }
        Some(_) => String::new(),
        None => place.target.clone().unwrap_or_default(),
    }
}

/// The shape of what is given to `receiver`: an attribute such as `env.docker.base_image`, or an
/// argument such as `Environment(image)` or `add_pip_package(0)`.
pub(crate) fn shape_of(file: &File, receiver: &str) -> Option<Shape> {
    if let Some((callee, argument)) = receiver.strip_suffix(')').and_then(|call| call.rsplit_once('(')) {
        return parameter(file, callee, argument).map(|found| found.shape);
    }
    let (object, name) = receiver.rsplit_once('.').unwrap_or(("", receiver));
    let of_v2 = || {
        file.environments().any(|found| found.notation.is_v2() && found.variable.as_deref() == Some(object))
    };
    Some(match name {
        "base_image" => Shape::Image,
        "address" if object.ends_with("base_image_registry") => Shape::Registry,
        "base_dockerfile" if !object.is_empty() => Shape::Path(Wanted::Dockerfile),
        "conda_dependencies_file" => Shape::Path(Wanted::Conda),
        "environment" if !object.is_empty() && sdks(file).1 => Shape::Environment,
        "image" if of_v2() => Shape::Image,
        "conda_file" if of_v2() => Shape::Path(Wanted::Conda),
        "os_type" if of_v2() => parameter(file, "Environment", "os_type")?.shape,
        _ => return None,
    })
}

/// The parameter that an argument is given to; `argument` is its keyword or its number.
pub(crate) fn parameter(file: &File, callee: &str, argument: &str) -> Option<&'static Parameter> {
    let (v1, v2) = sdks(file);
    let lists = [(v2, false), (v1, true)].into_iter().filter(|(uses, _)| *uses);
    lists.map(|(_, v1)| schema::call(v1, callee)).find(|list| !list.is_empty()).and_then(|list| {
        match argument.parse::<usize>() {
            // Arguments of v2's functions have keywords.
            Ok(number) => list.get(number),
            Err(_) => list.iter().find(|parameter| parameter.name == argument),
        }
    })
}

/// Whether a program uses SDK v1, and whether it uses SDK v2.
pub(crate) fn sdks(file: &File) -> (bool, bool) {
    let text: &str = file.text();
    let imported = file.python().map(imports).unwrap_or_default();
    let uses = |module: &str| imported.iter().any(|name| name.starts_with(module)) || text.contains(module);
    let v2 = uses("azure.ai.ml") || uses("mldesigner");
    let v1 = uses("azureml.core") || uses("azureml.pipeline") || !v2;
    (v1, v2)
}

/// The section of an environment that a chain of names is, and whether it is one of SDK v1; `""` is
/// the environment itself.
pub(crate) fn section<'c>(file: &File, chain: &'c str) -> Option<(bool, &'c str)> {
    for environment in file.environments() {
        let Some(variable) = environment.variable.as_deref().filter(|_| environment.notation.is_python())
        else {
            continue;
        };
        if chain == variable {
            return Some((environment.notation.is_v1(), ""));
        }
        if let Some(section) = chain.strip_prefix(variable).and_then(|rest| rest.strip_prefix('.')) {
            return Some((environment.notation.is_v1(), section));
        }
    }
    // Of what nobody saw where it came from, the names say it.
    const SECTIONS: [&str; 4] = ["docker.base_image_registry", "docker.platform", "docker", "python"];
    let v1 = sdks(file).0;
    let found = SECTIONS.iter().find(|section| chain.ends_with(&format!(".{section}")))?;
    let start = chain.len() - found.len();
    v1.then(|| (true, chain.get(start..).unwrap_or("")))
}

fn in_code(site: &Site<'_>, place: &Place) -> Vec<Proposal> {
    let file = site.file;
    if let Some(object) = &place.object {
        let (v1, v2) = sdks(file);
        if object == "Environment" || object.ends_with(".Environment") {
            return attributes(schema::factories(v1 || !v2), place.name, file);
        }
        let Some((v1, section)) = section(file, object) else { return Vec::new() };
        return attributes(schema::attributes(v1, section), place.name, file);
    }
    if let Some(call) = place.brackets.last().filter(|bracket| bracket.open == '(') {
        if let Some(keyword) = call.keyword.as_deref() {
            let Some(parameter) = parameter(file, &call.callee, keyword) else { return Vec::new() };
            return literals(site, parameter.shape, place.name);
        }
        return if call.fresh { keywords(file, place, call) } else { Vec::new() };
    }
    // Behind the `=` of an attribute.
    if let Some(target) = place.target.as_deref().filter(|_| place.brackets.is_empty())
        && behind_equals(file.text(), place.name.start)
    {
        let (v1, section) = match target.rsplit_once('.').and_then(|(object, _)| section(file, object)) {
            Some(found) => found,
            None => return Vec::new(),
        };
        let name = target.rsplit('.').next().unwrap_or("");
        let word =
            |text: &str, detail: &str| Proposal::new(text, CompletionKind::Value, place.name).detail(detail);
        return match (v1, section, name) {
            (true, "docker", "base_image") => {
                let mut out = literals(site, Shape::Image, place.name);
                let constants = [
                    ("DEFAULT_CPU_IMAGE", "the SDK's own image"),
                    ("DEFAULT_GPU_IMAGE", "the SDK's own image for GPUs"),
                ];
                let imported = constants.into_iter().filter(|(name, _)| {
                    file.text().contains(&format!("import {name}"))
                        || file.text().contains(&format!(", {name}"))
                });
                out.extend(imported.map(|(name, detail)| word(name, detail)));
                out.insert(0, word("None", "so that base_dockerfile counts"));
                out
            }
            (true, "docker", "base_dockerfile" | "build_context") => vec![word("None", "")],
            (true, "python", "user_managed_dependencies") => vec![word("True", ""), word("False", "")],
            (true, "docker", "enabled" | "gpu_support" | "shared_volumes") => {
                vec![word("True", ""), word("False", "")]
            }
            (false, "", "os_type") => {
                literals(site, Shape::Values(&[("linux", ""), ("windows", "")]), place.name)
            }
            (false, "", "image") => literals(site, Shape::Image, place.name),
            _ => Vec::new(),
        };
    }
    Vec::new()
}

fn behind_equals(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|head| head.trim_end_matches([' ', '\t']).ends_with('='))
}

fn attributes(list: &'static [Attribute], range: TextRange, file: &File) -> Vec<Proposal> {
    let called = file.text().get(range.end..).is_some_and(|rest| rest.starts_with('('));
    list.iter()
        .map(|attribute| {
            let name = attribute.name;
            let kind = if attribute.method { CompletionKind::Function } else { CompletionKind::Property };
            let found =
                Proposal::new(name, kind, range).says(attribute.text).deprecated(attribute.deprecated);
            match attribute.method {
                true if !called => found.text(format!("{name}()")).snippet(format!("{name}($0)")),
                true => found,
                false if matches!(name, "docker" | "python" | "base_image_registry" | "platform") => {
                    found.commit(&["."])
                }
                false => found,
            }
        })
        .collect()
}

/// The parameters of a call that are not given yet.
fn keywords(file: &File, place: &Place, call: &amlenv_syntax::python::Bracket) -> Vec<Proposal> {
    let (v1, v2) = sdks(file);
    let lists = [(v2, false), (v1, true)].into_iter().filter(|(uses, _)| *uses);
    let Some(list) = lists.map(|(_, v1)| schema::call(v1, &call.callee)).find(|list| !list.is_empty()) else {
        return Vec::new();
    };
    let positional = call.commas.saturating_sub(call.keywords.len());
    let behind = file.text().get(place.name.end..).unwrap_or("").trim_start_matches(' ');
    let has_equals = behind.starts_with('=') && !behind.starts_with("==");
    let given = |name: &str| call.keywords.iter().any(|known| known == name);
    let own = place.name.slice(file.text());
    let shut_out = |name: &str| match name {
        "image" => given("build"),
        "build" => given("image") || given("conda_file"),
        "conda_file" => given("build"),
        "conda_specification" => given("pip_requirements"),
        "pip_requirements" => given("conda_specification"),
        "script" => given("command"),
        "version" => given("label"),
        "label" => given("version"),
        _ => false,
    };
    let fits = list.iter().enumerate().filter(|(number, parameter)| {
        let name = parameter.name;
        // At a keyword that stands there the word itself counts as given.
        let other = given(name) && !(has_equals && own == name);
        *number >= positional && !other && !shut_out(name)
    });
    fits.map(|(_, parameter)| {
        let name = parameter.name;
        let found = Proposal::new(name, CompletionKind::Property, place.name)
            .detail(parameter.shape.describe())
            .says(parameter.text);
        if has_equals {
            return found;
        }
        let quoted = matches!(
            parameter.shape,
            Shape::Image | Shape::Environment | Shape::EnvironmentName | Shape::Path(_) | Shape::Values(_)
        );
        let found = found.text(format!("{name}="));
        if quoted { found.snippet(format!("{}=\"$1\"", escaped(name))) } else { found }
    })
    .collect()
}

/// Values as literals, where no quote is typed yet.
fn literals(site: &Site<'_>, shape: Shape, range: TextRange) -> Vec<Proposal> {
    let typed = Typed { text: "", token: TextRange::empty(range.start), at: range.start };
    if matches!(shape, Shape::Truth) {
        return ["True", "False"].map(|word| Proposal::new(word, CompletionKind::Value, range)).to_vec();
    }
    values::complete(site, shape, typed)
        .into_iter()
        .map(|found| Proposal {
            text: format!("\"{}\"", found.text),
            snippet: None,
            range,
            commit: &[],
            ..found
        })
        .collect()
}
