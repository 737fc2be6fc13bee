//! Keys of YAML, JSON and the configuration: what they take and what they are for.

use amlenv_syntax::HostRange;
use amlenv_syntax::yaml::{Step, position_at};

use crate::answers::Hover;
use crate::completion::{config_place, shape_at};
use crate::config;
use crate::file::File;
use crate::kind::FileKind;
use crate::lower::definition_v1::camel_case;
use crate::schema::{self, Key, Shape};

pub(super) fn hover(file: &File, offset: usize) -> Option<Hover> {
    if file.kind() == FileKind::Config {
        return of_configuration(file, offset);
    }
    let text: &str = file.text();
    let root = schema::of_file(file)?;
    let position = position_at(text, offset)?;
    if !position.token.touches(offset) || position.token.is_empty() {
        return None;
    }
    let range = HostRange::new(position.token.start, position.token.end);
    let (path, name) = if position.at_value {
        // A value of a fixed set is explained by its key.
        let (Step::Key(name), path) = position.path.split_last()? else { return None };
        (path, name.as_str())
    } else {
        (position.path.as_slice(), position.token.slice(text))
    };
    let shape = shape_at(root, path, file.kind())?;
    let key = find(shape, name, file.kind())?;
    if position.at_value && key.shape.values().is_empty() {
        return None;
    }
    Some(Hover { range, markdown: key.markdown() })
}

fn find(shape: Shape, name: &str, kind: FileKind) -> Option<&'static Key> {
    let camel = (kind == FileKind::Runconfig).then(|| camel_case(name));
    shape.keys().iter().find(|key| key.name == name || Some(key.name) == camel.as_deref())
}

fn of_configuration(file: &File, offset: usize) -> Option<Hover> {
    let pyproject = file.path().file_name() == "pyproject.toml";
    let place = config_place(file.text(), offset, pyproject)?;
    let word = place.token.slice(file.text());
    let key = config::KEYS.iter().find(|key| key.name == word).filter(|_| place.key.is_none())?;
    let range = HostRange::new(place.token.start, place.token.end);
    Some(Hover { range, markdown: format!("**{}**\n\n{}", key.name, key.text) })
}
