//! Things about which there is more to say than fits beside a proposal: named by a short key that a
//! client can hand back, so that the text is made only when somebody looks at it.

use crate::catalogue::{self, environment_markdown, image_markdown};
use crate::package_names;
use crate::rules;

/// Something about which there is more to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// An image, by its repository.
    Image(String),
    /// A curated environment, by its name.
    Environment(String),
    /// A Python package, by its name.
    Package(String),
    /// A rule, by its code.
    Rule(String),
}

impl Topic {
    /// The key of the topic.
    #[must_use]
    pub fn key(&self) -> String {
        let (kind, name) = match self {
            Self::Image(name) => ("image", name),
            Self::Environment(name) => ("environment", name),
            Self::Package(name) => ("package", name),
            Self::Rule(name) => ("rule", name),
        };
        format!("{kind} {name}")
    }

    /// The topic of a key; `None` for a text that is none.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let (kind, name) = key.split_once(' ')?;
        let name = name.to_owned();
        Some(match kind {
            "image" => Self::Image(name),
            "environment" => Self::Environment(name),
            "package" => Self::Package(name),
            "rule" => Self::Rule(name),
            _ => return None,
        })
    }

    /// What there is to say, as Markdown; `None` where nothing is known.
    #[must_use]
    pub fn markdown(&self) -> Option<String> {
        match self {
            Self::Image(name) => catalogue::image(name).map(|image| image_markdown(image, None)),
            Self::Environment(name) => catalogue::environment(name).map(environment_markdown),
            Self::Package(name) => package_names::markdown(name),
            Self::Rule(code) => rules::find(code).map(|rule| rule.page.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back() {
        for topic in [
            Topic::Image("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04".to_owned()),
            Topic::Environment("sklearn-1.5".to_owned()),
            Topic::Package("azureml-core".to_owned()),
            Topic::Rule("AML101".to_owned()),
        ] {
            assert_eq!(Topic::from_key(&topic.key()).as_ref(), Some(&topic));
            assert!(topic.markdown().is_some_and(|text| !text.is_empty()), "{topic:?}");
        }
        assert_eq!(Topic::from_key("nothing"), None);
        assert_eq!(Topic::Image("nobody/knows".to_owned()).markdown(), None);
    }
}
