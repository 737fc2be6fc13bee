//! From trees to the model: one module per notation. Facts only.

pub(crate) mod conda;
pub(crate) mod definition_v1;
pub(crate) mod environment_yaml;
pub(crate) mod python;

/// Whether a text holds a placeholder of some template language, so that nothing is known of it.
pub(crate) fn is_templated(text: &str) -> bool {
    const MARKS: [&str; 5] = ["{{", "${", "$(", "#{", "\u{fffc}"];
    MARKS.iter().any(|mark| text.contains(mark))
        || enclosed(text, '<', '>')
        || is_dunder(text)
        || percent(text)
}

/// Whether `open` and later `close` stand in `text` with something between.
fn enclosed(text: &str, open: char, close: char) -> bool {
    text.find(open)
        .is_some_and(|at| text.get(at + 1..).is_some_and(|rest| rest.find(close).is_some_and(|end| end > 0)))
}

/// Whether a part such as `__NAME__` stands in `text`.
fn is_dunder(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("__") {
        let Some(tail) = rest.get(at + 2..) else { return false };
        if let Some(end) = tail.find("__") {
            let inner = tail.get(..end).unwrap_or("");
            if !inner.is_empty()
                && inner.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            {
                return true;
            }
        }
        rest = tail;
    }
    false
}

/// Whether a part such as `%NAME%` stands in `text`.
fn percent(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    let inner: Vec<&str> = parts.collect();
    inner.len() >= 2
        && inner.first().is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
}

#[cfg(test)]
mod tests {
    use super::is_templated;

    #[test]
    fn placeholders_are_known_when_seen() {
        for text in [
            "{{latest-image-tag}}",
            "a:${TAG:-x}",
            "$(image)",
            "#{image}#",
            "<registry_name>.azurecr.io/x",
            "__IMAGE__",
            "a/__MY_IMAGE__:1",
            "%IMAGE%",
        ] {
            assert!(is_templated(text), "{text}");
        }
        for text in ["mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04", "a__b", "50% off", "a<b"] {
            assert!(!is_templated(text), "{text}");
        }
    }
}
