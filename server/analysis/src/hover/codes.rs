//! Codes and names of rules: in comments to amlenv and in its configuration.

use amlenv_syntax::HostRange;

use crate::answers::Hover;
use crate::file::File;
use crate::kind::FileKind;
use crate::rules;

pub(super) fn hover(file: &File, offset: usize) -> Option<Hover> {
    let text: &str = file.text();
    let place = if file.kind() == FileKind::Config {
        let line = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
        let len = text.get(line..)?.find('\n').unwrap_or(text.len() - line);
        HostRange::new(line, line + len)
    } else {
        let comment = file.comments().into_iter().find(|comment| comment.touches(offset))?;
        if !comment.slice(text).contains("amlenv:") {
            return None;
        }
        comment
    };
    let line = place.slice(text);
    let at = offset - place.start;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let start = line.get(..at)?.rfind(|c| !is_word(c)).map_or(0, |found| {
        found + line.get(found..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let end = line.get(at..)?.find(|c| !is_word(c)).map_or(line.len(), |found| at + found);
    let rule = rules::find(line.get(start..end)?)?;
    let range = HostRange::new(place.start + start, place.start + end);
    Some(Hover { range, markdown: rule.page.to_owned() })
}
