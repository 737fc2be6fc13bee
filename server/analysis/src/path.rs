//! Paths as the core sees them: absolute, `/` between the parts, resolved by words alone. No disk.

use std::fmt;
use std::sync::Arc;

/// An absolute, normalised path with `/` between its parts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(Arc<str>);

impl FilePath {
    /// Normalises `path`: backslashes become slashes, `.` and `..` are resolved, a trailing slash goes.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let path = path.replace('\\', "/");
        let absolute = path.starts_with('/');
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let joined = parts.join("/");
        Self(if absolute { format!("/{joined}") } else { joined }.into())
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The folder that it is in; the root for itself.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.rfind('/') {
            Some(0) | None => Self("/".into()),
            Some(at) => Self(self.0.get(..at).unwrap_or("/").into()),
        }
    }

    /// `relative` seen from this folder; an absolute one stands for itself.
    #[must_use]
    pub fn join(&self, relative: &str) -> Self {
        let relative = relative.replace('\\', "/");
        let drive = relative.as_bytes().get(1) == Some(&b':');
        if relative.starts_with('/') || drive {
            Self::new(&relative)
        } else {
            Self::new(&format!("{}/{relative}", self.0))
        }
    }

    /// Whether this is `folder` or lies below it.
    #[must_use]
    pub fn is_in(&self, folder: &Self) -> bool {
        self == folder
            || self
                .0
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| folder.as_str() == "/" || rest.starts_with('/'))
    }

    /// How to write this path when seen from `folder`.
    #[must_use]
    pub fn relative_to(&self, folder: &Self) -> String {
        let from: Vec<&str> = folder.0.split('/').filter(|part| !part.is_empty()).collect();
        let to: Vec<&str> = self.0.split('/').filter(|part| !part.is_empty()).collect();
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let mut parts = vec![".."; from.len() - common];
        parts.extend(to.iter().skip(common));
        if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::FilePath;

    #[test]
    fn paths_are_resolved_by_words() {
        let path = FilePath::new("/a/./b/../c/env.yml");
        assert_eq!(path.as_str(), "/a/c/env.yml");
        assert_eq!(path.parent().join("../d\\e").as_str(), "/a/d/e");
        assert_eq!(path.relative_to(&FilePath::new("/a/x")), "../c/env.yml");
        assert!(path.is_in(&FilePath::new("/a")) && !path.is_in(&FilePath::new("/a/c/e")));
    }
}
