//! v1 definitions in JSON and in run configurations: the same facts from both, with their places, and
//! the Dockerfile inside them.

use std::sync::Arc;

use amlenv_analysis::model::{Field, Value};
use amlenv_analysis::{File, FileKind, FilePath, Workspace, completions};

/// As the SDK saves one: every key, most of them null.
const SAVED: &str = r#"{
    "assetId": null,
    "databricks": {"eggLibraries": []},
    "docker": {
        "arguments": [],
        "baseDockerfile": "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\nENV A=\"\ud83d\ude00\" B=b\n",
        "baseImage": null,
        "baseImageRegistry": {
            "address": "contoso.azurecr.io",
            "password": null,
            "registryIdentity": {"clientId": "c", "resourceId": "r"},
            "username": null
        },
        "buildContext": null,
        "enabled": false,
        "platform": {"architecture": "amd64", "os": "Linux"},
        "sharedVolumes": true,
        "shmSize": "2g"
    },
    "environmentVariables": {"A": "b"},
    "inferencingStackVersion": null,
    "name": "e",
    "python": {
        "baseCondaEnvironment": null,
        "condaDependencies": {
            "channels": ["conda-forge"],
            "dependencies": ["python=3.10", "conda-forge::numpy>=1.2", {"pip": ["azureml-defaults", "torch==2.1 # c"]}],
            "name": "project_environment"
        },
        "condaDependenciesFile": null,
        "interpreterPath": "python",
        "userManagedDependencies": false
    },
    "r": null,
    "version": "3"
}
"#;

const RUNCONFIG: &str = "script: train.py
target: cpu
environment:
  name: e
  version: '3'
  python:
    user_managed_dependencies: no
    condaDependencies: &conda
      dependencies:
      - python=3.10
      - pip:
        - azureml-defaults
  docker:
    base_dockerfile: |
      FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04
      RUN pip install numpy
    baseImage:
    baseImageRegistry: {address: contoso.azurecr.io, username: , password: }
    useDocker: true
docker:
  useDocker: true
";

fn file(kind: FileKind, text: &str) -> File {
    let name = if kind == FileKind::Runconfig { "/w/a.runconfig" } else { "/w/azureml_environment.json" };
    File::new(FilePath::new(name), kind, text.into())
}

/// What is set, by its name in the notation, as it is written.
fn facts(file: &File) -> Vec<(String, String)> {
    let environment = file.environments().next().expect("an environment");
    environment
        .assignments
        .iter()
        .filter(|assignment| assignment.value.is_set())
        .map(|assignment| {
            let name = assignment.field.name_in(environment.notation).to_owned();
            (name, assignment.value_range.slice(file.text()).lines().next().unwrap_or("").to_owned())
        })
        .collect()
}

#[test]
fn json_says_all_that_the_sdk_saved() {
    let file = file(FileKind::EnvironmentJson, SAVED);
    assert!(file.problems().is_empty());
    let facts = facts(&file);
    let names: Vec<&str> = facts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "databricks",
            "docker.arguments",
            "baseDockerfile",
            "baseImageRegistry.address",
            "baseImageRegistry.registryIdentity",
            "docker.baseImageRegistry.registryIdentity.clientId",
            "docker.baseImageRegistry.registryIdentity.resourceId",
            "docker.platform.architecture",
            "docker.platform.os",
            "docker.sharedVolumes",
            "docker.shmSize",
            "environmentVariables",
            "name",
            "condaDependencies",
            "python.interpreterPath",
            "version",
        ]
    );
    assert_eq!(facts[3].1, "\"contoso.azurecr.io\"");
    let environment = file.environments().next().expect("an environment");
    let Some(Value::Conda(spec)) = environment.last(&Field::Conda).map(|conda| &conda.value) else {
        panic!("packages")
    };
    let packages: Vec<(&str, &str)> = spec
        .conda
        .iter()
        .chain(&spec.pip)
        .map(|found| (found.name.as_str(), found.range.slice(SAVED)))
        .collect();
    assert_eq!(
        packages,
        [
            ("python", "\"python=3.10\""),
            ("numpy", "\"conda-forge::numpy>=1.2\""),
            ("azureml-defaults", "\"azureml-defaults\""),
            ("torch", "\"torch==2.1 # c\"")
        ]
    );
    assert!(environment.last(&Field::Image).is_some_and(|image| image.value.is_cleared()));
    assert!(matches!(environment.last(&Field::UserManaged).expect("a switch").value, Value::Bool(false)));
}

#[test]
fn a_run_configuration_says_the_same_in_any_spelling() {
    let file = file(FileKind::Runconfig, RUNCONFIG);
    assert!(file.problems().is_empty());
    let facts = facts(&file);
    let names: Vec<&str> = facts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "name",
            "version",
            "condaDependencies",
            "baseDockerfile",
            "baseImageRegistry.address",
            "docker.useDocker"
        ]
    );
    let document = &file.dockerfiles()[0];
    assert_eq!(
        document.text,
        "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04\nRUN pip install numpy\n"
    );
    let json =
        "{\"script\": \"a.py\", \"environment\": {\"docker\": {\"baseDockerfile\": \"FROM a\\nRUN b\"}}}";
    let file = self::file(FileKind::Runconfig, json);
    assert_eq!(file.dockerfiles()[0].text, "FROM a\nRUN b");
}

/// The half of a key or value that is being typed costs no other.
#[test]
fn half_typed_json_keeps_its_neighbours() {
    for (at, _) in SAVED.char_indices().filter(|(at, c)| !c.is_whitespace() && at % 2 == 0) {
        // What stands behind the cursor on its line is not typed yet.
        let (head, tail) = SAVED.split_at(at);
        let text = [head, &tail[tail.find('\n').unwrap_or(tail.len())..]].concat();
        let file = file(FileKind::EnvironmentJson, &text);
        let facts = facts(&file);
        let has = |name: &str| facts.iter().any(|(found, _)| found == name);
        let number = head.matches('\n').count();
        let line = SAVED.lines().nth(number).expect("a line");
        // A bracket that is not typed moves the rest into another section; what stands apart stays.
        if number > 3 && !line.contains(['{', '}']) {
            assert!(line.contains("\"name\"") || has("name"), "{text}");
            assert!(line.contains("baseDockerfile") || has("baseDockerfile"), "{text}");
        }
    }
}

#[test]
fn text_inside_is_changed_as_its_host_is_written() {
    for (kind, text, insert, expected) in [
        (
            FileKind::EnvironmentJson,
            SAVED,
            "RUN echo \"é\" \\\n  x\n",
            "ubuntu22.04\\nRUN echo \\\"é\\\" \\\\\\n  x\\nENV A",
        ),
        (
            FileKind::Runconfig,
            RUNCONFIG,
            "RUN echo \"é\" \\\n  x\n",
            "ubuntu22.04\n      RUN echo \"é\" \\\n        x\n      RUN pip",
        ),
    ] {
        let file = file(kind, text);
        let document = &file.dockerfiles()[0];
        let at = document.text.find('\n').expect("a line end") + 1;
        let edit = document
            .edit(file.path(), text, amlenv_syntax::TextRange::empty(at), insert)
            .expect("an edit that can be held");
        let after = [&text[..edit.range.start], &edit.text, &text[edit.range.end..]].concat();
        assert!(after.contains(expected), "{after}");
        let again = self::file(kind, &after);
        assert_eq!(
            again.dockerfiles()[0].text,
            [&document.text[..at], insert, &document.text[at..]].concat()
        );
    }
}

#[test]
fn images_are_completed_inside_definitions() {
    let marked = [
        (
            FileKind::EnvironmentJson,
            "{\"docker\": {\"baseImage\": \"mcr.microsoft.com/azureml/openmpi5$0\"}}",
        ),
        (
            FileKind::EnvironmentJson,
            "{\"docker\": {\"baseDockerfile\": \"RUN a\\nFROM mcr.microsoft.com/azureml/openmpi5$0\"}}",
        ),
        (
            FileKind::EnvironmentJson,
            "{\"docker\": {\"baseDockerfile\": \"FROM mcr.microsoft.com/azureml/openmpi5$0\n}}",
        ),
        (
            FileKind::Runconfig,
            "environment:\n  docker:\n    baseImage: mcr.microsoft.com/azureml/openmpi5$0\n",
        ),
        (
            FileKind::Runconfig,
            "environment:\n  docker:\n    baseDockerfile: |\n      # c\n      FROM mcr.microsoft.com/azureml/openmpi5$0\n      RUN a\n",
        ),
        (
            FileKind::Runconfig,
            "environment:\n  docker:\n    baseDockerfile: \"FROM mcr.microsoft.com/azureml/openmpi5$0\\nRUN a\"\n",
        ),
    ];
    for (kind, marked) in marked {
        let offset = marked.find("$0").expect("a cursor");
        let text = marked.replace("$0", "");
        let file = file(kind, &text);
        let path = file.path().clone();
        let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
        workspace.insert(Arc::new(file));
        let items = completions(&workspace, &path, offset).items;
        let item = items.iter().find(|item| item.edit.text.contains("openmpi5.0-ubuntu24.04")).expect(marked);
        let after = [&text[..item.edit.range.start], &item.edit.text, &text[item.edit.range.end..]].concat();
        assert!(after.contains("mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04"), "{after}");
        assert!(!after.contains("openmpi5mcr") && !after.contains("openmpi5openmpi"), "{after}");
    }
}
