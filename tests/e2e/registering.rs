//! Registering from an editor: what is offered where, with and without messages that can be answered, what
//! is said before and afterwards. The real binary, and the stand-in for Resource Manager with a real blob
//! store behind it.

use serde_json::{Value, json};

use crate::client::Client;
use crate::manager::Secrets;
use crate::upload::{FILES, World};

const IMAGE: &str = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1";

/// A client that shows messages with answers, and copies what it is told to.
fn answering() -> Value {
    json!({
        "window": {"showMessage": {"messageActionItem": {}}, "showDocument": {"support": true}},
        "workspace": {"codeLens": {"refreshSupport": true}},
        "textDocument": {"codeAction": {"disabledSupport": true}},
        "experimental": {"amlenv": {"copy": true}},
    })
}

/// One that shows messages, and nothing more.
fn silent() -> Value {
    json!({"textDocument": {"codeAction": {"disabledSupport": true}}})
}

fn start(world: &World, capabilities: Value) -> Client {
    let mut client = Client::start_with(|command| {
        world.surroundings(command);
        command
    });
    client.initialize(capabilities);
    client
}

fn open(client: &mut Client, world: &World, name: &str, language: &str) -> String {
    let path = world.work().join(name);
    let uri = format!("file://{}", path.display()).replace("日本", "%E6%97%A5%E6%9C%AC");
    client.open(&uri, language, &std::fs::read_to_string(path).expect("a file"));
    uri
}

/// The commands of the lenses that register.
fn lenses(client: &mut Client, uri: &str) -> Vec<Value> {
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": uri}}));
    let lenses = lenses.as_array().expect("lenses").clone();
    let commands = lenses.into_iter().map(|lens| lens["command"].clone());
    commands.filter(|command| command["command"] == "amlenv.register").collect()
}

/// The actions at a line that register, or say why not.
fn actions(client: &mut Client, uri: &str, line: u32) -> Vec<Value> {
    let at = json!({"line": line, "character": 0});
    let params = json!({
        "textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []},
    });
    let found = client.request("textDocument/codeAction", params).as_array().expect("actions").clone();
    found.into_iter().filter(|action| action.get("kind").is_none()).collect()
}

fn titles(found: &[Value]) -> Vec<&str> {
    found.iter().map(|found| found["title"].as_str().expect("a title")).collect()
}

fn run(client: &mut Client, command: &Value) {
    let params = json!({"command": command["command"], "arguments": command["arguments"]});
    assert_eq!(client.request("workspace/executeCommand", params), Value::Null);
}

/// The next message, with its text; one that can be answered or not.
fn said(client: &mut Client, method: &str) -> (Value, String) {
    let message = client.wait(|message| message["method"] == method);
    let text = message["params"]["message"].as_str().expect("a text").to_owned();
    (message, text)
}

const ASKS: &str = "window/showMessageRequest";
const SAYS: &str = "window/showMessage";

#[test]
fn the_lens_tells_the_version_until_the_definition_changes_and_the_reference_is_copied() {
    let yaml = format!("name: e\nimage: {IMAGE}\n");
    let world = World::new(Secrets::Sas, &[("environment.yml", &yaml)]);
    let mut client = start(&world, answering());
    let uri = open(&mut client, &world, "environment.yml", "yaml");
    let before = lenses(&mut client, &uri);
    assert_eq!(titles(&before), ["Register environment e"]);
    run(&mut client, &before[0]);
    let (question, text) = said(&mut client, ASKS);
    let version = "the next version, or an update of the newest if only description or tags changed";
    assert_eq!(
        text,
        format!("Register environment e ({version}) in workspace ws, resource group rg, subscription sub?")
    );
    client.reply(&question, json!({"title": "Register"}));
    let refresh = client.wait(|message| message["method"] == "workspace/codeLens/refresh");
    client.reply(&refresh, Value::Null);
    let (result, text) = said(&mut client, ASKS);
    assert!(
        text.starts_with("Registered e, version 1. Refer to it as azureml:e:1. https://ml.azure.com/"),
        "{text}"
    );
    let offered: Vec<&Value> =
        result["params"]["actions"].as_array().expect("actions").iter().map(|item| &item["title"]).collect();
    assert_eq!(offered, ["Copy reference", "Open in studio"]);
    client.reply(&result, json!({"title": "Copy reference"}));
    let copied = client.wait(|message| message["method"] == "amlenv/copy");
    let reference = copied["params"]["text"].as_str().expect("a text").to_owned();
    assert_eq!(reference, "azureml:e:1");

    // The reference fits a job: it is found there to be the environment.
    let after = lenses(&mut client, &uri);
    assert_eq!(titles(&after), ["Registered as e:1 in workspace ws; register again"]);
    let job = format!(
        "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: ls\nenvironment: {reference}\ncompute: azureml:cpu\n"
    );
    let other = format!("file://{}", world.work().join("job.yml").display());
    client.open(&other, "yaml", &job);
    let found = client.diagnostics(&other, 1);
    assert!(found.iter().all(|found| found["range"]["start"]["line"] != 2), "{found:#?}");

    // A comment above is no part of the definition; its end is.
    client.change(&uri, 2, json!([{"text": format!("{yaml}description: changed\n")}]));
    assert_eq!(titles(&lenses(&mut client, &uri)), ["Register environment e"]);
    client.change(&uri, 3, json!([{"text": yaml}]));
    let again = lenses(&mut client, &uri);
    assert_eq!(titles(&again), ["Registered as e:1 in workspace ws; register again"]);
    run(&mut client, &again[0]);
    let (question, _) = said(&mut client, ASKS);
    client.reply(&question, json!({"title": "Register"}));
    let (result, text) = said(&mut client, ASKS);
    assert!(text.starts_with("Updated e, version 1."), "{text}");
    client.reply(&result, json!({"title": "Open in studio"}));
    let shown = client.wait(|message| message["method"] == "window/showDocument");
    assert_eq!(shown["params"]["external"], true);
    assert!(shown["params"]["uri"].as_str().is_some_and(|uri| uri.contains("/environments/e/version/1")));
    client.reply(&shown, json!({"success": true}));
    world.manager.lines();
}

#[test]
fn where_nobody_can_answer_two_commands_stand_for_the_question() {
    let world = World::new(Secrets::Sas, &FILES);
    let mut client = start(&world, silent());
    let uri = open(&mut client, &world, "environment.yml", "yaml");
    let shown = "Show what would be registered: environment e";
    let found = lenses(&mut client, &uri);
    assert_eq!(titles(&found), [shown, "Register environment e now"]);
    let offered = actions(&mut client, &uri, 0);
    assert_eq!(titles(&offered), titles(&found));
    assert_eq!(offered[0]["command"]["arguments"], found[0]["arguments"]);

    run(&mut client, &found[0]);
    let (_, text) = said(&mut client, SAYS);
    for part in [
        "Nothing is registered yet; this would be done: Register environment e (version 1) with build context ",
        "(3 files, 62 bytes) in workspace ws, resource group rg, subscription sub.",
        "/workspaces/ws/environments/e/versions/1?",
        "\"contextUri\": \"{context}\"",
        "  sub/a.txt (2 bytes)",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    // The command on its own asks nobody and registers nothing either.
    let plain = json!({"command": "amlenv.register", "arguments": [{"uri": uri}]});
    run(&mut client, &plain);
    assert_eq!(said(&mut client, SAYS).1, text);
    assert_eq!(world.manager.count(), 0);
    run(&mut client, &found[1]);
    let (_, text) = said(&mut client, SAYS);
    assert!(text.starts_with("Registered e, version 1. Refer to it as azureml:e:1."), "{text}");
    let found = lenses(&mut client, &uri);
    assert_eq!(titles(&found), [shown, "Registered as e:1 in workspace ws; register again now"]);
    world.manager.lines();
}

#[test]
fn what_would_be_registered_is_shown_in_a_document_where_there_are_some() {
    let world = World::new(Secrets::Sas, &FILES);
    let mut client = start(&world, json!({"window": {"showDocument": {"support": true}}}));
    let uri = open(&mut client, &world, "environment.yml", "yaml");
    let found = lenses(&mut client, &uri);
    run(&mut client, &found[0]);
    let shown = client.wait(|message| message["method"] == "window/showDocument");
    let path = shown["params"]["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file");
    let text = std::fs::read_to_string(path).expect("a file");
    assert!(text.starts_with("Register environment e (version 1) with build context "), "{text}");
    assert!(text.contains("PUT http") && text.contains("  sub/a.txt (2 bytes)"), "{text}");
    assert_eq!(world.manager.count(), 0);
}

#[test]
fn errors_and_documents_that_are_not_saved_disable_it_with_the_reason() {
    let files = [
        FILES[0],
        FILES[1],
        FILES[2],
        ("ctx/.amlignore", "notes.txt\n.amlignore\n"),
        ("ctx/notes.txt", "a\n"),
        ("conda.yml", "channels: [conda-forge]\ndependencies: [python=3.10]\n"),
        (
            "packages.yml",
            "name: p\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1\nconda_file: conda.yml\n",
        ),
        (
            "wrong.yml",
            "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: w\nimage: a:1\nimge: b\n",
        ),
    ];
    let world = World::new(Secrets::Sas, &files);
    let mut client = start(&world, answering());
    let wrong = open(&mut client, &world, "wrong.yml", "yaml");
    let reason = |found: &[Value]| {
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["disabled"].is_null(), !found[0]["command"].is_null(), "{found:#?}");
        found[0]["disabled"]["reason"].as_str().unwrap_or("").to_owned()
    };
    let found = reason(&actions(&mut client, &wrong, 1));
    assert!(found.contains("Unknown key imge") && found.contains("AML117"), "{found}");

    let uri = open(&mut client, &world, "environment.yml", "yaml");
    let packages = open(&mut client, &world, "packages.yml", "yaml");
    assert_eq!(reason(&actions(&mut client, &uri, 0)), "");
    assert_eq!(reason(&actions(&mut client, &packages, 0)), "");
    // What is not sent may be as it likes.
    let notes = open(&mut client, &world, "ctx/notes.txt", "plaintext");
    client.change(&notes, 2, json!([{"text": "b\n"}]));
    assert_eq!(reason(&actions(&mut client, &uri, 0)), "");
    let requirements = open(&mut client, &world, "ctx/requirements.txt", "pip-requirements");
    client.change(&requirements, 2, json!([{"text": "numpy==2.0.0\n"}]));
    let changed = "requirements.txt has changes that are not saved; save it first.";
    assert_eq!(reason(&actions(&mut client, &uri, 0)), changed);
    assert_eq!(reason(&actions(&mut client, &packages, 0)), "");
    std::fs::write(world.work().join("ctx/requirements.txt"), "numpy==2.0.0\n").expect("a file");
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": requirements}}));
    assert_eq!(reason(&actions(&mut client, &uri, 0)), "");
    let conda = open(&mut client, &world, "conda.yml", "yaml");
    client.change(&conda, 2, json!([{"text": "channels: [conda-forge]\ndependencies: [python=3.11]\n"}]));
    assert_eq!(
        reason(&actions(&mut client, &packages, 0)),
        "conda.yml has changes that are not saved; save it first."
    );
    assert_eq!(reason(&actions(&mut client, &uri, 0)), "", "it does not use the conda file");
    assert_eq!(world.manager.count(), 0);
}

#[test]
fn one_environment_is_registered_once_at_a_time() {
    let yaml = format!("name: e\nversion: '1'\nimage: {IMAGE}\n");
    let world = World::new(Secrets::Sas, &[("environment.yml", &yaml)]);
    let mut client = start(&world, answering());
    let uri = open(&mut client, &world, "environment.yml", "yaml");
    let found = lenses(&mut client, &uri);
    run(&mut client, &found[0]);
    let (question, _) = said(&mut client, ASKS);
    run(&mut client, &found[0]);
    assert_eq!(said(&mut client, SAYS).1, "This environment is being registered already.");
    client.reply(&question, Value::Null);
    assert_eq!(said(&mut client, SAYS).1, "Cancelled; nothing was registered.");
    assert_eq!(world.manager.count(), 0);
}

/// What has no name in its definition is offered under one that is made from where it stands; the title and
/// the question name it.
#[test]
fn a_dockerfile_and_an_environment_inside_of_a_job_are_offered_under_a_made_name() {
    let job = format!(
        "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: ls\nenvironment:\n  image: {IMAGE}\ncompute: azureml:cpu\n"
    );
    let files = [
        FILES[0],
        FILES[1],
        FILES[2],
        ("tools/Dockerfile", "FROM python:3.10-slim\n"),
        ("tools/Dockerfile.gpu", "# the other\nFROM python:3.11-slim\n"),
        ("日本/Dockerfile", "FROM python:3.10-slim\n"),
        ("fit-model.yml", job.as_str()),
        ("steps/job.yml", job.as_str()),
    ];
    let world = World::new(Secrets::Sas, &files);
    let mut client = start(&world, answering());
    let offered = |client: &mut Client, name: &str, language: &str, line: u32| {
        let uri = open(client, &world, name, language);
        actions(client, &uri, line)
    };
    // With the definition that uses it there is a name already.
    open(&mut client, &world, "environment.yml", "yaml");
    assert_eq!(titles(&offered(&mut client, "ctx/Dockerfile", "dockerfile", 0)), Vec::<&str>::new());
    let gpu = offered(&mut client, "tools/Dockerfile.gpu", "dockerfile", 1);
    assert_eq!(titles(&gpu), ["Register environment as gpu"]);
    let inside = offered(&mut client, "fit-model.yml", "yaml", 3);
    assert_eq!(titles(&inside), ["Register environment as fit-model"]);
    assert_eq!(titles(&offered(&mut client, "steps/job.yml", "yaml", 3)), ["Register environment as steps"]);
    let none = offered(&mut client, "日本/Dockerfile", "dockerfile", 0);
    assert_eq!(
        none[0]["disabled"]["reason"],
        "It has no name. Give it one: amlenv register Dockerfile --name NAME"
    );
    let found = offered(&mut client, "tools/Dockerfile", "dockerfile", 0);
    assert_eq!(titles(&found), ["Register environment as tools"]);
    run(&mut client, &found[0]["command"]);
    let (question, text) = said(&mut client, ASKS);
    assert!(text.starts_with("Register environment tools (the next version"), "{text}");
    assert!(
        text.contains("Note: the definition has no name, and this one is made from where it stands; for another: amlenv register Dockerfile --name NAME."),
        "{text}"
    );
    client.reply(&question, json!({"title": "Register"}));
    let (result, text) = said(&mut client, ASKS);
    assert!(text.starts_with("Registered tools, version 1."), "{text}");
    client.reply(&result, Value::Null);
    run(&mut client, &inside[0]["command"]);
    let (question, _) = said(&mut client, ASKS);
    client.reply(&question, json!({"title": "Register"}));
    let (result, text) = said(&mut client, ASKS);
    assert!(text.starts_with("Registered fit-model, version 1."), "{text}");
    client.reply(&result, Value::Null);
    assert!(world.manager.properties("tools", "1")["build"].is_object());
    assert_eq!(world.manager.properties("fit-model", "1")["image"], IMAGE);
    world.manager.lines();
}

/// A definition in code is all of its lines.
#[test]
fn a_definition_in_code_is_known_until_one_of_its_lines_changes() {
    let python = format!(
        "from azureml.core import Environment\nenv = Environment(\"p\")\nenv.docker.base_image = \"{IMAGE}\"\nenv.python.user_managed_dependencies = True\n"
    );
    let world = World::new(Secrets::Sas, &[("train.py", &python)]);
    let mut client = start(&world, answering());
    let uri = open(&mut client, &world, "train.py", "python");
    let before = lenses(&mut client, &uri);
    run(&mut client, &before[0]);
    let (question, _) = said(&mut client, ASKS);
    client.reply(&question, json!({"title": "Register"}));
    let (result, text) = said(&mut client, ASKS);
    assert!(text.starts_with("Registered p, version 1."), "{text}");
    client.reply(&result, Value::Null);
    let known = ["Registered as p:1 in workspace ws; register again"];
    assert_eq!(titles(&lenses(&mut client, &uri)), known);
    // What stands around it does not matter.
    client.change(&uri, 2, json!([{"text": format!("# a note\n{python}print(env)\n")}]));
    assert_eq!(titles(&lenses(&mut client, &uri)), known);
    client.change(&uri, 3, json!([{"text": python.replace("20260715.v1", "20260601.v1")}]));
    assert_eq!(titles(&lenses(&mut client, &uri)), ["Register environment p"]);
    world.manager.lines();
}
