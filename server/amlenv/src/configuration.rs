//! Finds the configuration of a file: the nearest one upward, within the workspace, wins.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amlenv_analysis::catalogue::extra::{self, Extra};
use amlenv_analysis::config::{Config, Problem, parse};
use amlenv_analysis::{Fact, FilePath, Settings, Workspace};
use globset::{Glob, GlobMatcher};

use crate::disk::{self, Read};

/// A configuration file that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) path: PathBuf,
    pub(crate) text: Arc<str>,
    pub(crate) config: Config,
    pub(crate) problems: Vec<Problem>,
    per_file: Vec<(GlobMatcher, Vec<String>)>,
    roles: Vec<(GlobMatcher, amlenv_analysis::Role)>,
    exclude: Vec<GlobMatcher>,
}

/// A file with a team's own images and environments that was read.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) path: FilePath,
    pub(crate) text: Arc<str>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) extra: Arc<Extra>,
}

/// Configurations by the folder that they hold for.
#[derive(Debug, Default)]
pub(crate) struct Configurations {
    by_folder: HashMap<PathBuf, Option<Arc<Loaded>>>,
    /// The one that was given explicitly, for all files.
    fixed: Option<Option<Arc<Loaded>>>,
    /// The catalogues that configurations name, by the path of the configuration; or why there is none.
    catalogues: HashMap<PathBuf, Result<Catalogue, Problem>>,
}

impl Configurations {
    /// No configuration at all, whatever lies around.
    pub(crate) fn isolated() -> Self {
        Self { fixed: Some(None), ..Self::default() }
    }

    /// The one in `path`, for all files.
    pub(crate) fn from_file(path: &Path) -> Result<Self, String> {
        match load(path) {
            Ok(Some(loaded)) => Ok(Self { fixed: Some(Some(Arc::new(loaded))), ..Self::default() }),
            Ok(None) => Err(format!("{} has no section [tool.amlenv]", path.display())),
            Err(message) => Err(format!("{}: {message}", path.display())),
        }
    }

    /// What holds for the file at `path`, which lies in one of `roots`.
    pub(crate) fn of(&mut self, path: &Path, roots: &[FilePath]) -> Option<Arc<Loaded>> {
        if let Some(fixed) = &self.fixed {
            return fixed.clone();
        }
        let folder = path.parent()?.to_path_buf();
        self.of_folder(&folder, roots)
    }

    fn of_folder(&mut self, folder: &Path, roots: &[FilePath]) -> Option<Arc<Loaded>> {
        if let Some(known) = self.by_folder.get(folder) {
            return known.clone();
        }
        let inside = roots.iter().any(|root| disk::file_path(folder).is_in(root));
        let own = inside.then(|| {
            ["amlenv.toml", ".amlenv.toml", "pyproject.toml"]
                .iter()
                .find_map(|name| load(&folder.join(name)).ok().flatten())
                .map(Arc::new)
        });
        let found = match (own.flatten(), folder.parent()) {
            (Some(own), _) => Some(own),
            (None, Some(parent)) if inside => self.of_folder(parent, roots),
            _ => None,
        };
        self.by_folder.insert(folder.to_path_buf(), found.clone());
        found
    }

    /// Tells the workspace what the configurations that were used say of a team's own images and
    /// environments. Such a file must lie in the workspace.
    pub(crate) fn supply(&mut self, workspace: &mut Workspace) {
        for loaded in self.used() {
            let named = loaded.config.catalogue_extra.as_ref();
            if let Some((path, range)) = named
                && !self.catalogues.contains_key(&loaded.path)
            {
                let found = read_catalogue(&loaded, path, workspace)
                    .map_err(|message| Problem { message, range: *range });
                self.catalogues.insert(loaded.path.clone(), found);
            }
            let found = self.catalogues.get(&loaded.path).and_then(|found| found.as_ref().ok());
            let extra = found.map(|found| found.extra.clone());
            let everywhere = self.fixed.is_some();
            let folder = loaded.path.parent().map(disk::file_path);
            let folders = if everywhere { workspace.roots().to_vec() } else { folder.into_iter().collect() };
            for folder in folders {
                workspace.set_catalogue(folder, extra.clone());
            }
        }
    }

    /// The catalogues that were read, by path.
    pub(crate) fn catalogues(&self) -> Vec<&Catalogue> {
        let mut out: Vec<&Catalogue> =
            self.catalogues.values().filter_map(|found| found.as_ref().ok()).collect();
        out.sort_by(|a, b| a.path.cmp(&b.path));
        out.dedup_by(|a, b| a.path == b.path);
        out
    }

    /// What is wrong in a configuration, the catalogue that it names included.
    pub(crate) fn problems<'a>(&'a self, loaded: &'a Loaded) -> impl Iterator<Item = &'a Problem> {
        let catalogue = self.catalogues.get(&loaded.path).and_then(|found| found.as_ref().err());
        loaded.problems.iter().chain(catalogue)
    }

    /// All configurations that were used, by path.
    pub(crate) fn used(&self) -> Vec<Arc<Loaded>> {
        let all = self.by_folder.values().flatten().chain(self.fixed.iter().flatten());
        let mut out: Vec<Arc<Loaded>> = all.cloned().collect();
        out.sort_by(|a, b| a.path.cmp(&b.path));
        out.dedup_by(|a, b| a.path == b.path);
        out
    }
}

/// The catalogue that a configuration names, or why it cannot be read.
fn read_catalogue(loaded: &Loaded, path: &str, workspace: &Workspace) -> Result<Catalogue, String> {
    let folder = loaded.path.parent().unwrap_or(Path::new("."));
    let path = disk::file_path(&folder.join(path));
    match disk::look(workspace, &path) {
        Fact::File => {}
        Fact::Missing => return Err("catalogue.extra: there is no such file.".to_owned()),
        Fact::Folder(_) => return Err("catalogue.extra must be the path of a file.".to_owned()),
        Fact::Unknown => return Err("catalogue.extra must lie inside the workspace.".to_owned()),
    }
    match disk::read(Path::new(path.as_str())) {
        Read::Text(text) => {
            let (extra, problems) = extra::parse(path.clone(), &text);
            Ok(Catalogue { path, text, problems, extra: Arc::new(extra) })
        }
        Read::Refused { message, .. } => Err(format!("catalogue.extra: {message}")),
    }
}

/// Reads one configuration file; `None` for a pyproject file without our section, and for no file.
fn load(path: &Path) -> Result<Option<Loaded>, String> {
    let text = match disk::read(path) {
        Read::Text(text) => text,
        Read::Refused { message, .. } => return Err(message),
    };
    let pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
    let Some((config, mut problems)) = parse(&text, pyproject) else { return Ok(None) };
    let mut glob = |pattern: &str| match Glob::new(pattern) {
        Ok(glob) => Some(glob.compile_matcher()),
        Err(error) => {
            let at = text.find(pattern).unwrap_or(0);
            problems.push(Problem {
                message: format!("{pattern} is no glob: {}.", error.kind()),
                range: amlenv_syntax::HostRange::new(at, at + pattern.len()),
            });
            None
        }
    };
    let per_file = config
        .per_file_ignores
        .iter()
        .filter_map(|(pattern, rules)| Some((glob(pattern)?, rules.clone())))
        .collect();
    let roles = config.roles.iter().filter_map(|(pattern, role)| Some((glob(pattern)?, *role))).collect();
    let exclude = config.exclude.iter().filter_map(|pattern| glob(pattern)).collect();
    Ok(Some(Loaded { path: path.to_path_buf(), text, config, problems, per_file, roles, exclude }))
}

impl Loaded {
    /// The path of a file as the globs of this configuration see it.
    fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        self.path.parent().and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path)
    }

    /// What applies to the file at `path`.
    pub(crate) fn settings(&self, path: &Path) -> Settings {
        let mut settings = self.config.settings.clone();
        let relative = self.relative(path);
        for (glob, rules) in &self.per_file {
            if glob.is_match(relative) || relative.file_name().is_some_and(|name| glob.is_match(name)) {
                settings.ignore.extend(rules.iter().cloned());
            }
        }
        settings.role = self.roles.iter().find(|(glob, _)| glob.is_match(relative)).map(|(_, role)| *role);
        settings
    }

    /// Whether the file at `path` is not to be looked at.
    pub(crate) fn excludes(&self, path: &Path) -> bool {
        let relative = self.relative(path);
        self.exclude
            .iter()
            .any(|glob| relative.ancestors().any(|part| !part.as_os_str().is_empty() && glob.is_match(part)))
    }
}
