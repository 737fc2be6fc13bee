//! A build context: what of a folder is uploaded, and what of that the build sees. Pure functions of a
//! listing and the texts of the ignore files, the same for the rules and for an upload.
//!
//! Two programs drop files, one after the other, each by rules of its own: the client that uploads
//! reads [`UploadIgnore`], the build reads [`BuildIgnore`]. Where the texts come from is not known here.

mod automaton;
mod build;
mod kept;
mod upload;

pub use self::build::BuildIgnore;
pub(crate) use self::build::clean;
pub use self::kept::{Entry, EntryKind, Kept, KeptFile, LARGE, files_in_words, size};
pub use self::upload::UploadIgnore;

/// The texts of the ignore files of a context; `None` for one that is not there.
#[derive(Clone, Copy, Debug, Default)]
pub struct IgnoreTexts<'a> {
    /// `.amlignore` in the context.
    pub amlignore: Option<&'a str>,
    /// `.gitignore` in the context.
    pub gitignore: Option<&'a str>,
    /// `.dockerignore` in the context.
    pub dockerignore: Option<&'a str>,
    /// The one beside the Dockerfile, called like it with `.dockerignore` behind.
    pub of_dockerfile: Option<&'a str>,
}

/// The ignore files of a context, read.
#[derive(Clone, Debug, Default)]
pub struct Context {
    upload: UploadIgnore,
    upload_name: &'static str,
    build: BuildIgnore,
    build_name: String,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The build sees it.
    Seen,
    /// The client does not upload it.
    NotUploaded(Cause),
    /// It is uploaded, and the build does not see it.
    Ignored(Cause),
}

/// A line of an ignore file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The path of the ignore file, seen from the context.
    pub file: String,
    /// From 1.
    pub line: usize,
}

impl Context {
    /// Reads the ignore files of a context, for the build with the Dockerfile at that path in it. The
    /// client looks at `.amlignore`, and only if there is none at `.gitignore`; the build at the file
    /// beside the Dockerfile, and only if there is none at `.dockerignore`; that is, if they were
    /// uploaded.
    #[must_use]
    pub fn new(texts: &IgnoreTexts<'_>, dockerfile: &str) -> Self {
        let (upload_name, text) = match texts.amlignore {
            Some(text) => (".amlignore", text),
            None => (".gitignore", texts.gitignore.unwrap_or("")),
        };
        let upload = UploadIgnore::new(text);
        let own = format!("{dockerfile}.dockerignore");
        let plain = ".dockerignore".to_owned();
        let found = [(own, texts.of_dockerfile), (plain, texts.dockerignore)]
            .into_iter()
            .find_map(|(name, text)| Some((text.filter(|_| upload.drops(&name).is_none())?, name)));
        let (text, build_name) = found.unwrap_or_default();
        Self { upload, upload_name, build: BuildIgnore::new(text), build_name }
    }

    /// What the client reads.
    #[must_use]
    pub fn upload(&self) -> &UploadIgnore {
        &self.upload
    }

    /// What the build reads.
    #[must_use]
    pub fn build(&self) -> &BuildIgnore {
        &self.build
    }

    /// The name of the ignore file that the build reads; empty where there is none.
    #[must_use]
    pub fn build_name(&self) -> &str {
        &self.build_name
    }

    /// What becomes of the file at a path, seen from the context, `/` between its parts.
    #[must_use]
    pub fn fate(&self, path: &str) -> Fate {
        if let Some(line) = self.upload.drops(path) {
            return Fate::NotUploaded(Cause { file: self.upload_name.to_owned(), line });
        }
        match self.build.excludes(path) {
            Some(line) => Fate::Ignored(Cause { file: self.build_name.clone(), line }),
            None => Fate::Seen,
        }
    }

    /// What becomes of a folder that is copied: whether all files in it are dropped by the client,
    /// whatever they are called, or the folder is kept out of the build. [`Fate::Seen`] also where that
    /// hangs on the files.
    #[must_use]
    pub fn fate_of_folder(&self, path: &str) -> Fate {
        // A name that no pattern means in particular stands for all names.
        let inside = format!("{path}/\u{fffd}\u{fffd}\u{fffd}");
        match self.upload.drops(&inside).filter(|_| !self.upload.has_exceptions()) {
            Some(line) => Fate::NotUploaded(Cause { file: self.upload_name.to_owned(), line }),
            None => match self.build.excludes(path).filter(|_| !self.build.has_exceptions()) {
                Some(line) => Fate::Ignored(Cause { file: self.build_name.clone(), line }),
                None => Fate::Seen,
            },
        }
    }

    /// Of the files of a listing, those that the client uploads.
    pub fn uploaded<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        files.into_iter().filter(|path| self.upload.drops(path).is_none()).collect()
    }

    /// Of the files of a listing, those that the build sees.
    pub fn seen<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        files.into_iter().filter(|path| self.fate(path) == Fate::Seen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_drops_first_and_the_build_then() {
        let texts = IgnoreTexts {
            amlignore: None,
            gitignore: Some("*.bin\n"),
            dockerignore: Some("docs\n"),
            of_dockerfile: None,
        };
        let context = Context::new(&texts, "Dockerfile");
        let files = [".gitignore", "Dockerfile", "docs/a.bin", "docs/b", "sub/.amlignore"];
        assert_eq!(context.uploaded(files), [".gitignore", "Dockerfile", "docs/b", "sub/.amlignore"]);
        assert_eq!(context.seen(files), [".gitignore", "Dockerfile", "sub/.amlignore"]);
        let cause = |file: &str| Cause { file: file.to_owned(), line: 1 };
        assert_eq!(context.fate("docs/a.bin"), Fate::NotUploaded(cause(".gitignore")));
        assert_eq!(context.fate("docs/b"), Fate::Ignored(cause(".dockerignore")));
        assert_eq!(context.fate_of_folder("docs"), Fate::Ignored(cause(".dockerignore")));
        assert_eq!(context.fate_of_folder("sub"), Fate::Seen);
    }

    #[test]
    fn one_ignore_file_of_each_kind_counts() {
        let texts = IgnoreTexts {
            amlignore: Some("a\n"),
            gitignore: Some("b\n"),
            dockerignore: Some("c\n"),
            of_dockerfile: Some("d\n"),
        };
        let context = Context::new(&texts, "sub/Dockerfile");
        assert_eq!(context.seen(["a", "b", "c", "d"]), ["b", "c"]);
        assert_eq!(
            context.fate("d"),
            Fate::Ignored(Cause { file: "sub/Dockerfile.dockerignore".to_owned(), line: 1 })
        );
        // An ignore file that is not uploaded says nothing to the build.
        let hidden = IgnoreTexts { amlignore: Some(".dockerignore\n"), of_dockerfile: None, ..texts };
        assert_eq!(Context::new(&hidden, "Dockerfile").seen(["a", "b", "c"]), ["a", "b", "c"]);
    }

    #[test]
    fn an_empty_amlignore_silences_gitignore() {
        let texts = IgnoreTexts { amlignore: Some(""), gitignore: Some("*"), ..IgnoreTexts::default() };
        assert_eq!(Context::new(&texts, "Dockerfile").uploaded(["a"]), ["a"]);
        assert_eq!(Context::new(&IgnoreTexts::default(), "Dockerfile").seen(["a"]), ["a"]);
    }
}
