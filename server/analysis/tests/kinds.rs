//! What a file is taken for: by its content, with one file of each kind and one of everything that
//! only looks like it.

use amlenv_analysis::{FileKind, FilePath, classify, classify_named, may_be_relevant};

const IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1";

/// What a walk that meets the file makes of it.
fn found(path: &str, text: &str) -> Option<&'static str> {
    let path = FilePath::new(path);
    may_be_relevant(&path).then(|| classify(&path, text)).flatten().map(FileKind::as_str)
}

#[track_caller]
fn all(kind: Option<&str>, files: &[(&str, &str)]) {
    for (path, text) in files {
        assert_eq!(found(path, text), kind, "{path}\n{text}");
    }
}

#[test]
fn dockerfiles_go_by_their_name() {
    for name in [
        "Dockerfile",
        "dockerfile",
        "BaseDockerfile",
        "Dockerfile.gpu",
        "train.Dockerfile",
        "train.dockerfile",
        "Selenium-Dockerfile",
    ] {
        all(Some("dockerfile"), &[(name, "FROM a\n")]);
    }
    for name in
        ["Dockerfile.md", "Dockerfile.j2", ".dockerignore", "dockerfile_notes.txt", "Dockerfiles/x.sh"]
    {
        all(None, &[(name, "FROM a\n")]);
    }
}

#[test]
fn environments_and_conda_share_their_names() {
    let environment = format!("name: train\nimage: {IMAGE}\n");
    let build = "name: train\nversion: 1\nbuild:\n  path: .\n";
    let conda = "name: train\ndependencies:\n  - python=3.10\n";
    for name in ["environment.yml", "env.yaml", "train-env.yml", "spec.yaml"] {
        all(Some("environment-yaml"), &[(name, &environment), (name, build)]);
        all(
            Some("conda"),
            &[(name, conda), (name, "channels: [conda-forge]\ndependencies: [python=3.10, {pip: [a]}]\n")],
        );
    }
    all(
        Some("environment-yaml"),
        &[
            (
                "x.yml",
                "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: {{name}}\n",
            ),
            ("x.yml", "name: e\nconda_file: conda.yml\n"),
        ],
    );
}

#[test]
fn jobs_components_and_deployments_are_known() {
    let with_schema = |schema: &str| {
        format!(
            "$schema: https://azuremlschemas.azureedge.net/latest/{schema}.schema.json\nenvironment: azureml:a:1\n"
        )
    };
    for schema in [
        "commandJob",
        "pipelineJob",
        "sweepJob",
        "commandComponent",
        "pipelineComponent",
        "parallelComponent",
    ] {
        all(Some("job-yaml"), &[("a.yml", &with_schema(schema))]);
    }
    for schema in ["managedOnlineDeployment", "kubernetesOnlineDeployment", "batchDeployment"] {
        all(Some("deployment-yaml"), &[("a.yml", &with_schema(schema))]);
    }
    all(
        Some("job-yaml"),
        &[
            ("a.yml", "command: python train.py\nenvironment: azureml:a:1\n"),
            ("a.yml", "type: pipeline\njobs:\n  a:\n    environment: azureml:a@latest\n"),
        ],
    );
    all(
        Some("deployment-yaml"),
        &[("a.yml", "name: blue\nendpoint_name: e\nmodel: azureml:m:1\nenvironment: azureml:a:1\n")],
    );
}

#[test]
fn v1_definitions_and_run_configurations_are_known() {
    let docker =
        "{\"name\": \"e\", \"docker\": {\"baseImage\": \"a/b:1\", \"enabled\": false}, \"version\": null}";
    let python = "{\"name\": \"e\", \"python\": {\"userManagedDependencies\": true}}";
    for name in ["azureml_environment.json", "my_environment.json", "train-env.json"] {
        all(Some("environment-json"), &[(name, docker), (name, python)]);
    }
    // Half typed, it is still what its keys say.
    all(
        Some("environment-json"),
        &[("environment.json", "{\"docker\": {\"baseImage\": \"a,\n \"enabled\": tru\n")],
    );
    let yaml = "script: train.py\ntarget: cpu\nenvironment:\n  docker:\n    baseImage: a/b:1\n";
    let json =
        "{\"script\": \"train.py\", \"environment\": {\"python\": {\"condaDependenciesFile\": \"c.yml\"}}}";
    all(
        Some("runconfig"),
        &[
            (".azureml/train.runconfig", yaml),
            ("aml_config/local.runconfig", json),
            ("local.runconfig", "ArgumentVector: [train.py]\nTarget: local\nCondaDependenciesFile: c.yml\n"),
            ("runconfig.yml", yaml),
            ("run_env.json", json),
        ],
    );
}

#[test]
fn the_rest_is_known() {
    all(
        Some("requirements"),
        &[("requirements.txt", "a\n"), ("requirements-dev.txt", ""), ("dev-requirements.txt", "-r a.txt\n")],
    );
    all(
        Some("python"),
        &[
            ("a.py", "from azureml.core import Environment\n"),
            ("a.py", "from azure.ai.ml.entities import Environment\ne = Environment(image='a')\n"),
        ],
    );
    all(Some("notebook"), &[("a.ipynb", "{\"cells\": [], \"x\": \"from azureml.core import Environment\"}")]);
}

/// Each of them occurs in public repositories and must be left alone.
#[test]
fn look_alikes_are_left_alone() {
    all(
        None,
        &[
            // MLflow's.
            (
                "python_env.yaml",
                "python: 3.10.4\nbuild_dependencies:\n- pip==23.0\ndependencies:\n- -r requirements.txt\n",
            ),
            // An asset's own description, whose image is a mapping.
            (
                "environment.yaml",
                "name: e\nversion: auto\nimage:\n  name: azureml/curated/e\n  os: linux\n  context:\n    dir: context\n",
            ),
            (
                "asset.yaml",
                "name: e\nversion: auto\ntype: environment\nspec: spec.yaml\nextra_config: environment.yaml\n",
            ),
            // Amulet's.
            (
                "amulet.yaml",
                "description: d\nenvironment:\n  image: azureml/openmpi:1\n  conda_yaml_file: c.yml\njobs:\n- name: a\n  command: [python a.py]\n",
            ),
            (
                "docker-compose.yml",
                "name: stack\nservices:\n  web:\n    image: nginx\n    build:\n      path: .\n",
            ),
            ("ci.yml", "name: ci\non: push\njobs:\n  build:\n    environment: production\n    steps: []\n"),
            ("azure-pipelines.yml", "trigger: [main]\npool:\n  vmImage: ubuntu-latest\nsteps: []\nname: n\n"),
            (
                "Chart.yaml",
                "apiVersion: v2\nname: chart\nversion: 1.0.0\ndependencies:\n- name: redis\n  version: 1.0.0\n",
            ),
            (
                "pubspec.yaml",
                "name: app\nenvironment:\n  sdk: '>=2.0'\ndependencies:\n  flutter:\n    sdk: flutter\n",
            ),
            (
                "deployment.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: a}]}}}\n",
            ),
            (".gitlab-ci.yml", "image: python:3.10\nbuild:\n  script: [make]\nname: x\nstages: [build]\n"),
            (
                "data.yml",
                "$schema: https://azuremlschemas.azureedge.net/latest/data.schema.json\nname: d\npath: .\n",
            ),
            ("list.yml", "- name: a\n  image: b\n"),
            // A definition among other things.
            (
                "inferenceConfig.json",
                "{\"entryScript\": \"score.py\", \"environment\": {\"docker\": {\"baseImage\": \"a\"}}}",
            ),
            ("environment.json", "{\"env\": {\"A\": \"b\"}, \"docker\": {\"image\": \"a\"}}"),
            ("env.json", "{\"python\": {\"version\": \"3.10\"}}"),
            ("environment.prod.json", "{\"production\": true}"),
            ("package.json", "{\"name\": \"a\", \"docker\": {\"baseImage\": \"b\"}}"),
            ("a.py", "import os\n"),
            ("a.py", "from azureml.core import Workspace\n"),
            ("constraints.txt", "a==1\n"),
            ("a.ipynb", "{\"cells\": []}"),
        ],
    );
}

#[test]
fn a_name_is_enough_for_what_is_named_and_broken() {
    for (path, text, kind) in [
        ("environment.yml", "", Some("environment-yaml")),
        ("environment.yml", "name: [", Some("environment-yaml")),
        ("my-conda.yml", "", Some("conda")),
        ("azureml_environment.json", "", Some("environment-json")),
        ("azureml_environment.json", "{", Some("environment-json")),
        ("a.runconfig", "", Some("runconfig")),
        ("notes.txt", "", Some("requirements")),
        ("docker-compose.yml", "services: {}\n", None),
        ("package.json", "{", None),
        ("env.json", "{\"a\": 1}", None),
    ] {
        assert_eq!(classify_named(&FilePath::new(path), text).map(FileKind::as_str), kind, "{path} {text}");
    }
}
