//! Environments that their definition gives no name: a Dockerfile on its own, an environment inside of a job.
//! An editor cannot ask for one, so that one is proposed from where they stand.

use amlenv_syntax::HostRange;

use crate::file::File;
use crate::kind::FileKind;
use crate::model::{Field, Notation};
use crate::path::FilePath;
use crate::registration;
use crate::usages;
use crate::workspace::Workspace;

/// Names of files that say what a file is, not what is in it.
const GENERIC: [&str; 10] = [
    "azureml-job",
    "command",
    "component",
    "deployment",
    "environment",
    "job",
    "main",
    "pipeline",
    "sweep",
    "train-job",
];

/// An environment without a name.
pub(super) struct Nameless {
    range: HostRange,
    /// Which it is, where the file may hold several.
    pub(super) environment: Option<String>,
    /// The name that is proposed; none where nothing around it fits.
    pub(super) name: Option<String>,
}

/// Why one without a fitting name is not registered from an editor.
pub(super) fn reason(path: &FilePath) -> String {
    format!("It has no name. Give it one: amlenv register {} --name NAME", path.file_name())
}

/// The environments at `asked` of a file that have no name and can be registered under one.
pub(super) fn nameless(workspace: &Workspace, path: &FilePath, asked: HostRange) -> Vec<Nameless> {
    let Some(file) = workspace.file(path) else { return Vec::new() };
    match file.kind() {
        FileKind::Dockerfile => dockerfile(workspace, file, asked).into_iter().collect(),
        FileKind::JobYaml | FileKind::DeploymentYaml => {
            inside(file).into_iter().filter(|found| found.range.intersects(asked)).collect()
        }
        _ => Vec::new(),
    }
}

/// A Dockerfile that no definition uses: one that is used is registered with what uses it.
fn dockerfile(workspace: &Workspace, file: &File, asked: HostRange) -> Option<Nameless> {
    let tree = &file.dockerfiles().first()?.tree;
    let from = tree.stages().first()?.from.keyword_range;
    let range = HostRange::new(from.start, from.end);
    // Who uses it takes a look at all files, so the place is looked at first.
    if !range.intersects(asked) || !usages::usages(workspace, file.path()).is_empty() {
        return None;
    }
    let name = file.path().file_name();
    let own = ["Dockerfile.", "dockerfile."].iter().find_map(|prefix| name.strip_prefix(prefix));
    let own =
        own.or_else(|| [".Dockerfile", ".dockerfile"].iter().find_map(|suffix| name.strip_suffix(suffix)));
    let parent = file.path().parent();
    let name = own.and_then(fitting).or_else(|| fitting(parent.file_name()));
    Some(Nameless { environment: None, name, range })
}

fn inside(file: &File) -> Vec<Nameless> {
    let is_nameless = |environment: &&crate::model::Environment| {
        environment.notation == Notation::InlineYaml && !environment.has(&Field::Name)
    };
    let several = file.environments().filter(is_nameless).count() > 1;
    let base = file.path().file_name().split('.').next().and_then(fitting);
    let base = base.filter(|name| !GENERIC.contains(&name.to_lowercase().as_str()));
    let base = base.or_else(|| fitting(file.path().parent().file_name()));
    let numbered = file.environments().enumerate().filter(|(_, environment)| is_nameless(environment));
    numbered
        .map(|(number, environment)| {
            let number = number + 1;
            let name =
                base.as_ref().map(|base| if several { format!("{base}-{number}") } else { base.clone() });
            Nameless { range: environment.range, environment: Some(number.to_string()), name }
        })
        .collect()
}

/// A name of a file or folder as one of an environment.
fn fitting(text: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = text.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let name = name.trim_matches(['-', '_']).to_owned();
    let lower = name.to_lowercase();
    // The service keeps these for itself.
    let taken = ["azureml", "microsoft"].iter().any(|prefix| lower.starts_with(prefix));
    (!taken && registration::is_name(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn names_of_files_and_folders_become_names_of_environments() {
        assert_eq!(fitting("my env (gpu)").as_deref(), Some("my-env--gpu"));
        assert_eq!(fitting("gpu").as_deref(), Some("gpu"));
        assert_eq!(fitting(".hidden").as_deref(), Some("hidden"));
        for none in ["", "---", "日本", "azureml-examples", "Microsoft"] {
            assert_eq!(fitting(none), None, "{none}");
        }
    }
}
