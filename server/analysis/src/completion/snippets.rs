//! Pieces of text with places to fill in: whole files where a file is empty, and what is written in
//! Dockerfiles again and again.

use amlenv_syntax::TextRange;

use super::{Proposal, Site};
use crate::answers::CompletionKind;
use crate::catalogue::{Status, catalogue};
use crate::convert::SCHEMA;
use crate::kind::FileKind;

/// A snippet: its name, what it is, and its text in the syntax of the protocol.
type Snippet = (&'static str, &'static str, String);

/// The newest supported image of a family, with its newest tag.
fn image(family: &str, kind: &str) -> String {
    let listed = catalogue().images.iter();
    let mut fits = listed
        .filter(|image| image.family == family && image.kind == kind && image.status == Status::Supported);
    fits.next().map_or_else(String::new, |image| {
        format!("{}:{}", image.repository, image.tags.first().map_or("latest", String::as_str))
    })
}

/// A whole Dockerfile, where there is none yet.
pub(super) fn of_dockerfile(range: TextRange) -> Vec<Proposal> {
    let training = image("training", "cpu");
    let inference = image("inference", "cpu");
    let snippets: [Snippet; 2] = [
        (
            "training Dockerfile",
            "an image for jobs: conda packages on a base image",
            format!(
                "FROM {training}\n\nENV AZUREML_CONDA_ENVIRONMENT_PATH=/azureml-envs/env\nENV PATH=\\$AZUREML_CONDA_ENVIRONMENT_PATH/bin:\\$PATH\n\nCOPY ${{1:conda.yml}} /tmp/conda.yml\nRUN conda env create -p \\$AZUREML_CONDA_ENVIRONMENT_PATH -f /tmp/conda.yml && conda clean -afy\n$0"
            ),
        ),
        (
            "inference Dockerfile",
            "an image for online deployments with a scoring script",
            format!(
                "FROM {inference}\n\nCOPY ${{1:requirements.txt}} /tmp/requirements.txt\nRUN pip install --no-cache-dir -r /tmp/requirements.txt\n\nEXPOSE 5001\nCMD [\"runsvdir\", \"/var/runit\"]\n$0"
            ),
        ),
    ];
    snippets.into_iter().map(|snippet| proposal(snippet, range)).collect()
}

/// Commands of `RUN` that are written again and again.
pub(super) fn of_run(range: TextRange) -> Vec<Proposal> {
    let snippets: [Snippet; 3] = [
        (
            "conda env create",
            "makes the conda environment of a file",
            "conda env create -p ${1:/azureml-envs/env} -f ${2:conda.yml} && conda clean -afy".to_owned(),
        ),
        (
            "apt-get install",
            "installs packages of the system, and cleans up",
            "apt-get update && \\\\\n    apt-get install -y --no-install-recommends ${1:git} && \\\\\n    rm -rf /var/lib/apt/lists/*"
                .to_owned(),
        ),
        ("pip install", "installs Python packages without a cache", "pip install --no-cache-dir ${1:-r requirements.txt}".to_owned()),
    ];
    snippets.into_iter().map(|snippet| proposal(snippet, range)).collect()
}

/// A whole definition, where a file of environments is empty.
pub(super) fn of_yaml(site: &Site<'_>, offset: usize) -> Vec<Proposal> {
    let text: &str = site.file.text();
    let line = text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let word = text.trim_start_matches('\u{feff}').trim();
    let whole = text.get(line..).is_some_and(|rest| rest.trim() == word) && !word.contains([':', '\n', '#']);
    if site.file.kind() != FileKind::EnvironmentYaml || !whole {
        return Vec::new();
    }
    let start = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
    let range = TextRange::new(start.min(offset), (start + word.len()).max(offset));
    let image = image("training", "cpu");
    let head = format!("\\$schema: {SCHEMA}\nname: ${{1:my-env}}\n");
    let snippets: [Snippet; 3] = [
        ("environment from an image", "the image as it is", format!("{head}image: ${{2:{image}}}\n$0")),
        (
            "environment from an image and a conda file",
            "packages are installed on top of the image",
            format!("{head}image: ${{2:{image}}}\nconda_file: ${{3:conda.yml}}\n$0"),
        ),
        (
            "environment from a Dockerfile",
            "the image is built from a folder",
            format!("{head}build:\n  path: ${{2:.}}\n  dockerfile_path: ${{3:Dockerfile}}\n$0"),
        ),
    ];
    snippets.into_iter().map(|snippet| proposal(snippet, range)).collect()
}

/// What most often stands below a key, for those that need a lot; `indent` is that of the lines below it.
fn skeleton(key: &str, indent: usize) -> Option<Snippet> {
    let (label, detail, lines): (_, _, &[&str]) = match key {
        "inference_config" => (
            "inference_config with its routes",
            "all three are needed",
            &[
                "liveness_route:",
                "  path: ${1:/}",
                "  port: ${2:5001}",
                "readiness_route:",
                "  path: ${3:/}",
                "  port: ${4:5001}",
                "scoring_route:",
                "  path: ${5:/score}",
                "  port: ${6:5001}",
            ],
        ),
        "conda_file" => (
            "conda_file in place",
            "its content instead of a path",
            &[
                "channels:",
                "  - conda-forge",
                "dependencies:",
                "  - python=${1:3.12}",
                "  - pip",
                "  - pip:",
                "      - ${2:numpy}",
            ],
        ),
        "environment" => (
            "environment in place",
            "its definition instead of a reference",
            &["image: ${1}", "conda_file: ${2:conda.yml}"],
        ),
        _ => return None,
    };
    let blanks = " ".repeat(indent);
    let below: String = lines.iter().map(|line| format!("\n{blanks}{line}")).collect();
    Some((label, detail, format!("{key}:{below}")))
}

/// A skeleton as a proposal.
pub(super) fn of_key(key: &str, indent: usize, range: TextRange) -> Option<Proposal> {
    skeleton(key, indent).map(|snippet| proposal(snippet, range))
}

fn proposal((name, detail, snippet): Snippet, range: TextRange) -> Proposal {
    Proposal::new(name, CompletionKind::Snippet, range)
        .text(plain(&snippet))
        .detail(detail)
        .says(format!("```\n{}\n```", plain(&snippet).trim_end()))
        .snippet(snippet)
}

/// A snippet as it reads with what it proposes.
pub(super) fn plain(snippet: &str) -> String {
    let mut out = String::with_capacity(snippet.len());
    let mut chars = snippet.chars().peekable();
    let mut open = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => {
                let braces = chars.next_if_eq(&'{').is_some();
                while chars.next_if(char::is_ascii_digit).is_some() {}
                if braces {
                    open += 1;
                    chars.next_if_eq(&':');
                }
            }
            '}' if open > 0 => open -= 1,
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_read_without_their_signs() {
        assert_eq!(plain("a ${1:b c} \\$d ${2} $0\\\\"), "a b c $d  \\");
        let all = [of_dockerfile(TextRange::empty(0)), of_run(TextRange::empty(0))].concat();
        for found in all {
            assert!(!found.text.contains(['{', '}']), "{}", found.text);
        }
    }

    /// What is proposed must be fine by amlenv's own rules.
    #[test]
    fn whole_dockerfiles_are_well_formed() {
        for found in of_dockerfile(TextRange::empty(0)) {
            assert_eq!(amlenv_syntax::dockerfile::parse(&found.text).problems, [], "{}", found.text);
            assert!(found.text.starts_with("FROM mcr.microsoft.com/azureml/"), "{}", found.text);
        }
    }
}
