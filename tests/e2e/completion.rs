//! Completion as an editor sees it: `$0` is the cursor, and accepting a proposal changes the text.

use serde_json::{Value, json};

use crate::client::{Client, apply};

/// What a client of today can do.
fn modern() -> Value {
    json!({"textDocument": {"completion": {"completionItem": {
        "snippetSupport": true,
        "commitCharactersSupport": true,
        "tagSupport": {"valueSet": [1]},
        "deprecatedSupport": true,
        "documentationFormat": ["markdown", "plaintext"],
        "resolveSupport": {"properties": ["documentation", "detail"]},
        "insertTextModeSupport": {"valueSet": [1, 2]},
    }}}})
}

/// A server with documents.
struct Editor {
    client: Client,
    opened: usize,
}

/// What came for a cursor.
struct Answer {
    text: String,
    list: Value,
}

impl Editor {
    fn new(capabilities: Value) -> Self {
        Self { client: Client::initialized(capabilities), opened: 0 }
    }

    /// Opens a text with a cursor as a file of that name in a folder of its own.
    fn ask(&mut self, name: &str, marked: &str) -> Answer {
        self.opened += 1;
        let uri = format!("file:///nowhere/{}/{name}", self.opened);
        self.ask_at(&uri, marked)
    }

    fn ask_at(&mut self, uri: &str, marked: &str) -> Answer {
        let (before, after) = marked.split_once("$0").expect("a cursor");
        let text = format!("{before}{after}");
        let extension = uri.rsplit('.').next().unwrap_or("");
        let language = match extension {
            "yml" | "yaml" => "yaml",
            "py" => "python",
            "json" => "json",
            "toml" => "toml",
            "txt" => "pip-requirements",
            "runconfig" => "yaml",
            _ => "dockerfile",
        };
        self.client.open(uri, language, &text);
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").encode_utf16().count();
        let list = self.client.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}),
        );
        Answer { text, list }
    }

    fn resolve(&mut self, item: &Value) -> Value {
        self.client.request("completionItem/resolve", item.clone())
    }
}

impl Answer {
    fn items(&self) -> &[Value] {
        self.list["items"].as_array().map_or(&[], Vec::as_slice)
    }

    fn labels(&self) -> Vec<&str> {
        self.items().iter().map(|item| item["label"].as_str().expect("a label")).collect()
    }

    #[track_caller]
    fn item(&self, label: &str) -> &Value {
        let found = self.items().iter().find(|item| item["label"] == label);
        found.unwrap_or_else(|| {
            panic!(
                "no {label} among {:?} for\n{}",
                self.labels().into_iter().take(20).collect::<Vec<_>>(),
                self.text
            )
        })
    }

    /// The text once a proposal is accepted; places to fill in stay as they are written.
    #[track_caller]
    fn accept(&self, label: &str) -> String {
        apply(&self.text, &self.item(label)["textEdit"])
    }

    /// Accepting a proposal gives this text.
    #[track_caller]
    fn gives(&self, label: &str, expected: &str) -> &Self {
        assert_eq!(self.accept(label), expected);
        self
    }

    #[track_caller]
    fn has_not(&self, labels: &[&str]) -> &Self {
        for label in labels {
            assert!(!self.labels().contains(label), "{label} is proposed for\n{}", self.text);
        }
        self
    }

    #[track_caller]
    fn is_empty(&self) {
        assert_eq!(self.labels(), Vec::<&str>::new(), "for\n{}", self.text);
    }

    #[track_caller]
    fn is(&self, labels: &[&str]) -> &Self {
        assert_eq!(self.labels(), labels, "for\n{}", self.text);
        self
    }
}

const IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04";
const REGISTRY: &str = "azureml://registries/azureml/environments/";

#[test]
fn dockerfile_instructions_and_flags() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    e.ask("Dockerfile", "FROM a:1\nWO$0\n").gives("WORKDIR", "FROM a:1\nWORKDIR\n");
    e.ask("Dockerfile", "FROM a:1\nco$0\n").gives("copy", "FROM a:1\ncopy\n");
    e.ask("Dockerfile", "FROM a:1\nWO$0RK /x\n").gives("WORKDIR", "FROM a:1\nWORKDIR /x\n");
    let answer = e.ask("Dockerfile", "FROM a:1\n$0");
    assert_eq!(answer.labels().last(), Some(&"MAINTAINER"), "deprecated ones are last");
    assert_eq!(answer.item("MAINTAINER")["tags"], json!([1]));
    assert!(
        answer.item("RUN")["documentation"]["value"].as_str().is_some_and(|text| text.contains("one layer"))
    );
    e.ask("Dockerfile", "FROM a:1\nONBUILD $0\n")
        .gives("RUN", "FROM a:1\nONBUILD RUN\n")
        .has_not(&["FROM", "ONBUILD"]);

    e.ask("Dockerfile", "FROM --$0 a:1\n").gives("--platform", "FROM --platform= a:1\n");
    e.ask("Dockerfile", "FROM --platform=li$0 a:1\n")
        .gives("linux/amd64", "FROM --platform=linux/amd64 a:1\n");
    e.ask("Dockerfile", "FROM a:1\nCOPY --ch$0 a b\n").gives("--chown", "FROM a:1\nCOPY --chown= a b\n");
    e.ask("Dockerfile", "FROM a:1\nCOPY --chown=x --$0 a b\n").has_not(&["--chown"]).item("--chmod");
    e.ask("Dockerfile", "FROM a:1\nRUN --mo$0").gives("--mount", "FROM a:1\nRUN --mount=");
    e.ask("Dockerfile", "FROM a:1\nRUN --mount=$0 pip").gives("type", "FROM a:1\nRUN --mount=type= pip");
    e.ask("Dockerfile", "FROM a:1\nRUN --mount=type=ca$0,target=/x a\n")
        .gives("cache", "FROM a:1\nRUN --mount=type=cache,target=/x a\n");
    e.ask("Dockerfile", "FROM a:1\nRUN --mount=type=cache,$0 a\n")
        .gives("sharing", "FROM a:1\nRUN --mount=type=cache,sharing= a\n")
        .has_not(&["type", "env"]);
    e.ask("Dockerfile", "FROM a:1\nRUN --mount=type=cache,sharing=l$0\n").item("locked");
    e.ask("Dockerfile", "FROM a:1\nHEALTHCHECK --$0 CMD x\n").item("--interval");
    e.ask("Dockerfile", "FROM a:1\nHEALTHCHECK $0").gives("NONE", "FROM a:1\nHEALTHCHECK NONE");
    // Flags stand in front of all else.
    e.ask("Dockerfile", "FROM a:1\nCOPY a --$0 b\n").is_empty();
}

#[test]
fn dockerfile_images_stages_and_values() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    e.ask("Dockerfile", "FROM $0").gives(IMAGE, &format!("FROM {IMAGE}"));
    e.ask("Dockerfile", "FROM openmpi4.1.0-ubuntu2$0 AS x\n").gives(IMAGE, &format!("FROM {IMAGE} AS x\n"));
    let answer = e.ask("Dockerfile", "FROM openmpi4.1$0\n");
    assert_eq!(answer.item(IMAGE)["filterText"], "openmpi4.1.0-ubuntu22.04");
    assert_eq!(answer.item(IMAGE)["commitCharacters"], json!([":", "@"]));
    let answer = e.ask("Dockerfile", &format!("FROM {IMAGE}:2026$0.v1\n"));
    answer.gives("20260715.v1", &format!("FROM {IMAGE}:20260715.v1\n"));
    e.ask("Dockerfile", "FROM a:1 A$0\n").gives("AS", "FROM a:1 AS\n");

    let stages = "FROM a:1 AS one\nFROM b:1 AS two\n";
    let answer = e.ask("Dockerfile", &format!("{stages}COPY --from=$0 /x /y\n"));
    answer.is(&["one"]).gives("one", &format!("{stages}COPY --from=one /x /y\n"));
    e.ask("Dockerfile", &format!("{stages}FROM o$0\n")).gives("two", &format!("{stages}FROM two\n"));
    e.ask("Dockerfile", &format!("{stages}RUN --mount=type=bind,from=$0 a\n")).is(&["one"]);

    e.ask("Dockerfile", "FROM a:1\nUSER $0").is(&["root", "dockeruser"]);
    e.ask("Dockerfile", "FROM a:1\nEXPOSE 5$0\n").gives("5001", "FROM a:1\nEXPOSE 5001\n");
    e.ask("Dockerfile", "FROM a:1\nCMD $0\n")
        .gives("[\"runsvdir\", \"/var/runit\"]", "FROM a:1\nCMD [\"runsvdir\", \"/var/runit\"]\n");
    e.ask("Dockerfile", "FROM a:1\nSTOPSIGNAL S$0\n").item("SIGTERM");
    e.ask("Dockerfile", "FROM a:1\nSHELL $0\n").item("[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]");
    e.ask("Dockerfile", "FROM a:1\nENV AZUREML_C$0\n").gives(
        "AZUREML_CONDA_ENVIRONMENT_PATH",
        "FROM a:1\nENV AZUREML_CONDA_ENVIRONMENT_PATH=${1:/azureml-envs/env}\n",
    );
    e.ask("Dockerfile", "FROM a:1\nENV A=1 AML_A$0PP=x\n")
        .gives("AML_APP_ROOT", "FROM a:1\nENV A=1 AML_APP_ROOT=x\n");
    e.ask("Dockerfile", "ARG BASE=1\nFROM a:1\nARG OTHER\nARG $0\n")
        .gives("BASE", "ARG BASE=1\nFROM a:1\nARG OTHER\nARG BASE\n")
        .has_not(&["OTHER"])
        .item("TARGETPLATFORM");
}

#[test]
fn dockerfile_variables_and_shell_text() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let head = "ARG TAG=1\nFROM a:1\nARG MINE=x\nENV ROOT=/opt\n";
    let answer = e.ask("Dockerfile", &format!("{head}WORKDIR $0/b\n").replace("$0", "$RO$0"));
    answer.gives("ROOT", &format!("{head}WORKDIR $ROOT/b\n"));
    assert_eq!(answer.item("ROOT")["detail"], "/opt");
    e.ask("Dockerfile", &format!("{head}WORKDIR ${{$0\n"))
        .gives("MINE", &format!("{head}WORKDIR ${{MINE}}\n"));
    e.ask("Dockerfile", &format!("{head}WORKDIR ${{M$0}}/x\n"))
        .gives("MINE", &format!("{head}WORKDIR ${{MINE}}/x\n"));
    e.ask("Dockerfile", &format!("{head}RUN echo $$0\n")).item("ROOT");
    // Before the first stage nothing but what stands there is seen.
    e.ask("Dockerfile", "ARG TAG=1\nFROM a:$$0\n")
        .gives("TAG", "ARG TAG=1\nFROM a:$TAG\n")
        .has_not(&["ROOT"]);

    e.ask("Dockerfile", "FROM a:1\nRUN pip install azureml-ml$0\n")
        .gives("azureml-mlflow", "FROM a:1\nRUN pip install azureml-mlflow\n");
    e.ask("Dockerfile", "FROM a:1\nRUN pip install --no-cache-dir \\\n    numpy \\\n    $0\n").item("pandas");
    e.ask("Dockerfile", "FROM a:1\nRUN apt-get update && pip install 'azureml-core==1.6$0' && x\n")
        .item("1.60.0");
    e.ask("Dockerfile", "FROM a:1\nRUN conda install -y $0").item("pytorch");
    e.ask("Dockerfile", "FROM a:1\nRUN <<EOF\npip install nu$0\nEOF\n").item("numpy");
    // Everything else of a shell is the shell's.
    e.ask("Dockerfile", "FROM a:1\nRUN echo nu$0\n").is_empty();
    e.ask("Dockerfile", "FROM a:1\nRUN apt-get install gi$0\n").is_empty();
    e.ask("Dockerfile", "FROM a:1\nRUN pip install -r $0\n").is_empty();
    e.ask("Dockerfile", "FROM a:1\nRUN pip install numpy && ec$0\n").is_empty();
    e.ask("Dockerfile", "FROM a:1\nCOPY <<EOF /x\nFRO$0\nEOF\n").is_empty();
    e.ask("Dockerfile", "FROM a:1\n# RU$0\n").is_empty();
    e.ask("Dockerfile", "# syntax=doc$0\nFROM a:1\n").is_empty();
    // A continued line is no place for an instruction.
    e.ask("Dockerfile", "FROM a:1\nRUN echo a \\\n    $0\n").has_not(&["RUN", "COPY"]);
    let answer = e.ask("Dockerfile", "FROM a:1\nRUN $0\n");
    assert_eq!(answer.item("apt-get install")["insertTextFormat"], 2);
}

#[test]
fn environment_yaml() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let answer = e.ask("environment.yml", "name: e\nim$0\n");
    answer.gives("image", "name: e\nimage: \n").has_not(&["name"]);
    // Only what still fits.
    e.ask("environment.yml", "name: e\nimage: a:1\n$0\n").has_not(&["build", "image"]).item("conda_file");
    e.ask("environment.yml", "name: e\nbuild:\n  path: .\n$0").has_not(&["image", "conda_file"]);
    e.ask("environment.yml", "na$0me: e\nimage: a:1\n").gives("name", "name: e\nimage: a:1\n");
    e.ask("environment.yml", "name: e\nname: f\nimage: a:1\nos$0\n")
        .gives("os_type", "name: e\nname: f\nimage: a:1\nos_type: \n");
    e.ask("environment.yml", "name: e\nbu$0").gives("build", "name: e\nbuild:\n  ");
    e.ask("environment.yml", "name: e\nbuild:\n  $0\n").is(&["path", "dockerfile_path"]);
    e.ask("environment.yml", "name: e\nbuild:\n  path: .\n  $0\n").is(&["dockerfile_path"]);
    e.ask("environment.yml", "name: e\nbuild: {path: ., $0}\n").is(&["dockerfile_path"]);
    e.ask("environment.yml", "name: e\nimage: a:1\ninference_config:\n  scoring_route:\n    p$0\n")
        .is(&["path", "port"]);
    e.ask("environment.yml", "name: e\nimage: a:1\nos_type:$0")
        .gives("linux", "name: e\nimage: a:1\nos_type: linux");
    e.ask("environment.yml", "name: e\nimage: a:1\nos_type: \"$0\"")
        .gives("linux", "name: e\nimage: a:1\nos_type: \"linux\"");
    e.ask("environment.yml", "$schema: $0\nname: e\nimage: a\n")
        .item("https://azuremlschemas.azureedge.net/latest/environment.schema.json");

    e.ask("environment.yml", "name: e\nimage:$0").gives(IMAGE, &format!("name: e\nimage: {IMAGE}"));
    e.ask("environment.yml", "name: e\nimage:\t$0\n").gives(IMAGE, &format!("name: e\nimage:\t{IMAGE}\n"));
    e.ask("environment.yml", "name: e\nimage: 'op$0' # why\n")
        .gives(IMAGE, &format!("name: e\nimage: '{IMAGE}' # why\n"));
    e.ask("environment.yml", &format!("name: e\r\nimage: {IMAGE}:$0\r\nos_type: linux\r\n"))
        .gives("20260715.v1", &format!("name: e\r\nimage: {IMAGE}:20260715.v1\r\nos_type: linux\r\n"));
    // A conda file in place.
    let inline = "name: e\nimage: a:1\nconda_file:\n  dependencies:\n    - python=3.11\n    - pip:\n";
    e.ask("environment.yml", &format!("{inline}      - azureml-ml$0\n"))
        .gives("azureml-mlflow", &format!("{inline}      - azureml-mlflow\n"));
    e.ask("environment.yml", "name: e\nimage: a:1\nconda_file:\n  cha$0\n")
        .gives("channels", "name: e\nimage: a:1\nconda_file:\n  channels:\n    - \n");
    // What needs a lot brings it.
    let whole =
        e.ask("environment.yml", "name: e\nimage: a:1\ninf$0\n").accept("inference_config with its routes");
    assert!(whole.ends_with("  scoring_route:\n    path: ${5:/score}\n    port: ${6:5001}\n"), "{whole}");
    // Nothing belongs here.
    e.ask("environment.yml", "name: e\nimage: a # $0\n").is_empty();
    e.ask("environment.yml", "name: e\nimage: a:1\ndescription: |\n  im$0\n").is_empty();
    e.ask("environment.yml", "name: $0\nimage: a:1\n").is_empty();
    e.ask("environment.yml", "name: e\nimage: a:1\ntags:\n  $0\n").is_empty();
    // Whole definitions where there is none.
    let answer = e.ask("environment.yml", "$0");
    assert!(answer.accept("environment from a Dockerfile").contains("build:\n  path: ${2:.}\n"));
    assert_eq!(answer.item("environment from a Dockerfile")["insertTextMode"], 1);
}

#[test]
fn job_component_and_pipeline_yaml() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    // Before its schema is named, a file may become anything.
    e.ask("any.yml", "$schema: $0\n")
        .item("https://azuremlschemas.azureedge.net/latest/environment.schema.json");
    e.ask("any.yml", "$schema: https://azureml$0\n")
        .item("https://azuremlschemas.azureedge.net/latest/commandJob.schema.json");
    e.ask("any.yml", "$schema: https://example.org/$0\n").is_empty();
    let head = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\n";
    e.ask("job.yml", &format!("{head}envi$0\n")).gives("environment", &format!("{head}environment: \n"));
    e.ask("job.yml", &format!("{head}distribution:\n  type: $0\n")).is(&[
        "pytorch",
        "mpi",
        "tensorflow",
        "ray",
    ]);
    e.ask("job.yml", &format!("{head}services:\n  mine:\n    type: $0\n")).item("jupyter_lab");
    e.ask("job.yml", &format!("{head}inputs:\n  data:\n    type: uri_$0\n"))
        .gives("uri_file", &format!("{head}inputs:\n  data:\n    type: uri_file\n"));
    e.ask("job.yml", &format!("{head}inputs:\n  data: {{type: uri_$0}}\n"))
        .gives("uri_file", &format!("{head}inputs:\n  data: {{type: uri_file}}\n"));
    e.ask("job.yml", &format!("{head}environment:\n  im$0\n"))
        .gives("image", &format!("{head}environment:\n  image: \n"));
    e.ask("job.yml", &format!("{head}environment: {{image: $0}}\n")).item(IMAGE);
    e.ask(
        "job.yml",
        &format!("{head}environment:\n  image: a:1\n  conda_file:\n    dependencies:\n      - nump$0\n"),
    )
    .item("numpy");
    let curated = format!("{REGISTRY}sklearn-1.5/labels/latest");
    let answer = e.ask("job.yml", &format!("{head}environment: $0\ncompute: azureml:c\n"));
    answer.gives(&curated, &format!("{head}environment: {curated}\ncompute: azureml:c\n"));
    assert_eq!(answer.list["isIncomplete"], true, "another spelling may be meant");
    assert_eq!(e.ask("job.yml", &format!("{head}environment: {REGISTRY}$0\n")).list["isIncomplete"], false);
    e.ask("job.yml", &format!("{head}environment: {REGISTRY}skl$0earn-1.5/versions/3\n"))
        .gives(&curated, &format!("{head}environment: {curated}\n"));
    e.ask("job.yml", &format!("{head}environment: azureml:AzureML-sklearn-1.5@$0"))
        .is(&["azureml:AzureML-sklearn-1.5@latest"]);
    e.ask("job.yml", &format!("{head}environment: \"azureml:AzureML-sklearn-1.5:$0\""))
        .item("azureml:AzureML-sklearn-1.5:50");

    let pipeline = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n  train:\n    type: command\n";
    e.ask("pipeline.yml", &format!("{pipeline}    environment: $0\n")).item(&curated);
    e.ask("pipeline.yml", &format!("{pipeline}    $0\n")).has_not(&["type"]).item("component");
    e.ask(
        "pipeline.yml",
        "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\nsettings:\n  d$0\n",
    )
    .item("default_compute");
    let component =
        "$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\nname: c\n";
    e.ask("component.yml", &format!("{component}is_$0\n")).item("is_deterministic");
    e.ask("component.yml", &format!("{component}environment: $0\n")).item(&curated);
    e.ask("job.yml", &format!("{head}command: pyth$0\n")).is_empty();
    e.ask("job.yml", &format!("{head}# env$0\n")).is_empty();
}

#[test]
fn deployment_yaml() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let head = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n";
    e.ask("deployment.yml", &format!("{head}code$0\n"))
        .gives("code_configuration", &format!("{head}code_configuration:\n  \n"));
    e.ask("deployment.yml", &format!("{head}environment: $0\n"))
        .item(&format!("{REGISTRY}sklearn-1.5/labels/latest"));
    e.ask("deployment.yml", &format!("{head}environment:\n  image: $0\n")).item(IMAGE);
    e.ask("deployment.yml", &format!("{head}environment:\n  image: a\n  inference_config:\n    $0\n")).is(&[
        "liveness_route",
        "readiness_route",
        "scoring_route",
    ]);
    e.ask("deployment.yml", &format!("{head}egress_public_network_access: $0\n"))
        .is(&["enabled", "disabled"]);
    e.ask("deployment.yml", &format!("{head}app_insights_enabled: $0\n")).is(&["true", "false"]);
    let batch = "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\nname: b\n";
    e.ask("batch.yml", &format!("{batch}settings:\n  output_action: $0\n"))
        .is(&["append_row", "summary_only"]);
    e.ask("batch.yml", &format!("{batch}$0\n")).has_not(&["instance_type", "name"]).item("compute");
}

#[test]
fn conda_and_requirements() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let conda = "name: e\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n";
    e.ask("conda.yml", &format!("{conda}va$0\n")).is(&["prefix", "variables"]);
    e.ask("conda.yml", &format!("{conda}  - sci$0\n"))
        .gives("scikit-learn", &format!("{conda}  - scikit-learn\n"));
    e.ask("conda.yml", &format!("{conda}  - $0\n")).gives("pip:", &format!("{conda}  - pip:\n      - \n"));
    e.ask("conda.yml", &format!("{conda}  - pip\n  - pip:\n    - azure-ai$0-ml==1.0\n"))
        .gives("azure-ai-ml", &format!("{conda}  - pip\n  - pip:\n    - azure-ai-ml==1.0\n"));
    e.ask("conda.yml", &format!("{conda}  - pip:\n      - azureml-core==$0\n")).item("1.60.0");
    e.ask("conda.yml", "channels:\n  - $0\ndependencies:\n  - python=3.11\n")
        .gives("nvidia", "channels:\n  - nvidia\ndependencies:\n  - python=3.11\n");
    e.ask("conda.yml", "channels:\n  $0\ndependencies:\n  - python=3.11\n")
        .gives("nvidia", "channels:\n  - nvidia\ndependencies:\n  - python=3.11\n");
    e.ask("conda.yml", "channels: [conda-forge, $0]\ndependencies:\n  - python=3.11\n")
        .gives("nvidia", "channels: [conda-forge, nvidia]\ndependencies:\n  - python=3.11\n");
    let answer = e.ask("conda.yml", "dependencies:\n  - python=$0\n  - pip\n");
    answer.gives("3.12", "dependencies:\n  - python=3.12\n  - pip\n");
    assert_eq!(answer.item("3.9")["tags"], json!([1]));
    assert_eq!(answer.labels().first(), Some(&"3.14"));
    e.ask("conda.yml", "dependencies:\n  - python=3.11 # $0\n").is_empty();
    e.ask("conda.yml", "dependencies:\n  -$0 python=3.11\n").is_empty();

    let answer = e.ask("requirements.txt", "numpy\nazureml-inf$0\n");
    answer.gives("azureml-inference-server-http", "numpy\nazureml-inference-server-http\n");
    assert_eq!(answer.labels().last(), Some(&"azureml-contrib-services"), "deprecated ones are last");
    e.ask("requirements.txt", "azureml-cor$0e==1.60.0\n").gives("azureml-core", "azureml-core==1.60.0\n");
    e.ask("requirements.txt", "azureml-core>=1.5, <$0").item("1.60.0");
    e.ask("requirements.txt", "azureml-core==1.6$00.0 ; x\n").gives("1.59.0", "azureml-core==1.59.0 ; x\n");
    e.ask("requirements.txt", "inference-schema[$0]\n")
        .gives("numpy-support", "inference-schema[numpy-support]\n");
    e.ask("requirements.txt", "inference-schema[numpy-support,$0\n").is(&["pandas-support"]);
    e.ask("requirements.txt", "--ex$0\n").gives("--extra-index-url", "--extra-index-url \n");
    e.ask("requirements.txt", "numpy # $0\n").is_empty();
    e.ask("requirements.txt", "# nu$0\n").is_empty();
}

const V1: &str = "from azureml.core import Environment, ScriptRunConfig\nfrom azureml.core.conda_dependencies import CondaDependencies\nenv = Environment(\"e\")\n";

#[test]
fn python_of_sdk_v1() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    e.ask("a.py", &format!("{V1}env.$0\nx = 1\n")).item("docker");
    let answer = e.ask("a.py", &format!("{V1}env.docker.$0\n"));
    answer.gives("base_image", &format!("{V1}env.docker.base_image\n"));
    assert_eq!(answer.item("enabled")["tags"], json!([1]));
    assert_eq!(answer.labels().last(), Some(&"gpu_support"));
    e.ask("a.py", &format!("{V1}env.docker.base_im$0 = None\n"))
        .gives("base_image", &format!("{V1}env.docker.base_image = None\n"));
    e.ask("a.py", &format!("{V1}env.docker.base_image_registry.$0")).is(&[
        "registry_identity",
        "address",
        "username",
        "password",
    ]);
    e.ask("a.py", &format!("{V1}env.python.u$0")).item("user_managed_dependencies");
    e.ask("a.py", &format!("{V1}env.python.user_managed_dependencies = $0")).is(&["True", "False"]);
    e.ask("a.py", &format!("{V1}e = Environment.from_$0"))
        .gives("from_docker_image", &format!("{V1}e = Environment.from_docker_image($0)"));
    e.ask("a.py", &format!("{V1}e = Environment.get(ws, name=\"$0\")\n")).item("AzureML-sklearn-1.5");
    e.ask("a.py", &format!("{V1}e = Environment.get(ws, \"$0\n")).item("AzureML-sklearn-1.5");
    // Strings, closed or not, in the middle of one.
    e.ask("a.py", &format!("{V1}env.docker.base_image = \"$0"))
        .gives(IMAGE, &format!("{V1}env.docker.base_image = \"{IMAGE}"));
    e.ask("a.py", &format!("{V1}env.docker.base_image = '{IMAGE}:$0'\n"))
        .gives("20260715.v1", &format!("{V1}env.docker.base_image = '{IMAGE}:20260715.v1'\n"));
    e.ask("a.py", &format!("{V1}env.docker.base_image = $0\n"))
        .gives(IMAGE, &format!("{V1}env.docker.base_image = \"{IMAGE}\"\n"))
        .item("None");
    e.ask("a.py", &format!("{V1}e = Environment.from_docker_image(\"x\", \"$0\")\n")).item(IMAGE);
    e.ask("a.py", &format!("{V1}e = Environment.from_docker_image(\n    name=\"x\",\n    $0\n)\n"))
        .gives(
            "image",
            &format!("{V1}e = Environment.from_docker_image(\n    name=\"x\",\n    image=\"$1\"\n)\n"),
        )
        .has_not(&["name"]);
    e.ask("a.py", &format!("{V1}c = CondaDependencies.create(pip_packages=[\"azureml-ml$0\"])\n"))
        .item("azureml-mlflow");
    e.ask("a.py", &format!("{V1}c = CondaDependencies.create(conda_packages=[\"numpy\", \"sci$0\n"))
        .item("scikit-learn");
    e.ask("a.py", &format!("{V1}c = CondaDependencies()\nc.add_pip_package(\"nu$0\")\n")).item("numpy");
    e.ask("a.py", &format!("{V1}r = ScriptRunConfig(source_directory=\".\", $0)\n"))
        .has_not(&["source_directory"])
        .item("environment");
    // Plain strings, comments, other objects.
    e.ask("a.py", &format!("{V1}x = \"mcr.$0\"\n")).is_empty();
    e.ask("a.py", &format!("{V1}# env.docker.$0\n")).is_empty();
    e.ask("a.py", &format!("{V1}other.$0\n")).is_empty();
    e.ask("a.py", &format!("{V1}print(\"$0\")\n")).is_empty();
    e.ask("a.py", &format!("{V1}x$0\n")).is_empty();
}

const V2: &str =
    "from azure.ai.ml import command\nfrom azure.ai.ml.entities import BuildContext, Environment\n";

#[test]
fn python_of_sdk_v2() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    e.ask("a.py", &format!("{V2}env = Environment($0)\n"))
        .gives("image", &format!("{V2}env = Environment(image=\"$1\")\n"));
    e.ask("a.py", &format!("{V2}env = Environment(image=\"a\", $0"))
        .has_not(&["image", "build"])
        .item("conda_file");
    e.ask("a.py", &format!("{V2}env = Environment(\n    na$0=\"x\",\n    image=\"a\",\n)\n"))
        .gives("name", &format!("{V2}env = Environment(\n    name=\"x\",\n    image=\"a\",\n)\n"));
    e.ask("a.py", &format!("{V2}env = Environment(image=\"op$0\")\n"))
        .gives(IMAGE, &format!("{V2}env = Environment(image=\"{IMAGE}\")\n"));
    e.ask("a.py", &format!("{V2}env = Environment(image=\"op$0)\nx = 1\n"))
        .gives(IMAGE, &format!("{V2}env = Environment(image=\"{IMAGE})\nx = 1\n"));
    e.ask("a.py", &format!("{V2}env = Environment(image=$0)\n"))
        .gives(IMAGE, &format!("{V2}env = Environment(image=\"{IMAGE}\")\n"));
    e.ask("a.py", &format!("{V2}env = Environment(os_type='$0')\n")).is(&["linux", "windows"]);
    e.ask("a.py", &format!("{V2}env = Environment(build=BuildContext($0))\n"))
        .is(&["path", "dockerfile_path"]);
    e.ask("a.py", &format!("{V2}env = Environment(image='a')\nenv.$0\n")).item("conda_file");
    let curated = format!("{REGISTRY}sklearn-1.5/labels/latest");
    e.ask("a.py", &format!("{V2}job = command(command='x', environment=\"$0\")\n")).item(&curated);
    e.ask("a.py", &format!("{V2}job = command(command='x', environment=\"azureml:$0\n"))
        .item("azureml:AzureML-sklearn-1.5@latest");
    e.ask("a.py", &format!("{V2}job = command(\n    command='x',\n    env$0\n)\n")).item("environment");
    e.ask("a.py", &format!("{V2}job = command(command='$0')\n")).is_empty();
    e.ask("a.py", &format!("{V2}x = unknown($0)\n")).is_empty();
}

#[test]
fn definitions_and_run_configurations() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let json = "{\n  \"name\": \"e\",\n  \"docker\": {\n    \"baseImage\": \"$0\"\n  }\n}\n";
    e.ask("azureml_environment.json", json).gives(IMAGE, &json.replace("$0", IMAGE));
    e.ask("azureml_environment.json", "{\"docker\": {\"baseImage\": null, \"$0\"}}")
        .gives("platform", "{\"docker\": {\"baseImage\": null, \"platform\"}}")
        .has_not(&["baseDockerfile", "baseImage"]);
    e.ask("azureml_environment.json", "{\"docker\": {\"baseDockerfile\": null}, $0}")
        .gives("python", "{\"docker\": {\"baseDockerfile\": null}, \"python\": {$0\\}}");
    e.ask("azureml_environment.json", "{\"docker\": {\"buildContext\": {\"locationType\": \"$0\"}}}")
        .is(&["git", "storageAccount"]);
    e.ask("azureml_environment.json", "{\"python\": {\"userManagedDependencies\": $0}}")
        .is(&["true", "false"]);
    e.ask("azureml_environment.json", "{\"docker\": {\"baseImage\": $0}}")
        .gives(IMAGE, &format!("{{\"docker\": {{\"baseImage\": \"{IMAGE}\"}}}}"));
    e.ask(
        "azureml_environment.json",
        "{\"python\": {\"condaDependencies\": {\"dependencies\": [{\"pip\": [\"azureml-ml$0\"]}]}}}",
    )
    .item("azureml-mlflow");
    let run = "script: a.py\nenvironment:\n  docker:\n    baseImage: $0\n";
    e.ask("a.runconfig", run).gives(IMAGE, &run.replace("$0", IMAGE));
    e.ask("a.runconfig", "script: a.py\ncommunicator: $0\nenvironment:\n  docker:\n    baseImage: a\n")
        .item("OpenMpi");
    e.ask("a.runconfig", "script: a.py\nenvironment:\n  docker:\n    base_image: a\n  python:\n    $0\n")
        .item("condaDependencies");
}

#[test]
fn configuration_and_suppressions() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    e.ask("amlenv.toml", "sel$0\n").gives("select", "select = [$0]\n");
    e.ask("amlenv.toml", "ignore = [\"AML3$0\"]\n").gives("AML301", "ignore = [\"AML301\"]\n");
    e.ask("amlenv.toml", "ignore = [\"AML301\", $0]\n")
        .gives("AML302", "ignore = [\"AML301\", \"AML302\"]\n")
        .has_not(&["AML301"]);
    e.ask("amlenv.toml", "ignore = [\n  \"AML301\",\n  \"$0\n]\n").item("AML302");
    e.ask("amlenv.toml", "fail-on = \"$0\"\n").is(&["error", "warning", "information", "hint", "never"]);
    e.ask("amlenv.toml", "companion = $0\n").is(&["true", "false"]);
    e.ask("amlenv.toml", "[severity]\nAML3$0\n").item("AML301");
    e.ask("amlenv.toml", "[severity]\nAML301 = $0\n").gives("off", "[severity]\nAML301 = \"off\"\n");
    e.ask("amlenv.toml", "[roles]\n\"envs/**\" = \"$0\"\n").is(&[
        "training",
        "online",
        "batch",
        "interactive",
    ]);
    e.ask("amlenv.toml", "select = []\n$0\n").has_not(&["select"]).item("ignore");
    e.ask("amlenv.toml", "# sel$0\n").is_empty();
    e.ask("pyproject.toml", "[project]\nname = \"x\"\n[tool.amlenv]\nign$0\n").item("ignore");
    e.ask("pyproject.toml", "[project]\nign$0\n").is_empty();

    for (name, head) in [
        ("Dockerfile", "FROM a:1\n"),
        ("environment.yml", "name: e\nimage: a:1\n"),
        ("conda.yml", "dependencies:\n  - python=3.11\n"),
        ("requirements.txt", "numpy\n"),
        ("a.py", V1),
    ] {
        e.ask(name, &format!("{head}# amlenv: ignore[AML3$0]\n"))
            .gives("AML301", &format!("{head}# amlenv: ignore[AML301]\n"));
        let answer = e.ask(name, &format!("{head}# amlenv: ignore[AML301, $0\n"));
        answer.has_not(&["AML301"]).gives("AML302", &format!("{head}# amlenv: ignore[AML301, AML302\n"));
        e.ask(name, &format!("{head}# amlenv: $0\n"))
            .gives("ignore[]", &format!("{head}# amlenv: ignore[$0]\n"));
        e.ask(name, &format!("{head}# amlenv: role=$0\n")).item("online");
        e.ask(name, &format!("{head}# amlenv: ignore[AML301] bec$0\n")).is_empty();
        e.ask(name, &format!("{head}# about amlenv: $0\n")).is_empty();
    }
}

/// Files on the disk, in a repository of their own.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

const CONDA: &str = "dependencies:\n  - python=3.11\n";

#[test]
fn paths_count_from_the_right_folder() {
    let folder = folder(&[
        ("envs/conda.yml", CONDA),
        ("envs/other.yml", "a: b\n"),
        ("envs/docker/Dockerfile", "FROM a:1\n"),
        ("envs/docker/sub/gpu.dockerfile", "FROM a:1\n"),
        ("envs/docker/.dockerignore", "*.bin\nsecret\n"),
        ("envs/docker/data.bin", ""),
        ("envs/docker/secret/key", ""),
        ("envs/docker/src/train.py", ""),
        ("envs/docker/.hidden", ""),
        ("envs/plain/readme.md", ""),
        ("envs/requirements.txt", "numpy\n"),
        ("src/score.py", ""),
    ]);
    let uri = |name: &str| format!("file://{}", folder.path().join(name).display());
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let mut ask = |name: &str, marked: &str| e.ask_at(&uri(name), marked);
    let head = "name: e\nimage: a:1\n";
    ask("envs/a/environment.yml", &format!("{head}conda_file: ../$0\n"))
        .gives("conda.yml", &format!("{head}conda_file: ../conda.yml\n"))
        .has_not(&["requirements.txt"]);
    ask("envs/b-env.yml", &format!("{head}conda_file: con$0\n"))
        .gives("conda.yml", &format!("{head}conda_file: conda.yml\n"));
    let answer = ask("envs/c-env.yml", "name: e\nbuild:\n  path: $0\n");
    assert_eq!(answer.labels()[..2], ["docker", "."], "folders with a Dockerfile come first");
    answer.has_not(&["conda.yml"]);
    ask("envs/d-env.yml", "name: e\nbuild:\n  path: docker\n  dockerfile_path: $0\n").is(&[
        "Dockerfile",
        "secret",
        "src",
        "sub",
    ]);
    ask("envs/e-env.yml", "name: e\nbuild:\n  path: docker\n  dockerfile_path: sub/$0x\n")
        .gives("gpu.dockerfile", "name: e\nbuild:\n  path: docker\n  dockerfile_path: sub/gpu.dockerfile\n");
    // What a build does not see cannot be copied.
    ask("envs/docker/Dockerfile", "FROM a:1\nCOPY $0 /x\n")
        .gives("src", "FROM a:1\nCOPY src /x\n")
        .has_not(&["data.bin", "secret", ".hidden", "Dockerfile"]);
    ask("envs/docker/x.dockerfile", "FROM a:1\nCOPY src/$0 /x\n")
        .gives("train.py", "FROM a:1\nCOPY src/train.py /x\n");
    ask("envs/docker/y.dockerfile", "FROM a:1\nCOPY --from=other $0 /x\n").is_empty();
    let deployment = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\ncode_configuration:\n";
    ask("envs/deployment.yml", &format!("{deployment}  code: ../$0\n"))
        .gives("src", &format!("{deployment}  code: ../src\n"));
    ask("requirements-dev.txt", "-r envs/$0\n").gives("requirements.txt", "-r envs/requirements.txt\n");
    // In code a path may count from any folder above.
    ask("src/a.py", &format!("{V1}e = Environment.from_conda_specification('e', 'envs/$0')\n")).gives(
        "conda.yml",
        &format!("{V1}e = Environment.from_conda_specification('e', 'envs/conda.yml')\n"),
    );
    ask("src/b.py", &format!("{V2}e = Environment(build=BuildContext(path=\"../envs/$0\"))\n"))
        .item("docker");
    ask("src/c.py", &format!("{V2}e = Environment(conda_file=\"/etc/$0\")\n")).is_empty();
}

#[test]
fn environments_of_the_workspace_are_proposed() {
    let folder = folder(&[
        ("envs/train-env.yml", "name: train\nversion: 3\nimage: a:1\n"),
        ("environments/score.yml", "name: score\nimage: a:1\n"),
        ("jobs/old/readme.md", ""),
    ]);
    let uri = |name: &str| format!("file://{}", folder.path().join(name).display());
    let mut editor = Editor::new(modern());
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\n";
    let answer = editor.ask_at(&uri("jobs/job.yml"), &format!("{job}environment: $0\n"));
    answer
        .gives("azureml:train:3", &format!("{job}environment: azureml:train:3\n"))
        .gives("azureml:score@latest", &format!("{job}environment: azureml:score@latest\n"))
        .gives("file:../envs/train-env.yml", &format!("{job}environment: file:../envs/train-env.yml\n"));
    assert!(answer.labels()[0].starts_with("azureml:"), "one's own come first");
    editor
        .ask_at(&uri("jobs/job2.yml"), &format!("{job}environment: azureml:train:$0\n"))
        .is(&["azureml:train:3"]);
    editor
        .ask_at(&uri("jobs/job3.yml"), &format!("{job}environment: file:../envs/$0\n"))
        .gives("train-env.yml", &format!("{job}environment: file:../envs/train-env.yml\n"));
    editor
        .ask_at(&uri("jobs/a.py"), &format!("{V1}e = Environment.get(ws, '$0')\n"))
        .gives("train", &format!("{V1}e = Environment.get(ws, 'train')\n"));
}

/// A Dockerfile inside Python, JSON and YAML is completed as one of its own.
/// What a team says of its own images and environments is proposed in front of the catalogue's.
#[test]
fn a_teams_own_images_and_environments_are_proposed() {
    let folder = folder(&[
        (".git/HEAD", ""),
        ("amlenv.toml", "[catalogue]\nextra = \"team.toml\"\n"),
        (
            "team.toml",
            "[[images]]\nrepository = \"contoso.azurecr.io/base\"\ntags = [\"2026.10\", \"2026.07\"]\n\
             [[environments]]\nname = \"churn\"\nversions = [\"4\", \"3\"]\ndescription = \"Trains churn.\"\n",
        ),
    ]);
    let mut editor = Editor::new(modern());
    let uri = |name: &str| format!("file://{}/{name}", folder.path().display());
    assert_eq!(editor.ask_at(&uri("Dockerfile"), "FROM $0\n").labels()[0], "contoso.azurecr.io/base");
    let tags = editor.ask_at(&uri("a/Dockerfile"), "FROM contoso.azurecr.io/base:$0\n");
    assert_eq!(tags.labels(), ["2026.10", "2026.07"]);
    let job = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: x\nenvironment: azureml:";
    let own = editor.ask_at(&uri("job.yml"), &format!("{job}$0\n"));
    assert_eq!(own.labels()[..2], ["azureml:churn@latest", "azureml:churn:4"]);
    let versions = editor.ask_at(&uri("b/job.yml"), &format!("{job}churn:$0\n"));
    assert_eq!(versions.labels(), ["azureml:churn:4", "azureml:churn:3"]);
}

#[test]
fn embedded_dockerfiles() {
    let mut editor = Editor::new(modern());
    let e = &mut editor;
    let python =
        |body: &str| format!("{V1}env.docker.base_image = None\nenv.docker.base_dockerfile = {body}\n");
    e.ask("a.py", &python("\"\"\"FROM op$0\nRUN x\n\"\"\""))
        .gives(IMAGE, &python(&format!("\"\"\"FROM {IMAGE}\nRUN x\n\"\"\"")));
    e.ask("a.py", &python("'FROM a:1\\nWO$0\\n'")).gives("WORKDIR", &python("'FROM a:1\\nWORKDIR\\n'"));
    e.ask("a.py", &python("(\"FROM a:1\\n\"\n    \"RUN --mo$0 x\\n\")"))
        .gives("--mount", &python("(\"FROM a:1\\n\"\n    \"RUN --mount= x\\n\")"));
    e.ask("a.py", &python("r\"\"\"\nFROM a:1 AS b\nCOPY . /x\nFROM c:1\nCOPY --from=$0 /x /x\n\"\"\""))
        .is(&["b"]);
    e.ask("a.py", &python("'''\nFROM a:1\nENV ROOT=/opt\nWORKDIR $RO$0\n'''")).item("ROOT");
    e.ask("a.py", &python("'''\nFROM a:1\nRUN pip install nu$0\n'''")).item("numpy");
    e.ask("a.py", &python("'''\nFROM a:1\nCMD $0\n'''")).gives(
        "[\"runsvdir\", \"/var/runit\"]",
        &python("'''\nFROM a:1\nCMD [\"runsvdir\", \"/var/runit\"]\n'''"),
    );
    e.ask("a.py", &python("\"FROM a:1\\nCMD $0\\n\"")).gives(
        "[\"runsvdir\", \"/var/runit\"]",
        &python("\"FROM a:1\\nCMD [\\\"runsvdir\\\", \\\"/var/runit\\\"]\\n\""),
    );
    let json =
        |body: &str| format!("{{\"docker\": {{\"baseImage\": null, \"baseDockerfile\": \"{body}\"}}}}");
    e.ask("azureml_environment.json", &json("FROM op$0\\nRUN x"))
        .gives(IMAGE, &json(&format!("FROM {IMAGE}\\nRUN x")));
    e.ask("azureml_environment.json", &json("FROM a:1\\nEXP$0\\n"))
        .gives("EXPOSE", &json("FROM a:1\\nEXPOSE\\n"));
    let yaml = |body: &str| {
        format!("script: a.py\nenvironment:\n  docker:\n    baseImage: null\n    baseDockerfile: |\n{body}")
    };
    e.ask("a.runconfig", &yaml("      FROM a:1\n      USER $0\n"))
        .gives("root", &yaml("      FROM a:1\n      USER root\n"));
    e.ask("a.runconfig", &yaml("      FROM op$0\n")).gives(IMAGE, &yaml(&format!("      FROM {IMAGE}\n")));
}

/// Each encoding counts its own columns; what stands in front of the cursor may be of any width.
#[test]
fn ranges_are_counted_as_agreed() {
    let line = "env.docker.base_image = \"op\"  # é😀👩‍🚀e\u{301}";
    let text = format!("{V1}x = \"é😀\"; {line}\r\n");
    let start = text.lines().last().expect("a line").find("\"op").expect("a string") + 1;
    let last = text.lines().last().expect("a line");
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let mut capabilities = modern();
        capabilities["general"] = json!({"positionEncodings": [encoding]});
        let mut client = Client::initialized(capabilities);
        client.open("file:///t/a.py", "python", &text);
        let column = |to: usize| match encoding {
            "utf-8" => to,
            "utf-16" => last[..to].encode_utf16().count(),
            _ => last[..to].chars().count(),
        };
        let line = text.lines().count() - 1;
        let list = client.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": "file:///t/a.py"}, "position": {"line": line, "character": column(start + 1)}}),
        );
        let item = list["items"].as_array().and_then(|items| items.first()).expect("an item");
        let at = |to: usize| json!({"line": line, "character": column(to)});
        assert_eq!(
            item["textEdit"]["range"],
            json!({"start": at(start), "end": at(start + 2)}),
            "{encoding}"
        );
    }
}

#[test]
fn line_ends_are_those_of_the_file() {
    let mut editor = Editor::new(modern());
    editor.ask("environment.yml", "name: e\r\nbu$0\r\n").gives("build", "name: e\r\nbuild:\r\n  \r\n");
    editor.ask("Dockerfile", "FROM a:1\r\nRUN $0\r\n").item("apt-get install");
    let answer = editor.ask("Dockerfile", "FROM a:1\r\nRUN $0\r\n");
    assert!(answer.accept("apt-get install").contains("&& \\\\\r\n    apt-get"));
    editor
        .ask("Dockerfile", "FROM a:1\r\nENV A=b\r\nWORKDIR ${$0\r\n")
        .gives("A", "FROM a:1\r\nENV A=b\r\nWORKDIR ${A}\r\n");
    editor.ask("a.py", &format!("{V2}e = Environment(\n    $0\n)\n").replace('\n', "\r\n")).item("image");
}

/// What is long to say comes when it is asked for, if the client asks; else at once.
#[test]
fn documentation_comes_when_it_can_be_used() {
    let text = format!("FROM {}$0\n", &IMAGE[..30]);
    let mut lazy = Editor::new(modern());
    let answer = lazy.ask("Dockerfile", &text);
    let item = answer.item(IMAGE).clone();
    assert_eq!(item.get("documentation"), None);
    let resolved = lazy.resolve(&item);
    assert_eq!(resolved["documentation"]["kind"], "markdown");
    assert!(
        resolved["documentation"]["value"].as_str().is_some_and(|text| text.contains("ubuntu 22.04")),
        "{resolved}"
    );
    assert_eq!(resolved["textEdit"], item["textEdit"]);
    // Nothing to add to what is not ours.
    let foreign = json!({"label": "x", "data": {"a": 1}});
    assert_eq!(lazy.resolve(&foreign), foreign);
    let answer = lazy.ask("requirements.txt", "azureml-cor$0\n");
    let item = answer.item("azureml-core").clone();
    assert!(
        lazy.resolve(&item)["documentation"]["value"].as_str().is_some_and(|text| text.contains("It brings"))
    );

    let mut plain = Editor::new(json!({}));
    let answer = plain.ask("Dockerfile", &text);
    let item = answer.item(IMAGE);
    assert_eq!(item.get("data"), None);
    assert_eq!(item["documentation"]["kind"], "plaintext");
    let said = item["documentation"]["value"].as_str().expect("documentation");
    assert!(said.contains("ubuntu 22.04") && !said.contains("**"), "{said}");
}

/// A client that can do nothing gets text alone.
#[test]
fn clients_that_can_do_little_get_plain_text() {
    let mut editor = Editor::new(json!({}));
    let e = &mut editor;
    e.ask("Dockerfile", "FROM a:1\nENV AML_A$0\n")
        .gives("AML_APP_ROOT", "FROM a:1\nENV AML_APP_ROOT=/var/azureml-app\n");
    e.ask("a.py", &format!("{V2}e = Environment(im$0)\n"))
        .gives("image", &format!("{V2}e = Environment(image=)\n"));
    e.ask("amlenv.toml", "sel$0\n").gives("select", "select = \n");
    e.ask("Dockerfile", "FROM a:1\n# amlenv: $0\nRUN x\n")
        .gives("ignore[]", "FROM a:1\n# amlenv: ignore[\nRUN x\n");
    let whole = e.ask("environment.yml", "$0").accept("environment from an image");
    assert!(
        whole.contains("name: my-env\nimage: mcr.microsoft.com/azureml/")
            && !whole.contains('$') | whole.starts_with("$schema")
    );
    let answer = e.ask("Dockerfile", "FROM a:1\n$0");
    for item in answer.items() {
        for absent in ["insertTextFormat", "insertTextMode", "commitCharacters", "tags", "deprecated", "data"]
        {
            assert_eq!(item.get(absent), None, "{item}");
        }
    }
    // One that knows no tags may still know the older flag.
    let mut older =
        Editor::new(json!({"textDocument": {"completion": {"completionItem": {"deprecatedSupport": true}}}}));
    let answer = older.ask("Dockerfile", "FROM a:1\n$0");
    assert_eq!(answer.item("MAINTAINER")["deprecated"], true);
    assert_eq!(answer.item("RUN").get("deprecated"), None);
}

/// Positions that do not exist, documents that are not open.
#[test]
fn strange_positions_are_answered() {
    let mut editor = Editor::new(modern());
    editor.client.open("file:///t/Dockerfile", "dockerfile", "FROM a:1\nWO");
    for (uri, line, character) in [
        ("file:///t/Dockerfile", 99, 99),
        ("file:///t/Dockerfile", 1, 4000),
        ("file:///t/Dockerfile", 0, 4000),
        ("file:///never/opened", 0, 0),
        ("untitled:Untitled-1", 0, 0),
    ] {
        let answer = editor.client.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}),
        );
        assert_eq!(answer.get("error"), None, "{answer}");
        if uri.starts_with("file:///t") && line > 0 {
            assert!(
                answer["items"]
                    .as_array()
                    .is_some_and(|items| items.iter().any(|item| item["label"] == "WORKDIR"))
            );
        }
    }
}

/// Every place of files of every kind is answered with edits of one line that hold the cursor.
#[test]
fn every_cursor_is_answered() {
    let mut editor = Editor::new(modern());
    let files = [
        (
            "Dockerfile",
            "dockerfile",
            "ARG B=1\nFROM a:$B AS é😀\nRUN --mount=type=cache,target=/x \\\n  pip install a\nCOPY --from=é😀 a b\n",
        ),
        (
            "environment.yml",
            "yaml",
            "name: é😀\r\nbuild: {path: ., dockerfile_path: D}\r\ntags:\r\n  - a: b\r\n",
        ),
        (
            "a.py",
            "python",
            "from azureml.core import Environment\nenv = Environment('é😀')\nenv.docker.base_dockerfile = '''\nFROM é\n'''\nenv.docker.\n",
        ),
        (
            "azureml_environment.json",
            "json",
            "{\"docker\": {\"baseImage\": \"é😀\", \"baseDockerfile\": \"FROM a\\nRUN b\"}, \"python\"",
        ),
        ("amlenv.toml", "toml", "select = [\n  \"AML101\", # é😀\n]\n[severity]\nAML101 = \"off\"\n"),
    ];
    for (name, language, text) in files {
        let uri = format!("file:///t/{name}");
        editor.client.open(&uri, language, text);
        let mut asked = Vec::new();
        for (line, content) in text.split('\n').enumerate() {
            for column in 0..=content.encode_utf16().count() {
                let position = json!({"line": line, "character": column});
                let id = editor.client.ask(
                    "textDocument/completion",
                    json!({"textDocument": {"uri": uri}, "position": position}),
                );
                asked.push((id, line as u64, column as u64));
            }
        }
        for (id, line, column) in asked {
            let answer = editor.client.answer(id);
            assert_eq!(answer.get("error"), None, "{name} {line}:{column} {answer}");
            for item in answer["items"].as_array().into_iter().flatten() {
                let range = &item["textEdit"]["range"];
                let (start, end) = (&range["start"], &range["end"]);
                assert_eq!(
                    (start["line"].as_u64(), end["line"].as_u64()),
                    (Some(line), Some(line)),
                    "{name}"
                );
                let within =
                    start["character"].as_u64() <= Some(column) && Some(column) <= end["character"].as_u64();
                // In the middle of a character the cursor is that behind it.
                let near = start["character"].as_u64() <= Some(column + 1);
                assert!(within || near, "{name} {line}:{column} {item}");
            }
        }
    }
}

/// The cells of a notebook, as an editor shows them: one program, and the files that cells write.
const CELLS: [&str; 4] = [
    "%pip install azureml-core\nfrom azureml.core import Environment  # é😀\nenv = Environment('e')",
    "x = '😀'; env.docker.base_image = \"op\"",
    "env.docker.base_dockerfile = '''\nFROM a:1\nWO\n'''",
    "%%writefile environment.yml\nname: e\nimage: a:1\nos",
];

/// What is asked of them: the cell, the text in front of the cursor, a proposal, and the cell then.
const ASKED: [(usize, &str, &str, &str); 3] = [
    (1, "x = '😀'; env.docker.base_image = \"op", IMAGE, "x = '😀'; env.docker.base_image = \"IMAGE\""),
    (
        2,
        "env.docker.base_dockerfile = '''\nFROM a:1\nWO",
        "WORKDIR",
        "env.docker.base_dockerfile = '''\nFROM a:1\nWORKDIR\n'''",
    ),
    (
        3,
        "%%writefile environment.yml\nname: e\nimage: a:1\nos",
        "os_type",
        "%%writefile environment.yml\nname: e\nimage: a:1\nos_type: ",
    ),
];

fn position(before: &str) -> Value {
    let line = before.matches('\n').count();
    json!({"line": line, "character": before.rsplit('\n').next().unwrap_or("").encode_utf16().count()})
}

#[test]
fn cells_of_notebooks() {
    let mut client = Client::initialized(modern());
    let uri = |at: usize| format!("vscode-notebook-cell:/nowhere/a.ipynb#{at}");
    let cells = (0..CELLS.len()).map(|at| json!({"kind": 2, "document": uri(at)})).collect::<Vec<_>>();
    let texts = CELLS
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"uri": uri(at), "languageId": "python", "version": 1, "text": text}));
    client.notify(
        "notebookDocument/didOpen",
        json!({
            "notebookDocument": {"uri": "file:///nowhere/a.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": cells},
            "cellTextDocuments": texts.collect::<Vec<_>>(),
        }),
    );
    for (cell, before, label, expected) in ASKED {
        let list = client.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": uri(cell)}, "position": position(before)}),
        );
        let answer = Answer { text: CELLS[cell].to_owned(), list };
        answer.gives(label, &expected.replace("IMAGE", IMAGE));
    }
    let hover = client.request(
        "textDocument/hover",
        json!({"textDocument": {"uri": uri(1)}, "position": position("x = '😀'; env.docker.base")}),
    );
    assert_eq!(hover["range"]["start"], position("x = '😀'; env.docker."));
}

/// The same in a notebook that is opened as the text that it is.
#[test]
fn notebooks_as_text() {
    let mut client = Client::initialized(modern());
    let cells: Vec<Value> = CELLS
        .iter()
        .map(|source| {
            let lines: Vec<&str> = source.split_inclusive('\n').collect();
            json!({"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": lines})
        })
        .collect();
    let whole = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    let text = serde_json::to_string_pretty(&whole).expect("JSON");
    client.open("file:///nowhere/b.ipynb", "json", &text);
    for (cell, before, label, expected) in ASKED {
        // The last line in front of the cursor stands in the file as JSON writes it.
        let last = serde_json::to_string(before.rsplit('\n').next().unwrap_or("")).expect("JSON");
        let last = last.trim_end_matches('"');
        let at = text.find(last).expect("the line") + last.len();
        let list = client.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": "file:///nowhere/b.ipynb"}, "position": position(&text[..at])}),
        );
        let answer = Answer { text: text.clone(), list };
        let after: Value = serde_json::from_str(&answer.accept(label)).expect("JSON");
        let source = after["cells"][cell]["source"].as_array().expect("lines");
        let source: String = source.iter().map(|line| line.as_str().expect("a line")).collect();
        assert_eq!(source, expected.replace("IMAGE", IMAGE));
    }
}

/// amlenv's configuration is completed, and nothing else is said of it.
#[test]
fn a_configuration_that_is_open_is_fine() {
    let mut editor = Editor::new(modern());
    editor.client.open("file:///t/amlenv.toml", "toml", "ignore = [\"AML301\"]\n");
    assert_eq!(editor.client.diagnostics("file:///t/amlenv.toml", 1), Vec::<Value>::new());
    editor.client.open("file:///t/pyproject.toml", "toml", "[project]\nname = \"x\"\n");
    assert_eq!(editor.client.diagnostics("file:///t/pyproject.toml", 1), Vec::<Value>::new());
}
