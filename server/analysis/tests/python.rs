//! What Python of both SDKs says of environments: values, states, roles, references.

use amlenv_analysis::model::{Environment, Initial, Value};
use amlenv_analysis::{File, FileKind, FilePath, Role};

fn read(source: &str) -> File {
    File::new(FilePath::new("/w/train.py"), FileKind::Python, source.into())
}

fn role(role: Option<Role>) -> &'static str {
    match role {
        None => "",
        Some(Role::Training) => " training",
        Some(Role::Online) => " online",
        Some(Role::Batch) => " batch",
        Some(Role::Interactive) => " interactive",
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::CondaPath(text) if text.templated => format!("~{}", text.value),
        Value::Text(text) => text.value.clone(),
        Value::CondaPath(text) => format!("file {}", text.value),
        Value::ContentOf(text) => format!("content of {}", text.value),
        Value::Cleared { .. } => "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::DefaultImage { gpu } => format!("default gpu={gpu}"),
        Value::Conda(spec) => {
            let names: Vec<&str> =
                spec.conda.iter().chain(&spec.pip).map(|found| found.name.as_str()).collect();
            format!("packages {}{}", names.join(" "), if spec.open { " …" } else { "" })
        }
        Value::Map => "mapping".to_owned(),
        Value::List => "list".to_owned(),
        Value::Opaque => "?".to_owned(),
    }
}

fn line(environment: &Environment) -> String {
    let mut out = match environment.initial {
        Initial::Empty => "new".to_owned(),
        Initial::V1Defaults => "v1".to_owned(),
        Initial::Unknown => "some".to_owned(),
    };
    out.push_str(role(environment.role));
    for assignment in &environment.assignments {
        let conditional = if assignment.path.is_empty() { "" } else { "?" };
        let name = assignment.field.name_in(environment.notation);
        out.push_str(&format!(" | {name}{conditional}={}", value(&assignment.value)));
    }
    out
}

/// Everything that a program says, one fact a line.
fn facts(source: &str) -> Vec<String> {
    let file = read(source);
    let mut out: Vec<String> = file.environments().map(line).collect();
    out.extend(file.uses().iter().map(|used| format!("uses {}{}", used.text.value, role(used.role))));
    out.extend(file.named_uses().iter().map(|used| {
        let version = used.version.as_ref().map_or("", |version| &version.value);
        format!("asks for {}:{version}{}", used.name.value, role(used.role))
    }));
    out
}

/// The image of the only environment, given an expression for it and lines before it.
fn image(before: &str, expression: &str) -> String {
    let source = format!(
        "import os, textwrap\nfrom pathlib import Path\nfrom azure.ai.ml.entities import Environment\n{before}\nenv = Environment(image={expression})\n"
    );
    let file = read(&source);
    let environment = file.environments().next().expect("an environment");
    value(&environment.assignments[0].value)
}

#[test]
fn constants_are_followed_where_they_are_certain() {
    for (before, expression, expected) in [
        ("A = 'a'", "A", "a"),
        ("A = 'a'\nB = A + ':1'\nC = B", "C", "a:1"),
        ("A: str = 'a'", "A", "a"),
        ("A = B = 'a'", "A + B", "aa"),
        ("A, B = 'a', 'b'", "B", "b"),
        ("A, B = 'a', 'b'\nA, B = B, A", "A", "b"),
        ("(A, [B, C]) = ('a', ['b', 'c'])", "C", "c"),
        ("A, *B = 'a', 'b'", "A", "?"),
        ("print(A := 'a')", "A", "a"),
        ("x and (A := 'a')", "A", "?"),
        ("A = 'a'\nA += 'b'", "A", "ab"),
        ("A = 'a'\nA *= 2", "A", "?"),
        ("A = 'a'\nif x:\n    A = 'b'", "A", "?"),
        ("if x:\n    A = 'b'", "A", "?"),
        ("A = 'a'\ndel A", "A", "?"),
        ("A = 'a'\nfor A in x:\n    pass", "A", "?"),
        ("A = 'a'\nwith x as A:\n    pass", "A", "?"),
        ("A = 'a'\nmatch x:\n    case A:\n        pass", "A", "?"),
        ("A = 'a'\ndef f():\n    global A\n    A = 'b'\nf()", "A", "?"),
        ("A = 'a'\ndef f():\n    A = 'b'", "A", "a"),
        ("A = 'a'\nfrom x import A", "A", "?"),
        ("class C:\n    A = 'a'", "C.A", "a"),
        ("class C:\n    A = 'a'\nC.A = 'b'", "C.A", "?"),
        ("class C(Enum):\n    A = 'a'", "C.A", "?"),
        ("class C:\n    A = 'a'\n    B = A + 'b'", "C.B", "ab"),
        ("A = A", "A", "?"),
        ("A = B\nB = A", "B", "?"),
        ("A = 'a' if x else 'a'", "A", "a"),
        ("A = 'a' if x else 'b'", "A", "?"),
        ("A = os.environ['A']", "A", "?"),
        ("A = os.getenv('A', 'b')", "A", "?"),
        ("A = os.getenv('A')", "f'x/{A}:1'", "~x/\u{fffc}:1"),
        ("P = Path('a') / 'b'", "str(P)", "a/b"),
        ("P = open('a').read()", "P", "content of a"),
        ("P = open('a', 'w')", "P.read()", "?"),
        ("A = None", "A", "nothing"),
        ("A = 'a'\ntry:\n    A = 'b'\nexcept Exception:\n    pass", "A", "?"),
        ("A = 'a'\nwhile x:\n    A = A + 'b'", "A", "?"),
    ] {
        assert_eq!(image(before, expression), expected, "{before:?} {expression:?}");
    }
}

#[test]
fn doubling_and_endless_names_cost_nothing() {
    let mut before = "A0 = 'aaaaaaaaaaaaaaaa'\n".to_owned();
    for at in 1..60 {
        before.push_str(&format!("A{at} = A{} + A{}\n", at - 1, at - 1));
    }
    assert_eq!(image(&before, "A59"), "?");
    let sum = format!("A = {}", vec!["'a'"; 5000].join(" + "));
    assert_eq!(image(&sum, "A").len(), 5000);
}

#[test]
fn functions_see_what_never_changes() {
    let program = |body: &str| {
        facts(&format!(
            "from azure.ai.ml.entities import Environment\nA = 'a'\nB = 'b'\nB = 'c'\ndef f(p):\n    {body}\n"
        ))
    };
    assert_eq!(program("Environment(image=A)"), ["new | image?=a"]);
    assert_eq!(program("Environment(image=B)"), ["new | image?=?"]);
    assert_eq!(program("Environment(image=p)"), ["new | image?=?"]);
    assert_eq!(program("return [Environment(image=A) for A in p]"), [""; 0]);
}

#[test]
fn classes_are_known_under_every_name() {
    for (imports, class) in [
        ("from azure.ai.ml.entities import Environment", "Environment"),
        ("from azure.ai.ml.entities import Environment as E", "E"),
        ("import azure.ai.ml.entities as e", "e.Environment"),
        ("import azure.ai.ml.entities", "azure.ai.ml.entities.Environment"),
        ("from azure.ai.ml import entities", "entities.Environment"),
        ("from azure.ai.ml.entities import *", "Environment"),
        ("from azure.ai.ml.entities import (\n    Environment,  # the class\n    Job,\n)", "Environment"),
    ] {
        assert_eq!(facts(&format!("{imports}\ne1 = {class}(image='a')\n")), ["new | image=a"], "{imports}");
    }
    for (imports, class) in [
        ("from azureml.core import Environment", "Environment"),
        ("from azureml.core import Environment as E", "E"),
        ("from azureml.core.environment import Environment", "Environment"),
        ("import azureml.core as ac", "ac.Environment"),
        ("import azureml.core", "azureml.core.Environment"),
        ("from azureml.core import *", "Environment"),
        ("", "Environment"),
    ] {
        let source = format!("{imports}\ne1 = {class}('n')\ne1.docker.base_image = 'a'\n");
        assert_eq!(facts(&source), ["v1 | name=n | base_image=a"], "{imports}");
    }
    for imports in ["from celery import Environment", "from jinja2 import *\nfrom gym import Environment"] {
        assert_eq!(facts(&format!("{imports}\ne1 = Environment(image='a')\n")), [""; 0], "{imports}");
    }
}

#[test]
fn sdk_v2_says_what_it_is_given() {
    let source = r#"
from azure.ai.ml import command, load_environment
from azure.ai.ml.entities import *
from azure.ai.ml.parallel import parallel_run_function, RunFunction
from mldesigner import command_component

context = BuildContext(path="docker")
context.dockerfile_path = "Dockerfile.train"
built = Environment(name="built", build=context)
typed = Environment(
    name="typed", image="python:3", os_type="linux", tags={"a": "b"}, version=3, description="d",
    conda_file={"channels": ["x"], "dependencies": ["python=3.10", "pip", {"pip": ["six", "numpy==1"]}]},
)
typed.conda_file = "conda.yml"
typed = ml_client.environments.create_or_update(typed)
job = command(command="x", environment=built)
other = command(command="x", environment="azureml:foo@latest")
other.environment = "azureml:bar:1"
inline = command(environment={"image": "ubuntu:24.04"})
online = ManagedOnlineDeployment(environment=typed, code_configuration=CodeConfiguration(code=".", scoring_script="s.py"))
batch = BatchDeployment(environment=load_environment(source="env.yml"))
kubernetes = KubernetesOnlineDeployment(environment=ml_client.environments.get("k", version="4"))
step = parallel_run_function(task=RunFunction(environment="azureml:par:1"))

@command_component(environment=dict(image="debian:12", conda_file="c.yml"))
def component(): ...
"#;
    assert_eq!(
        facts(source),
        [
            "new training | build.path=docker | build.dockerfile_path=Dockerfile.train | name=built | build=mapping",
            "new online | name=typed | image=python:3 | os_type=linux | tags=mapping | version=3 | description=d | conda_file=packages python pip six numpy | conda_file=file conda.yml",
            "new training | image=ubuntu:24.04",
            "new training | image=debian:12 | conda_file=file c.yml",
            "uses azureml:foo@latest training",
            "uses azureml:bar:1 training",
            "uses file:env.yml batch",
            "uses azureml:par:1 training",
            "asks for k:4 online",
        ]
    );
}

#[test]
fn sdk_v1_says_what_it_is_given() {
    let source = r#"
from azureml.core import Environment, ScriptRunConfig, RunConfiguration
from azureml.core.environment import DEFAULT_GPU_IMAGE, DockerSection
from azureml.core.model import InferenceConfig
from azureml.core.container_registry import ContainerRegistry

env = Environment("a")
docker = env.docker
docker.base_image = DEFAULT_GPU_IMAGE
env.python.interpreter_path = "/usr/bin/python"
env.environment_variables = {"A": "b"}
env.inferencing_stack_version = "latest"
src = ScriptRunConfig(environment=env)

section = DockerSection()
section.base_image = "x"
section.shm_size = "2g"
second = Environment(name="b")
second.docker = section
InferenceConfig(entry_script="s.py", environment=second)

curated = Environment.get(ws, "AzureML-Minimal", "3")
named = ws.environments["mine"]
run = RunConfiguration()
run.environment.docker.base_image = "y"
run.environment = curated
cloned = env.clone("c")
cloned.docker.base_dockerfile = open("Dockerfile").read()
registry = ContainerRegistry()
registry.password = os.environ["P"]
cloned.docker.base_image_registry = registry
folder = Environment.load_from_directory("envs")
made = Environment.from_docker_image("d", "image:1", conda_specification="conda.yml")
"#;
    assert_eq!(
        facts(source),
        [
            "v1 training | name=a | base_image=default gpu=true | python.interpreter_path=/usr/bin/python | environment_variables=mapping | inferencing_stack_version=latest",
            "v1 online | base_image=x | docker.shm_size=2g | name=b | docker=?",
            "v1 | base_image=y",
            "some | base_dockerfile=content of Dockerfile | base_image_registry.password=? | base_image_registry=mapping",
            "new | name=d | base_image=image:1 | conda_dependencies=file conda.yml",
            "asks for AzureML-Minimal:3 training",
            "asks for mine:",
        ]
    );
}

#[test]
fn what_a_function_returns_is_that_environment() {
    let source = r#"
from azureml.core import Environment

def make(name):
    made = Environment(name)
    made.docker.base_image = "a"
    return made

first = make("x")
first.docker.base_dockerfile = "FROM b\nRUN c"
second = make("y")
second.docker.base_image = "d"
"#;
    assert_eq!(
        facts(source),
        ["v1 | name?=? | base_image?=a | base_dockerfile=FROM b\nRUN c", "some | base_image=d"]
    );
}

#[test]
fn half_typed_assignments_say_nothing_and_are_no_absence() {
    let source = "from azure.ai.ml.entities import Environment\nenv = Environment(name='a')\nenv.image = \nenv.version = '1'\n";
    assert_eq!(facts(source), ["new | name=a | image=? | version=1"]);
}

#[test]
fn dockerfiles_are_read_in_every_dress() {
    let source = "
from azureml.core import Environment
import textwrap
BASE = 'python:3'
HEAD = f'FROM {BASE}\\n'
env = Environment('a')
env.docker.base_dockerfile = HEAD + 'RUN a\\n' + textwrap.dedent('''
    RUN b
    RUN c
    ''')
";
    let file = read(source);
    let [document] = file.dockerfiles() else { panic!("one Dockerfile") };
    assert_eq!(document.text, "FROM python:3\nRUN a\n\nRUN b\nRUN c\n");
    for (virtual_text, host_text) in [("python:3", "python:3"), ("RUN a", "RUN a"), ("RUN c", "RUN c")] {
        let at = document.text.find(virtual_text).expect("the text");
        let range = amlenv_syntax::TextRange::new(at, at + virtual_text.len());
        assert_eq!(document.host(range).slice(source), host_text);
        assert_eq!(document.offset(document.host(range).start), Some(at));
        let edit = document.edit(file.path(), source, range, "X").expect("an edit");
        let mut edited = source.to_owned();
        edited.replace_range(edit.range.start..edit.range.end, &edit.text);
        let again = read(&edited);
        let mut wanted = document.text.clone();
        wanted.replace_range(range.start..range.end, "X");
        assert_eq!(again.dockerfiles()[0].text, wanted);
    }
    // A change over two pieces has no one place.
    let from = document.text.find("3\nRUN").expect("a seam");
    let seam = amlenv_syntax::TextRange::new(from, from + 5);
    assert!(document.edit(file.path(), source, seam, "X").is_none());
}
