//! Python: attributes of environments with the state that they are in at that line, keyword arguments.

use amlenv_syntax::HostRange;
use amlenv_syntax::python::place_at;

use crate::answers::Hover;
use crate::catalogue;
use crate::completion::{parameter, section};
use crate::file::File;
use crate::model::{Assignment, Environment, Field, Initial, Notation, Value};
use crate::schema;

pub(super) fn hover(file: &File, offset: usize) -> Option<Hover> {
    file.python()?;
    let text: &str = file.text();
    let place = place_at(text, offset);
    if place.comment || place.string.is_some() || place.name.is_empty() {
        return None;
    }
    let range = HostRange::new(place.name.start, place.name.end);
    let name = place.name.slice(text);
    if let Some(object) = &place.object {
        if object == "Environment" || object.ends_with(".Environment") {
            let known = schema::factories(true).iter().find(|known| known.name == name)?;
            return Some(Hover { range, markdown: format!("**{name}**\n\n{}", known.text) });
        }
        let (v1, section) = section(file, object)?;
        let known = schema::attributes(v1, section).iter().find(|known| known.name == name)?;
        let mut markdown = format!("**{name}**\n\n{}", known.text);
        if known.deprecated {
            markdown.push_str("\n\nDeprecated.");
        }
        let environment = of_chain(file, object);
        if let Some(environment) = environment.filter(|_| v1) {
            markdown.push_str(&format!("\n\n{}", state(file, environment, offset)));
        }
        return Some(Hover { range, markdown });
    }
    if let Some(environment) = of_chain(file, name) {
        let markdown = if environment.notation == Notation::PythonV1 {
            format!("**{name}**, an environment of SDK v1\n\n{}", state(file, environment, offset))
        } else {
            format!("**{name}**, an environment of SDK v2\n\n{}", summary(file, environment))
        };
        return Some(Hover { range, markdown });
    }
    let call = place.brackets.last().filter(|bracket| bracket.open == '(')?;
    let behind = text.get(range.end..)?.trim_start_matches(' ');
    if !behind.starts_with('=') || behind.starts_with("==") || !call.fresh {
        return None;
    }
    let known = parameter(file, &call.callee, name)?;
    let takes = known.shape.describe();
    let takes = if takes.is_empty() { String::new() } else { format!(" ({takes})") };
    Some(Hover { range, markdown: format!("**{name}**{takes}\n\n{}", known.text) })
}

/// The environment that a chain of names begins with.
fn of_chain<'f>(file: &'f File, chain: &str) -> Option<&'f Environment> {
    let python = file.environments().filter(|environment| environment.notation.is_python());
    let named = python.filter(|environment| {
        let variable = environment.variable.as_deref().unwrap_or("");
        chain == variable || chain.strip_prefix(variable).is_some_and(|rest| rest.starts_with('.'))
    });
    // The longest variable is meant: `run.environment` rather than `run`.
    named
        .filter(|found| found.variable.is_some())
        .max_by_key(|found| found.variable.as_ref().map(String::len))
}

/// What the image sources and the packages of an environment of SDK v1 are behind the line of a place.
/// Setting one of the image sources clears the two others; clearing one leaves them alone.
fn state(file: &File, environment: &Environment, offset: usize) -> String {
    let lines = file.lines();
    let line = lines.line(offset);
    let end = lines.line_range(line).end;
    let mut sources: [(Field, Option<String>); 3] =
        [(Field::Image, None), (Field::Dockerfile, None), (Field::Build, None)];
    let (mut user_managed, mut conda) = (None, None);
    let mut perhaps = environment.initial == Initial::Unknown;
    if environment.initial == Initial::V1Defaults {
        let default = catalogue::defaults().last();
        let image = default.map(|found| {
            let tag = found.cpu_tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
            format!("`{}{tag}` (the default of azureml-core {})", found.cpu, found.azureml_core)
        });
        if let Some(first) = sources.first_mut() {
            first.1 = Some(image.unwrap_or_else(|| "the default".to_owned()));
        }
        conda = Some("the defaults".to_owned());
    }
    let done = environment
        .assignments
        .iter()
        .filter(|found| found.range.start < end || lines.line(found.range.start) == line);
    for assignment in done {
        perhaps |= !assignment.path.is_empty();
        let said = said(file, assignment);
        match &assignment.field {
            Field::Image | Field::Dockerfile | Field::Build => {
                for (field, value) in &mut sources {
                    if *field == assignment.field {
                        *value = said.clone();
                    } else if said.is_some() {
                        *value = None;
                    }
                }
            }
            Field::UserManaged => user_managed = said,
            Field::Conda => conda = said,
            _ => {}
        }
    }
    let mut out =
        format!("Behind line {}{}:\n", line + 1, if perhaps { ", as far as it can be told" } else { "" });
    let value = |value: Option<String>| value.unwrap_or_else(|| "`None`".to_owned());
    for (field, source) in sources {
        out.push_str(&format!("\n- `{}` = {}", field.name_in(Notation::PythonV1), value(source)));
    }
    if let Some(managed) = user_managed {
        out.push_str(&format!("\n- `user_managed_dependencies` = {managed}"));
    }
    if let Some(conda) = conda {
        out.push_str(&format!("\n- `conda_dependencies` = {conda}"));
    }
    out
}

/// What an assignment sets, in a few words; `None` where it clears.
fn said(file: &File, assignment: &Assignment) -> Option<String> {
    Some(match &assignment.value {
        Value::Cleared { .. } => return None,
        Value::Text(text) if text.value.contains('\n') => {
            format!("{} lines of text ({} bytes)", text.value.lines().count(), text.value.len())
        }
        Value::Text(text) | Value::CondaPath(text) => format!("`{}`", text.value),
        Value::ContentOf(text) => format!("the content of `{}`", text.value),
        Value::Bool(true) => "`True`".to_owned(),
        Value::Bool(false) => "`False`".to_owned(),
        Value::DefaultImage { gpu } => {
            format!("the SDK's default image{}", if *gpu { " for GPUs" } else { "" })
        }
        Value::Conda(spec) => format!("{} packages", spec.conda.len() + spec.pip.len()),
        _ => {
            let written = assignment.value_range.slice(file.text());
            let line = written.lines().next().unwrap_or("");
            let cut: String = line.chars().take(60).collect();
            format!("`{cut}`")
        }
    })
}

fn summary(file: &File, environment: &Environment) -> String {
    let mut out = String::new();
    for field in [Field::Name, Field::Version, Field::Image, Field::BuildPath, Field::Conda] {
        if let Some(said) = environment.last(&field).and_then(|found| said(file, found)) {
            out.push_str(&format!("- `{}` = {said}\n", field.name_in(environment.notation)));
        }
    }
    out.trim_end().to_owned()
}
