//! What a registry wants to see, out of its header `WWW-Authenticate`, and the address of the next page,
//! out of its header `Link`. It must not know who answers.
//! Source: RFC 9110 §11.6, RFC 8288, and distribution's description of token authentication.

use std::collections::BTreeMap;

/// A way to say who one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password.
    Basic,
    /// A token, which somebody else gives.
    Bearer { realm: String, service: Option<String> },
}

/// The challenge in one value of the header; the first that is known, where there are several.
pub(super) fn challenge(value: &str) -> Option<Challenge> {
    let mut found: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    for part in parts(value, ',') {
        let part = part.trim();
        // `Bearer realm="…"` begins a challenge, `service="…"` goes on with it.
        let (head, rest) = part.split_once(' ').map_or((part, ""), |(head, rest)| (head, rest.trim()));
        let pair = if head.contains('=') {
            part
        } else {
            found.push((head.to_ascii_lowercase(), BTreeMap::new()));
            rest
        };
        if let (Some((key, value)), Some((_, pairs))) = (pair.split_once('='), found.last_mut()) {
            pairs.insert(key.trim().to_ascii_lowercase(), unquoted(value));
        }
    }
    found.into_iter().find_map(|(scheme, mut pairs)| match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => {
            Some(Challenge::Bearer { realm: pairs.remove("realm")?, service: pairs.remove("service") })
        }
        _ => None,
    })
}

/// The address behind `rel="next"`, as it is written.
pub(super) fn next_page(value: &str) -> Option<String> {
    parts(value, ',').into_iter().find_map(|link| {
        let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parts(rest, ';').into_iter().any(|parameter| {
            let parameter = parameter.split_once('=');
            parameter.is_some_and(|(key, value)| {
                key.trim().eq_ignore_ascii_case("rel")
                    && unquoted(value).split(' ').any(|word| word.eq_ignore_ascii_case("next"))
            })
        });
        next.then(|| address.to_owned())
    })
}

/// The parts between separators, those inside quotes and angle brackets left alone.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut out, mut start, mut quoted, mut bracket, mut escaped) = (Vec::new(), 0, false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            _ if c == separator && !quoted && !bracket => {
                out.extend(text.get(start..at));
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    out.extend(text.get(start..));
    out
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) })
        };
        for (value, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                bearer("https://auth.docker.io/token", Some("registry.docker.io")),
            ),
            (
                r#"bearer  realm="https://a/t?x=\"1\",2" , service=s"#,
                bearer(r#"https://a/t?x="1",2"#, Some("s")),
            ),
            (r#"Basic realm="Registry""#, Some(Challenge::Basic)),
            (r#"Negotiate, Basic realm="x", charset="UTF-8""#, Some(Challenge::Basic)),
            ("Bearer", None),
            ("Digest realm=\"a\"", None),
            ("", None),
        ] {
            assert_eq!(challenge(value), expected, "{value}");
        }
    }

    #[test]
    fn links_are_read() {
        for (value, expected) in [
            (r#"</v2/_catalog?last=b&n=2>; rel="next""#, Some("/v2/_catalog?last=b&n=2")),
            (
                r#"<https://a/1>; rel=prev, <https://a/3?x=1,2>; title="a, b; rel=no"; rel=next"#,
                Some("https://a/3?x=1,2"),
            ),
            ("<x>; rel=\"prev next\"", Some("x")),
            ("<x>; rel=prev", None),
            ("x; rel=next", None),
            ("<x", None),
        ] {
            assert_eq!(next_page(value).as_deref(), expected, "{value}");
        }
    }
}
