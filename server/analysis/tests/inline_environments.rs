//! Environments and references to them in every place of the v2 YAML schemas, with their roles.

use amlenv_analysis::model::Field;
use amlenv_analysis::{File, FileKind, FilePath, Role, classify};

fn file(text: &str) -> File {
    let path = FilePath::new("/w/a.yml");
    let kind = classify(&path, text).expect("a kind");
    File::new(path, kind, text.into())
}

/// The variable of each environment with its image or path, then the references.
fn found(text: &str) -> (Vec<(String, String)>, Vec<String>) {
    let file = file(text);
    let environments = file.environments().map(|environment| {
        let source = [Field::Image, Field::BuildPath, Field::Conda, Field::Other("docker.image".to_owned())]
            .iter()
            .find_map(|field| environment.last(field)?.value.known_text().map(|text| text.value.clone()));
        (environment.variable.clone().unwrap_or_default(), source.unwrap_or_default())
    });
    (environments.collect(), file.uses().iter().map(|used| used.text.value.clone()).collect())
}

fn schema(name: &str) -> String {
    format!("$schema: https://azuremlschemas.azureedge.net/latest/{name}.schema.json\n")
}

#[test]
fn every_place_of_a_pipeline_is_seen() {
    let text = schema("pipelineJob")
        + "type: pipeline
settings:
  environment: azureml:settings:1
jobs:
  plain:
    environment: {image: plain}
  inline:
    component:
      type: command
      environment:
        build: {path: inline}
  sweep:
    trial:
      environment: azureml:trial@latest
  parallel:
    task:
      environment:
        conda_file: parallel.yml
  nested:
    type: pipeline
    jobs:
      deep:
        environment: file:deep.yml
        inputs:
          environment: not one
        tags: {environment: neither}
  shared: &shared
    environment: azureml:shared:1
  merged:
    <<: *shared
";
    let (environments, uses) = found(&text);
    let own = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        environments,
        [
            own("jobs.plain.environment", "plain"),
            own("jobs.inline.component.environment", "inline"),
            own("jobs.parallel.task.environment", "parallel.yml"),
        ]
    );
    assert_eq!(
        uses,
        [
            "azureml:settings:1",
            "azureml:trial@latest",
            "file:deep.yml",
            "azureml:shared:1",
            "azureml:shared:1"
        ]
    );
    assert!(file(&text).uses().iter().all(|used| used.role == Some(Role::Training)));
}

#[test]
fn every_schema_with_an_environment_is_seen() {
    for (name, body, role) in [
        ("commandJob", "environment: azureml:a:1\n", Role::Training),
        ("sweepJob", "trial:\n  environment: azureml:a:1\n", Role::Training),
        ("commandComponent", "environment: azureml:a:1\n", Role::Training),
        ("parallelComponent", "task:\n  environment: azureml:a:1\n", Role::Training),
        ("sparkJob", "environment: azureml:a:1\n", Role::Training),
        ("pipelineComponent", "jobs:\n  b:\n    environment: azureml:a:1\n", Role::Training),
        (
            "schedule",
            "create_job:\n  type: pipeline\n  jobs:\n    b:\n      environment: azureml:a:1\n",
            Role::Training,
        ),
        ("managedOnlineDeployment", "environment: azureml:a:1\n", Role::Online),
        ("kubernetesOnlineDeployment", "environment: azureml:a:1\n", Role::Online),
        ("modelBatchDeployment", "environment: azureml:a:1\n", Role::Batch),
        ("batchDeployment", "environment: azureml:a:1\n", Role::Batch),
    ] {
        let file = file(&(schema(name) + body));
        let uses: Vec<Option<Role>> = file.uses().iter().map(|used| used.role).collect();
        assert_eq!(uses, [Some(role)], "{name}");
    }
    let text = schema("managedOnlineDeployment")
        + "code_configuration:\n  scoring_script: score.py\nenvironment:\n  image: a\n";
    let file = file(&text);
    let environment = file.environments().next().expect("an environment");
    assert_eq!((environment.role, environment.scoring_script), (Some(Role::Online), true));
    assert_eq!(file.kind(), FileKind::DeploymentYaml);
}

#[test]
fn the_layout_of_2021_keeps_its_facts() {
    let text = schema("commandJob") + "environment:\n  docker:\n    image: mcr.example/a:1\n";
    assert_eq!(found(&text).0, [("environment".to_owned(), "mcr.example/a:1".to_owned())]);
    let text = schema("environment") + "name: e\nbuild:\n  local_path: .\n";
    let file = file(&text);
    let environment = file.environments().next().expect("an environment");
    assert!(environment.has(&Field::Other("build.local_path".to_owned())));
}
