//! The examples of the pages in other notations: a Dockerfile as text in Python, JSON, YAML and a
//! notebook, an environment inline in a job and a deployment, a conda file inline, Python in a cell.

use serde_json::json;

use crate::fixture::Fixture;

/// The same facts in another notation: what it is called, and its files.
pub(crate) struct Transplant {
    pub(crate) notation: &'static str,
    pub(crate) fixture: Fixture,
}

/// Every other notation that can hold what the file does that a fixture is about: its only one, or the
/// only one of its kind.
pub(crate) fn transplants(fixture: &Fixture) -> Vec<Transplant> {
    let mut out = Vec::new();
    for (moved, (path, text)) in fixture.files.iter().enumerate() {
        let name = path.rsplit('/').next().unwrap_or_default();
        let alone = fixture.files.len() == 1;
        let made = if name == "Dockerfile" && alone {
            of_dockerfile(text)
        } else if name.ends_with(".py") && text.contains("nvironment") {
            vec![("notebook", "train.ipynb", notebook(&[text]))]
        } else if is_environment(name, text) {
            of_environment(text)
        } else if is_conda(name, text) && alone {
            of_conda(text)
        } else {
            Vec::new()
        };
        for (notation, name, text) in made {
            let mut files = fixture.files.clone();
            let folder = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
            files[moved] = (format!("{folder}{name}"), text);
            files.swap(0, moved);
            out.push(Transplant { notation, fixture: Fixture { files, ..Fixture::default() } });
        }
    }
    out
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

fn is_environment(name: &str, text: &str) -> bool {
    let another =
        ["type", "command", "jobs", "dependencies", "environment", "inputs", "endpoint_name", "script"];
    let image = ["image", "build", "conda_file"].iter().any(|key| has_key(text, key));
    is_yaml(name) && image && !another.iter().any(|key| has_key(text, key))
}

fn is_conda(name: &str, text: &str) -> bool {
    is_yaml(name) && has_key(text, "dependencies") && !has_key(text, "environment")
}

fn indent(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{margin}{line}\n") })
        .collect()
}

/// An environment without what an inline one cannot have.
fn inline(text: &str) -> String {
    let mut kept = String::new();
    let mut dropping = false;
    for line in text.lines() {
        if !line.starts_with([' ', '-', '#']) && !line.is_empty() {
            let key = line.split(':').next().unwrap_or_default();
            dropping = ["$schema", "name", "version", "description", "tags"].contains(&key);
        }
        if !dropping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn of_environment(text: &str) -> Vec<(&'static str, &'static str, String)> {
    let body = indent(&inline(text), 2);
    let deeper = indent(&inline(text), 6);
    vec![
        (
            "job-yaml",
            "job.yml",
            format!(
                "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: echo hello\n\
                 environment:\n{body}compute: azureml:cpu-cluster\n"
            ),
        ),
        (
            "job-yaml",
            "pipeline.yml",
            format!(
                "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\n\
                 jobs:\n  train:\n    command: echo hello\n    environment:\n{deeper}    compute: azureml:cpu-cluster\n"
            ),
        ),
        (
            "deployment-yaml",
            "deployment.yml",
            format!(
                "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n\
                 endpoint_name: houses\nmodel: azureml:houses:1\nenvironment:\n{body}instance_type: Standard_DS3_v2\n\
                 instance_count: 1\n"
            ),
        ),
    ]
}

fn of_conda(text: &str) -> Vec<(&'static str, &'static str, String)> {
    let image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1";
    let environment = format!(
        "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: train-environment\n\
         image: {image}\nconda_file:\n{}",
        indent(text, 2)
    );
    let job = format!(
        "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: echo hello\n\
         environment:\n  image: {image}\n  conda_file:\n{}compute: azureml:cpu-cluster\n",
        indent(text, 4)
    );
    vec![("environment-yaml", "environment.yml", environment), ("job-yaml", "job.yml", job)]
}

fn of_dockerfile(text: &str) -> Vec<(&'static str, &'static str, String)> {
    let fits_raw = !text.contains("\"\"\"") && !text.trim_end_matches('\n').ends_with(['"', '\\']);
    let python = format!(
        "from azureml.core import Environment\n\nenv = Environment(\"train\")\nenv.docker.base_image = None\n\
         env.docker.base_dockerfile = r\"\"\"{text}\"\"\"\nenv.python.user_managed_dependencies = True\n"
    );
    let json = json!({
        "name": "train",
        "docker": {"baseImage": null, "baseDockerfile": text},
        "python": {"userManagedDependencies": true},
    });
    let indented: String = text.lines().map(|line| format!("      {line}\n")).collect();
    let runconfig = format!(
        "script: train.py\nenvironment:\n  python:\n    userManagedDependencies: true\n  docker:\n    \
         baseImage:\n    baseDockerfile: |2\n{indented}"
    );
    let mut out = vec![
        ("Dockerfile in environment-json", "azureml_environment.json", json.to_string()),
        ("Dockerfile in runconfig", ".azureml/train.runconfig", runconfig.replace("|2", "|")),
        ("Dockerfile in notebook", "write.ipynb", notebook(&[&format!("%%writefile Dockerfile\n{text}")])),
    ];
    if fits_raw {
        out.push(("Dockerfile in notebook", "train.ipynb", notebook(&[&python])));
        out.push(("Dockerfile in python", "train.py", python));
    }
    out
}

fn notebook(cells: &[&str]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|text| {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            json!({"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": lines})
        })
        .collect();
    json!({"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5})
        .to_string()
}
