//! Where secrets stand in a file, so that whoever shows its lines can leave them out. Whether a secret
//! should stand there is a rule's business.

use amlenv_syntax::HostRange;

use crate::file::File;
use crate::lower::is_templated;
use crate::model::Field;

/// The places of passwords: those of registries in definitions, and those in front of the host of a URL.
#[must_use]
pub fn secrets_of(file: &File) -> Vec<HostRange> {
    let mut out = in_urls(file.text());
    out.extend(of_registries(file));
    for nested in file.nested() {
        out.extend(of_registries(&nested.file).into_iter().map(|range| nested.host(range)));
    }
    out.sort();
    out
}

fn of_registries(file: &File) -> Vec<HostRange> {
    let passwords = file.environments().flat_map(|environment| environment.all(&Field::RegistryPassword));
    passwords.filter_map(|assignment| Some(assignment.value.known_text()?.content)).collect()
}

/// The `secret` of `https://user:secret@host`.
fn in_urls(text: &str) -> Vec<HostRange> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + "://".len();
        let rest = text.get(start..).unwrap_or("");
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '<' | '>'));
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
        let Some((login, _)) = authority.rsplit_once('@') else { continue };
        let Some((user, secret)) = login.split_once(':') else { continue };
        if !secret.is_empty() && !is_templated(secret) && !secret.starts_with('$') {
            let start = start + user.len() + 1;
            out.push(HostRange::new(start, start + secret.len()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::in_urls;

    #[test]
    fn passwords_in_urls_are_found() {
        let text = "a https://u:p%40ss@h/x 'ftp://u:q@h' https://h:443/a@b https://u@h https://u:${P}@h";
        let found: Vec<&str> = in_urls(text).iter().map(|range| range.slice(text)).collect();
        assert_eq!(found, ["p%40ss", "q"]);
    }
}
