//! What a role needs: for each, projects that lack exactly one thing, however the packages are written
//! down, and twins that have it in some way. The first are found, the second are silent.

use std::fs;

use crate::fixture::check;

type Files = Vec<(String, String)>;

const BASE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1";

/// How often the rule speaks of a project, as warning or error.
fn said(code: &str, files: &Files) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let report = check(folder.path(), &["."]);
    let findings = report["findings"].as_array().expect("findings");
    let wrong = |severity: &serde_json::Value| severity == "warning" || severity == "error";
    findings.iter().filter(|found| found["code"] == code && wrong(&found["severity"])).count()
}

fn file(path: &str, text: impl Into<String>) -> (String, String) {
    (path.to_owned(), text.into())
}

/// A v2 project in that role: what refers to the environment, with its script.
fn consumer(role: &str, environment: &str) -> Files {
    let schema = "$schema: https://azuremlschemas.azureedge.net/latest";
    let training = |script: &str, more: &str| {
        vec![
            file(
                "job.yml",
                format!(
                    "{schema}/commandJob.schema.json\ncode: src\ncommand: python train.py\nenvironment: {environment}\n{more}"
                ),
            ),
            file("src/train.py", script),
        ]
    };
    match role {
        "online" => vec![file(
            "deployment.yml",
            format!(
                "{schema}/managedOnlineDeployment.schema.json\nname: blue\nendpoint_name: churn\nmodel: azureml:churn:1\ncode_configuration:\n  code: src\n  scoring_script: score.py\nenvironment: {environment}\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
            ),
        )],
        "batch" => vec![file(
            "deployment.yml",
            format!(
                "{schema}/modelBatchDeployment.schema.json\nname: night\nendpoint_name: churn\ntype: model\nmodel: azureml:churn:1\ncode_configuration:\n  code: src\n  scoring_script: score.py\nenvironment: {environment}\ncompute: azureml:cluster\n"
            ),
        )],
        "mlflow" => training("import mlflow\n\nmlflow.log_metric('loss', 0.1)\n", ""),
        "sdk" => training("from azureml.core import Run\n\nRun.get_context()\n", ""),
        "interactive" => training("print(1)\n", "services:\n  lab:\n    type: jupyter_lab\n"),
        other => panic!("{other}"),
    }
}

fn conda(packages: &str) -> (String, String) {
    let list: String = packages.split_whitespace().map(|package| format!("      - {package}\n")).collect();
    file(
        "conda.yml",
        format!(
            "name: e\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n{list}"
        ),
    )
}

fn environment(text: &str) -> (String, String) {
    file("environment.yml", format!("name: e\n{text}"))
}

/// The ways to have these packages in an environment of v2.
fn ways(packages: &str, extra: &str) -> Vec<(&'static str, Files)> {
    let with_conda = || environment(&format!("image: {BASE}\nconda_file: conda.yml\n"));
    let built = || environment("build:\n  path: docker\n");
    let lines: String = packages.split_whitespace().map(|package| format!("{package}\n")).collect();
    vec![
        ("conda", vec![with_conda(), conda(packages)]),
        (
            "run",
            vec![built(), file("docker/Dockerfile", format!("FROM {BASE}\nRUN pip install {packages}\n"))],
        ),
        (
            "stages",
            vec![
                built(),
                file(
                    "docker/Dockerfile",
                    format!("FROM {BASE} AS base\nRUN pip install {packages}\nFROM base\nRUN mkdir /work\n"),
                ),
            ],
        ),
        (
            "list in a Dockerfile",
            vec![
                built(),
                file(
                    "docker/Dockerfile",
                    format!(
                        "FROM {BASE}\nCOPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt\n"
                    ),
                ),
                file("docker/requirements.txt", lines.clone()),
            ],
        ),
        ("list", vec![with_conda(), conda("-r-placeholder"), file("requirements.txt", lines)]),
        ("extra", vec![with_conda(), conda(extra)]),
    ]
}

/// The name of each role with the rule, what does not suffice, what does, and what does with an extra
/// or a specifier.
const ROLES: [(&str, &str, &str, &str, &str); 5] = [
    (
        "online",
        "AML201",
        "azureml-core numpy",
        "azureml-inference-server-http numpy",
        "azureml-defaults[async]~=1.62",
    ),
    (
        "batch",
        "AML202",
        "azureml-inference-server-http numpy",
        "azureml-core numpy",
        "azureml-defaults[async]~=1.62",
    ),
    ("mlflow", "AML203", "mlflow azureml-core", "mlflow azureml-mlflow", "azureml-mlflow[extra]==1.62.0"),
    ("sdk", "AML204", "mlflow azureml-mlflow", "azureml-sdk", "azureml-defaults[async]==1.62.0"),
    ("interactive", "AML206", "numpy", "ipykernel", "jupyterlab[all]==4.2.0"),
];

#[test]
fn what_a_role_needs_is_missed_and_found_however_it_is_written() {
    let mut complaints = Vec::new();
    for (role, code, lacking, having, extra) in ROLES {
        for reference in ["file:environment.yml", "azureml:e:1"] {
            let judge = |packages: &str, extra: &str, expected: usize, out: &mut Vec<String>| {
                for (way, mut files) in ways(packages, extra) {
                    for (_, text) in &mut files {
                        *text = text.replace("-r-placeholder", "-r requirements.txt");
                    }
                    files.extend(consumer(role, reference));
                    let count = said(code, &files);
                    if count != expected {
                        out.push(format!("{code} {role} {reference} {way} {packages}: {count}"));
                    }
                }
            };
            judge(lacking, lacking, 1, &mut complaints);
            judge(having, extra, 0, &mut complaints);
        }
        // A curated environment has what it needs, and of an image that nobody knows nothing is missing.
        let curated = "azureml://registries/azureml/environments/sklearn-1.5/labels/latest";
        if said(code, &consumer(role, curated)) != 0 {
            complaints.push(format!("{code} {role} curated"));
        }
        let mut unknown = consumer(role, "file:environment.yml");
        unknown.push(environment("image: contoso.azurecr.io/everything:1\n"));
        if said(code, &unknown) != 0 {
            complaints.push(format!("{code} {role} unknown image"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The same in SDK v1: `CondaDependencies`, the default packages, a Dockerfile in the code.
#[test]
fn the_same_holds_for_v1() {
    let script =
        file("src/run.py", "import mlflow\nfrom azureml.core import Run\n\nmlflow.log_metric('a', 1)\n");
    let consumers = [
        (
            "AML201",
            "from azureml.core.model import InferenceConfig\nInferenceConfig(entry_script='run.py', source_directory='src', environment=env)\n",
        ),
        (
            "AML202",
            "from azureml.pipeline.steps import ParallelRunConfig\nParallelRunConfig(environment=env, entry_script='run.py', source_directory='src')\n",
        ),
        (
            "AML203",
            "from azureml.core import ScriptRunConfig\nScriptRunConfig(source_directory='src', script='run.py', environment=env)\n",
        ),
        (
            "AML204",
            "from azureml.core import ScriptRunConfig\nScriptRunConfig(source_directory='src', script='run.py', environment=env)\n",
        ),
    ];
    let having = ["azureml-defaults", "azureml-core", "azureml-mlflow", "azureml-sdk"];
    for ((code, consumer), package) in consumers.into_iter().zip(having) {
        let project = |definition: &str| {
            let head = "from azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\n";
            vec![file("submit.py", format!("{head}{definition}{consumer}")), script.clone()]
        };
        let conda = |packages: &str| {
            project(&format!(
                "env = Environment('e')\nenv.python.conda_dependencies = CondaDependencies.create(pip_packages=[{packages}])\n"
            ))
        };
        let dockerfile = |packages: &str| {
            project(&format!(
                "env = Environment.from_dockerfile('e', 'FROM {BASE}\\nRUN pip install {packages}\\n')\n"
            ))
        };
        assert_eq!(said(code, &conda("'numpy'")), 1, "{code} conda");
        assert_eq!(said(code, &conda(&format!("'numpy', '{package}'"))), 0, "{code} conda");
        assert_eq!(said(code, &dockerfile("numpy")), 1, "{code} dockerfile");
        assert_eq!(said(code, &dockerfile(package)), 0, "{code} dockerfile");
        // What is added later counts, and what a variable holds may be anything.
        let added = format!(
            "conda = CondaDependencies.create(pip_packages=['numpy'])\nconda.add_pip_package('{package}')\nenv = Environment('e')\nenv.python.conda_dependencies = conda\n"
        );
        assert_eq!(said(code, &project(&added)), 0, "{code} added");
        assert_eq!(said(code, &conda("name")), 0, "{code} variable");
    }
}

/// An environment that code defines and hands on, by its variable, its name or its address.
#[test]
fn code_hands_environments_on_by_variable_name_and_address() {
    let v2 = |more: &str, given: &str, packages: &str| {
        let head =
            "from azure.ai.ml.entities import CodeConfiguration, Environment, ManagedOnlineDeployment\n";
        let spec = format!("{{'dependencies': ['python=3.12', 'pip', {{'pip': ['{packages}']}}]}}");
        let code = format!(
            "{head}spec = {spec}\nenv = Environment(name='e', version='1', image='{BASE}', conda_file=spec)\n{more}ManagedOnlineDeployment(name='blue', code_configuration=CodeConfiguration(code='src', scoring_script='run.py'), environment={given})\n"
        );
        vec![file("deploy.py", code), file("src/run.py", "print(1)\n")]
    };
    let v1 = |more: &str, given: &str, packages: &str| {
        let head = "from azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\nfrom azureml.core.model import InferenceConfig\n";
        let code = format!(
            "{head}env = Environment('e')\nenv.python.conda_dependencies = CondaDependencies.create(pip_packages=['{packages}'])\n{more}InferenceConfig('run.py', source_directory='src', environment={given})\n"
        );
        vec![file("deploy.py", code), file("src/run.py", "print(1)\n")]
    };
    let create = "new = ml_client.environments.create_or_update(env)\n";
    let mut complaints = Vec::new();
    for (more, given) in [
        ("", "env"),
        (create, "new"),
        (create, "new.id"),
        (create, "'azureml:e:1'"),
        (create, "'e@latest'"),
        (create, "f'azureml:{env.name}:{env.version}'"),
        (create, "env.name + ':' + env.version"),
        (create, "ml_client.environments.get('e', version='1')"),
    ] {
        for (packages, expected) in [("numpy", 1), ("azureml-inference-server-http", 0)] {
            if said("AML201", &v2(more, given, packages)) != expected {
                complaints.push(format!("v2 {given} {packages}"));
            }
        }
    }
    // What is not that environment is not known.
    for given in ["'azureml:e:2'", "f'azureml:{name}:1'", "other"] {
        assert_eq!(said("AML201", &v2(create, given, "numpy")), 0, "{given}");
    }
    for (more, given) in [
        ("env = env.register(ws)\n", "env"),
        ("env.register(ws)\n", "Environment.get(ws, 'e')"),
        ("env.register(ws)\n", "ws.environments['e']"),
    ] {
        for (packages, expected) in [("numpy", 1), ("azureml-defaults", 0)] {
            if said("AML201", &v1(more, given, packages)) != expected {
                complaints.push(format!("v1 {given} {packages}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Without a role nothing is missing: a conda file alone, an environment that nobody uses.
#[test]
fn without_a_role_nothing_is_missing() {
    let files = vec![environment(&format!("image: {BASE}\nconda_file: conda.yml\n")), conda("numpy")];
    for (_, code, ..) in ROLES {
        assert_eq!(said(code, &files), 0, "{code}");
    }
    // A comment gives it one.
    let mut named = files;
    named[0].1.insert_str(0, "# amlenv: role=online\n");
    assert_eq!(said("AML201", &named), 1);
}
