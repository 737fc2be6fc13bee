//! Live lookups from end to end: the real binary and a real registry on this machine. And the opposite: what
//! a hostile repository says reaches nobody.

mod distribution;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use self::distribution::{Registry, Tokens, manifest, openssl, sum};
use crate::client::{Client, apply};

const PATIENCE: Duration = Duration::from_secs(30);

/// `user:password`, as a header has it and hashed as htpasswd does.
const BASIC: &str = "dXNlcjpwYXNzd29yZC1vZi11c2Vy";
const HTPASSWD: &str = "user:$2b$05$YgekBMelVut1m2CIzW1.3.kOP9bg6WwIsSExBaYkY0uxeV5DT1rYm";
const PASSWORD: &str = "password-of-user";

/// A user's home, with folders of its own for settings and answers.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// With `network.enabled`, and these registries named.
    fn new(registries: &[&str]) -> Self {
        let home = Self { folder: tempfile::tempdir().expect("a folder") };
        for folder in ["config/amlenv", "cache", "docker", "work/.git", "storage"] {
            fs::create_dir_all(home.path(folder)).expect("a folder");
        }
        let settings = format!("[network]\nenabled = true\nregistries = {}\n", json!(registries));
        fs::write(home.path("config/amlenv/config.toml"), settings).expect("a file");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn docker(&self, config: &Value) {
        fs::write(self.path("docker/config.json"), config.to_string()).expect("a file");
    }

    fn surroundings<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("DOCKER_CONFIG", self.path("docker"))
            .current_dir(self.path("work"))
    }

    fn images_with(&self, arguments: &[&str], env: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
        self.surroundings(&mut command).envs(env.iter().copied());
        let output = command.args(["images", "-vv"]).args(arguments).output().expect("amlenv runs");
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(PASSWORD) && !text.contains(BASIC) && !text.contains("eyJ"), "{text}");
        }
        output
    }

    fn images(&self, arguments: &[&str]) -> Output {
        self.images_with(arguments, &[])
    }

    fn client(&self, env: &[(&str, &str)]) -> Client {
        Client::start_with(|command| self.surroundings(command).envs(env.iter().copied()))
    }
}

#[track_caller]
fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{}", words(output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn tags(answer: &Value) -> Vec<&str> {
    let tags = answer["tags"].as_array().expect("tags").iter();
    tags.map(|tag| tag["tag"].as_str().expect("a tag")).collect()
}

fn json_of(image: &str, refresh: bool) -> Vec<&str> {
    let mut arguments = vec!["--tags", image, "--format", "json"];
    if refresh {
        arguments.push("--refresh");
    }
    arguments
}

#[test]
fn tags_of_an_open_registry_are_asked_sorted_and_kept() {
    let storage = tempfile::tempdir().expect("a folder");
    let registry = Registry::start(storage.path(), &Value::Null, &Value::Null);
    registry.push("team/train", &["1.9", "latest", "1.10", "1.10-rc1", "20240101.v1"], &[]);
    let home = Home::new(&[&registry.address]);
    let image = format!("{}/team/train", registry.address);
    let unknown = home.images(&json_of(&image, false));
    assert_eq!(unknown.status.code(), Some(1));
    let live = answer(&home.images(&json_of(&image, true)));
    assert_eq!((&live["source"], &live["image"]), (&json!("registry"), &json!(image)));
    assert_eq!(tags(&live), ["20240101.v1", "1.10", "1.10-rc1", "1.9", "latest"]);
    assert_eq!(live["tags"][0]["date"], "2024-01-01");
    // From now on the answer is there without asking.
    drop(registry);
    let kept = answer(&home.images(&json_of(&image, false)));
    assert_eq!((&kept["source"], &kept["tags"]), (&json!("cache"), &live["tags"]));
    let gone = home.images(&json_of(&image, true));
    assert_eq!(gone.status.code(), Some(1));
    assert!(words(&gone).contains("could not be reached"), "{}", words(&gone));
    // What is off is off: no lookup, and no answer of an earlier one.
    fs::write(home.path("config/amlenv/config.toml"), "[network]\nenabled = false\n").expect("a file");
    assert_eq!(home.images(&json_of(&image, false)).status.code(), Some(1));
    let off = home.images(&json_of(&image, true));
    assert_eq!(off.status.code(), Some(2));
    assert!(words(&off).contains("lookups are off"), "{}", words(&off));
}

#[test]
fn a_registry_with_passwords_gets_dockers() {
    let storage = tempfile::tempdir().expect("a folder");
    Registry::start(storage.path(), &Value::Null, &Value::Null).push("team/train", &["1"], &[]);
    fs::write(storage.path().join("htpasswd"), HTPASSWD).expect("a file");
    let auth = json!({"htpasswd": {"realm": "test", "path": storage.path().join("htpasswd")}});
    let registry = Registry::start(storage.path(), &auth, &Value::Null);
    let home = Home::new(&[&registry.address]);
    let image = format!("{}/team/train", registry.address);
    let refused = home.images(&json_of(&image, true));
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("`docker login"), "{}", words(&refused));
    home.docker(&json!({"auths": {&registry.address: {"auth": BASIC}}}));
    assert_eq!(tags(&answer(&home.images(&json_of(&image, true)))), ["1"]);
    home.docker(&json!({"auths": {&registry.address: {"auth": "dXNlcjp3cm9uZw=="}}}));
    let refused = home.images(&json_of(&image, true));
    assert!(words(&refused).contains("it refuses"), "{}", words(&refused));
}

/// The tokens come from another host, which must be named as well; each is for one repository.
#[test]
fn a_registry_with_tokens_gets_one_for_the_repository() {
    let storage = tempfile::tempdir().expect("a folder");
    Registry::start(storage.path(), &Value::Null, &Value::Null).push("team/train", &["1", "2"], &[]);
    let tokens = Tokens::start(storage.path(), BASIC);
    let auth = json!({"token": {
        "realm": format!("http://{}/token", tokens.address),
        "service": "registry",
        "issuer": "tokens",
        "rootcertbundle": tokens.certificate,
    }});
    let registry = Registry::start(storage.path(), &auth, &Value::Null);
    let image = format!("{}/team/train", registry.address);
    let auths = json!({"auths": {&registry.address: {"auth": BASIC}}});
    let unnamed = Home::new(&[&registry.address]);
    unnamed.docker(&auths);
    let refused = unnamed.images(&json_of(&image, true));
    assert!(words(&refused).contains("which network.registries does not name"), "{}", words(&refused));
    let home = Home::new(&[&registry.address, &tokens.address]);
    let refused = home.images(&json_of(&image, true));
    assert!(words(&refused).contains("not shown without signing in"), "{}", words(&refused));
    home.docker(&auths);
    assert_eq!(tags(&answer(&home.images(&json_of(&image, true)))), ["2", "1"]);
    let missing = format!("{}/team/none", registry.address);
    let missing = words(&home.images(&json_of(&missing, true)));
    assert!(missing.contains("There is no image"), "{missing}");
}

/// The certificate of a private authority counts where `SSL_CERT_FILE` names it, and nowhere else.
#[test]
fn a_registry_of_a_private_authority_is_trusted_where_the_user_trusts_it() {
    let storage = tempfile::tempdir().expect("a folder");
    let folder = storage.path();
    openssl(
        folder,
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2",
    );
    openssl(folder, "req -newkey rsa:2048 -nodes -keyout own.key -out own.csr -subj /CN=localhost");
    fs::write(folder.join("own.ext"), "subjectAltName = DNS:localhost\n").expect("a file");
    openssl(
        folder,
        "x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out own.pem -days 2 -extfile own.ext",
    );
    Registry::start(folder, &Value::Null, &Value::Null).push("team/train", &["1"], &[]);
    let tls = json!({"certificate": folder.join("own.pem"), "key": folder.join("own.key")});
    let registry = Registry::start(folder, &Value::Null, &tls);
    let host = registry.address.replace("127.0.0.1", "localhost");
    let home = Home::new(&[&format!("https://{host}")]);
    let image = format!("{host}/team/train");
    let refused = home.images(&json_of(&image, true));
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("could not be reached"), "{}", words(&refused));
    let authority = folder.join("ca.pem");
    let env = [("SSL_CERT_FILE", authority.to_str().expect("a path"))];
    assert_eq!(tags(&answer(&home.images_with(&json_of(&image, true), &env))), ["1"]);
}

/// What stands before the first blank line that comes to a listener.
fn first_request(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().expect("somebody");
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
    }
    let _ = stream.write_all(b"HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn microsofts_registry_is_asked_through_the_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let home = Home::new(&[]);
    let asked = std::thread::spawn(move || first_request(&proxy));
    let output = home.images_with(&json_of("sklearn-1.5", true), &[("HTTPS_PROXY", &address)]);
    assert_eq!(output.status.code(), Some(1));
    let asked = asked.join().expect("a request");
    assert!(asked.starts_with("CONNECT mcr.microsoft.com:443 "), "{asked}");
}

/// Asks again until an answer fits: what is asked behind an answer comes some time.
#[track_caller]
fn until<T>(mut ask: impl FnMut() -> T, fits: impl Fn(&T) -> bool) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if fits(&answer) {
            return answer;
        }
        assert!(Instant::now() < end, "no such answer came");
        std::thread::yield_now();
    }
}

fn at(text: &str, needle: &str) -> Value {
    let offset = text.find(needle).expect("the needle") + needle.len();
    let line = text[..offset].matches('\n').count();
    json!({"line": line, "character": text[..offset].rsplit('\n').next().expect("a line").len()})
}

fn completion(client: &mut Client, uri: &str, position: &Value) -> Value {
    client.request("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": position}))
}

fn labels(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["label"].as_str().expect("a label")).collect()
}

/// The first answer is what is known; the registry is asked behind it, and the next answer knows more. In
/// every notation.
#[test]
fn completion_answers_at_once_and_knows_more_later() {
    let storage = tempfile::tempdir().expect("a folder");
    let registry = Registry::start(storage.path(), &Value::Null, &Value::Null);
    registry.push("team/train", &["2", "latest", "10"], &[]);
    let home = Home::new(&[&registry.address]);
    let mut client = home.client(&[]);
    client.initialize(json!({}));
    let image = format!("{}/team/train:", registry.address);
    let documents = [
        ("dockerfile", "file:///t/Dockerfile", format!("FROM {image}")),
        ("yaml", "file:///t/environment.yml", format!("name: e\nimage: {image}")),
        (
            "python",
            "file:///t/a.py",
            format!(
                "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_image = '{image}'\n"
            ),
        ),
        (
            "python",
            "file:///t/b.py",
            format!(
                "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_dockerfile = 'FROM {image}\\nRUN x'\n"
            ),
        ),
    ];
    for (number, (language, uri, text)) in documents.iter().enumerate() {
        client.open(uri, language, text);
        let position = at(text, &image);
        let first = completion(&mut client, uri, &position);
        if number == 0 {
            assert_eq!((labels(&first), &first["isIncomplete"]), (Vec::new(), &json!(true)));
        }
        let later = until(|| completion(&mut client, uri, &position), |found| !labels(found).is_empty());
        assert_eq!(labels(&later), ["10", "2", "latest"], "{uri}");
        let after = apply(text, &later["items"][0]["textEdit"]);
        assert_eq!(after, text.replace(&image, &format!("{image}10")), "{uri}");
    }
    let again = completion(&mut client, documents[0].1, &at(&documents[0].2, &image));
    assert_eq!(again["isIncomplete"], false);
    // The registries that the user named are what an address may be.
    let text = "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_image_registry.address = ''\n";
    client.open("file:///t/c.py", "python", text);
    let found = completion(&mut client, "file:///t/c.py", &at(text, "address = '"));
    assert_eq!(labels(&found), [registry.address.as_str()]);
}

/// A tag that moves shows what it stands for; "pin" writes that beside it: at once where it is known, else
/// behind a command. An index is pinned as the index that it is.
#[test]
fn a_floating_tag_shows_its_digest_and_is_pinned_to_it() {
    let storage = tempfile::tempdir().expect("a folder");
    let registry = Registry::start(storage.path(), &Value::Null, &Value::Null);
    registry.push("team/train", &["1"], &["latest"]);
    let home = Home::new(&[&registry.address]);
    let mut client = home.client(&[]);
    client.initialize(json!({"workspace": {"applyEdit": true}}));
    let host = &registry.address;
    let text = format!("FROM {host}/team/train:latest AS a\nFROM {host}/team/train:1\n");
    let uri = "file:///t/Dockerfile";
    client.open(uri, "dockerfile", &text);
    let document = json!({"textDocument": {"uri": uri}, "position": at(&text, "train:la")});
    let hover = until(
        || client.request("textDocument/hover", document.clone()),
        |hover| hover["contents"]["value"].as_str().is_some_and(|text| text.contains("sha256:")),
    );
    let said = hover["contents"]["value"].as_str().expect("a text").to_owned();
    assert!(said.starts_with(&format!("**{host}/team/train**")) && said.contains("AcrPull"), "{said}");
    let digest = said.split("sha256:").nth(1).expect("a digest").get(..64).expect("a digest").to_owned();
    assert_ne!(
        format!("sha256:{digest}"),
        sum(manifest("latest").as_bytes()),
        "the index, not one of its images"
    );
    let pins = |client: &mut Client, line: u64| -> Vec<Value> {
        let place = json!({"line": line, "character": 12});
        let range = json!({"start": place, "end": place});
        let found = client.request(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": [], "only": ["refactor"]}}),
        );
        let found = found.as_array().expect("actions").iter();
        found
            .filter(|action| action["title"].as_str().is_some_and(|title| title.starts_with("Pin ")))
            .cloned()
            .collect()
    };
    let known = pins(&mut client, 0);
    let edit = &known[0]["edit"]["changes"][uri][0];
    assert_eq!(apply(&text, edit), text.replace(":latest", &format!(":latest@sha256:{digest}")));
    let unknown = pins(&mut client, 1);
    let command = &unknown[0]["command"];
    assert_eq!(unknown[0].get("edit"), None);
    let run = json!({"command": command["command"], "arguments": command["arguments"]});
    assert_eq!(client.request("workspace/executeCommand", run), Value::Null);
    let request = client.wait(|message| message["method"] == "workspace/applyEdit");
    client.reply(&request, json!({"applied": true}));
    let edit = &request["params"]["edit"]["changes"][uri][0];
    let one = sum(manifest("1").as_bytes());
    assert_eq!(apply(&text, edit), text.replace("train:1\n", &format!("train:1@{one}\n")));
}

/// Refreshing asks for everything that is open, in a job of its own, and says how it went.
#[test]
fn the_catalogue_is_refreshed_on_command() {
    let storage = tempfile::tempdir().expect("a folder");
    let registry = Registry::start(storage.path(), &Value::Null, &Value::Null);
    registry.push("team/train", &["1"], &[]);
    let home = Home::new(&[&registry.address]);
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    std::thread::spawn(move || {
        loop {
            first_request(&proxy);
        }
    });
    let mut client = home.client(&[("HTTPS_PROXY", &address)]);
    client.initialize(json!({"window": {"workDoneProgress": true}}));
    let image = format!("{}/team/train", registry.address);
    let run = json!({"command": "amlenv.refreshCatalogue", "arguments": [{"image": image}]});
    assert_eq!(client.request("workspace/executeCommand", run), Value::Null);
    let create = client.wait(|message| message["method"] == "window/workDoneProgress/create");
    client.reply(&create, Value::Null);
    let said = client.wait(|message| message["method"] == "window/showMessage");
    assert_eq!(said["params"]["message"], "Registries answered 1 of 1 questions.");
    let text = format!("FROM {image}:");
    client.open("file:///t/Dockerfile", "dockerfile", &text);
    let found = completion(&mut client, "file:///t/Dockerfile", &at(&text, &text));
    assert_eq!((labels(&found), &found["isIncomplete"]), (vec!["1", "latest"], &json!(false)));
    client.open("file:///t/other/Dockerfile", "dockerfile", &format!("FROM {image}:1"));
    // Without a word about which, it is Azure ML's repositories and what is open.
    let run = json!({"command": "amlenv.refreshCatalogue", "arguments": []});
    assert_eq!(client.request("workspace/executeCommand", run), Value::Null);
    let create = client.wait(|message| message["method"] == "window/workDoneProgress/create");
    client.reply(&create, Value::Null);
    let said = client.wait(|message| message["method"] == "window/showMessage");
    let said = said["params"]["message"].as_str().expect("a text");
    assert!(
        said.starts_with("Registries answered 1 of 2 questions. mcr.microsoft.com could not be reached"),
        "{said}"
    );
}

/// The files of a repository that wants amlenv to call home.
fn hostile(folder: &Path, listener: &str) -> Vec<(&'static str, &'static str, String)> {
    let settings = format!(
        "[network]\nenabled = true\nregistries = [\"{listener}\", \"169.254.169.254\"]\n[catalogue]\ncache-dir = \"{}\"\n",
        folder.display()
    );
    let editor = json!({"amlenv.network.enabled": true, "amlenv.network.registries": [listener]}).to_string();
    let docker = json!({"auths": {listener: {"auth": BASIC}}, "credsStore": "evil"}).to_string();
    for (name, text) in [
        ("amlenv.toml", &settings),
        (
            "pyproject.toml",
            &settings
                .replace("[network]", "[tool.amlenv.network]")
                .replace("[catalogue]", "[tool.amlenv.catalogue]"),
        ),
        ("amlenv/config.toml", &settings),
        (".config/amlenv/config.toml", &settings),
        (".vscode/settings.json", &editor),
        (".docker/config.json", &docker),
        ("docker-credential-evil", &"#!/bin/sh\nexit 1\n".to_owned()),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let port = listener.rsplit(':').next().expect("a port");
    let python = format!(
        "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_image_registry.address = '{listener}'\nenv.docker.base_image = '{listener}/a:latest'\n"
    );
    let files = vec![
        ("dockerfile", "Dockerfile", format!("FROM {listener}/a/b:latest\n")),
        ("dockerfile", "localhost/Dockerfile", format!("FROM localhost:{port}/a/b:latest\n")),
        ("dockerfile", "metadata/Dockerfile", "FROM 169.254.169.254/latest/meta-data:latest\n".to_owned()),
        ("dockerfile", "attacker/Dockerfile", "FROM attacker.example/a:latest\n".to_owned()),
        (
            "dockerfile",
            "lookalike/Dockerfile",
            format!("FROM mcr.microsoft.com.attacker.example:{port}/azureml/a:latest\n"),
        ),
        ("yaml", "environment.yml", format!("name: e\nimage: {listener}/a/b:latest\n")),
        ("python", "train.py", python),
    ];
    for (_, name, text) in &files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    files
}

/// The user's own workspace tells its environments behind `azureml:`, whatever workspace a repository names.
#[tokio::test(flavor = "multi_thread")]
async fn environments_of_the_workspace_are_completed_when_signed_in() {
    const TOKEN: &str = "a-token-that-must-never-be-seen";
    const BASE: &str = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/environments";
    let server = MockServer::start().await;
    let metadata = json!([{"name": "AzureCloud", "resourceManager": server.uri(), "authentication": {"loginEndpoint": server.uri()}}]);
    let next = json!({
        "value": [{"name": "train", "properties": {"latestVersion": "12"}}],
        "nextLink": format!("{}{BASE}?page=2", server.uri()),
    });
    let answers = [
        ("/metadata/endpoints".to_owned(), None, metadata),
        (BASE.to_owned(), Some("2"), json!({"value": [{"name": "score", "properties": {}}]})),
        (BASE.to_owned(), None, next),
        (
            format!("{BASE}/train/versions"),
            None,
            json!({"value": [{"name": "9"}, {"name": "12"}, {"name": "a/b"}]}),
        ),
    ];
    for (at, page, body) in answers {
        let mut mock = Mock::given(method("GET")).and(path(at));
        if let Some(page) = page {
            mock = mock.and(query_param("page", page));
        }
        mock.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    }
    let home = Home::new(&[]);
    let work = home.path("work");
    let evil = json!({"subscription_id": "evil", "resource_group": "evil", "workspace_name": "evil"});
    fs::write(work.join("config.json"), evil.to_string()).expect("a file");
    let az = home.path("az");
    let token = json!({"accessToken": TOKEN, "expires_on": 4_102_444_800_u64, "expiresOn": "2099-12-31 00:00:00.000000", "tokenType": "Bearer"});
    fs::write(&az, format!("#!/bin/sh\necho '{token}'\n")).expect("a program");
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).expect("permissions");
    let programs = format!("{}:{}", home.folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let endpoints = format!("{}/metadata/endpoints", server.uri());
    let mut client = home.client(&[
        ("PATH", &programs),
        ("ARM_CLOUD_METADATA_URL", &endpoints),
        ("AZUREML_ARM_SUBSCRIPTION", "sub"),
        ("AZUREML_ARM_RESOURCEGROUP", "rg"),
        ("AZUREML_ARM_WORKSPACE_NAME", "ws"),
    ]);
    client.initialize(json!({}));
    let schema = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: x\nenvironment: ";
    for (number, (typed, expected)) in [
        ("azureml:", vec!["azureml:score@latest", "azureml:train@latest", "azureml:train:12"]),
        ("azureml:train:", vec!["azureml:train:12", "azureml:train:9", "azureml:train@latest"]),
    ]
    .into_iter()
    .enumerate()
    {
        let uri = format!("file://{}", work.join(format!("{number}.yml")).display());
        let text = format!("{schema}{typed}");
        client.open(&uri, "yaml", &text);
        let position = at(&text, &text);
        let own = |answer: &Value| -> Vec<String> {
            let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
            let own = items.filter(|item| item["detail"] == "in the workspace in Azure");
            own.map(|item| item["label"].as_str().expect("a label").to_owned()).collect()
        };
        let found = until(|| completion(&mut client, &uri, &position), |answer| own(answer).len() == 3);
        assert_eq!(own(&found), expected);
    }
    for request in server.received_requests().await.expect("requests") {
        assert!(!request.url.as_str().contains("evil"), "{}", request.url);
    }
}

/// Nobody comes to a listener that is at once the registry which the files name and the proxy to all other
/// hosts: not when the user has lookups off, nor when they are on and the user named nobody.
#[test]
fn a_hostile_repository_makes_nobody_call() {
    for enabled in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let home = Home::new(&[]);
        fs::write(home.path("config/amlenv/config.toml"), format!("[network]\nenabled = {enabled}\n"))
            .expect("a file");
        let work = home.path("work");
        let files = hostile(&work, &address);
        let proxy = format!("http://{address}");
        let env = [
            ("HTTPS_PROXY", proxy.as_str()),
            ("HTTP_PROXY", &proxy),
            ("ALL_PROXY", &proxy),
            ("https_proxy", &proxy),
            ("http_proxy", &proxy),
        ];

        let mut check = Command::new(env!("CARGO_BIN_EXE_amlenv"));
        home.surroundings(&mut check).envs(env).args(["check", "--format", "json", "."]);
        let output = check.output().expect("amlenv runs");
        let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let own = found["findings"].as_array().expect("findings").iter().filter(|found| {
            found["code"] == "AML004"
                && found["message"].as_str().is_some_and(|text| text.starts_with("network is the user's own"))
        });
        let files_said: BTreeSet<&str> = own.filter_map(|found| found["file"].as_str()).collect();
        assert!(files_said.contains("amlenv.toml"), "{found}");

        let mut client = home.client(&env);
        client.initialize(json!({"workspace": {"applyEdit": true}}));
        for (language, name, text) in &files {
            let uri = format!("file://{}", work.join(name).display());
            client.open(&uri, language, text);
            for needle in [":latest", "/a", "FROM "] {
                if !text.contains(needle) {
                    continue;
                }
                let position = at(text, needle);
                completion(&mut client, &uri, &position);
                let place = json!({"textDocument": {"uri": uri}, "position": position});
                client.request("textDocument/hover", place);
                let range = json!({"start": position, "end": position});
                let actions = client.request(
                    "textDocument/codeAction",
                    json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}}),
                );
                assert!(!actions.to_string().contains("to its digest"), "{actions}");
            }
        }
        if !enabled {
            let run = json!({"command": "amlenv.refreshCatalogue", "arguments": []});
            client.request("workspace/executeCommand", run);
            let said = client.wait(|message| message["method"] == "window/showMessage");
            assert!(
                said["params"]["message"].as_str().is_some_and(|text| text.starts_with("Lookups are off"))
            );
        }
        client.request("shutdown", Value::Null);
        client.notify("exit", Value::Null);
        assert_eq!(client.exit_code(), Some(0));

        listener.set_nonblocking(true).expect("a listener");
        let came = listener.accept();
        assert!(came.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "somebody called");
    }
}

/// The listener of the test above is no deaf one: once the user names it, it is asked.
#[test]
fn the_same_repository_calls_whom_the_user_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let home = Home::new(&[&address]);
    let files = hostile(&home.path("work"), &address);
    let mut client = home.client(&[]);
    client.initialize(json!({}));
    let (language, name, text) = &files[0];
    let uri = format!("file://{}", home.path("work").join(name).display());
    client.open(&uri, language, text);
    completion(&mut client, &uri, &at(text, "a/b:"));
    let asked = first_request(&listener);
    assert!(asked.starts_with("GET /v2/a/b/tags/list?n=1000 HTTP/1.1\r\n"), "{asked}");
    assert!(!asked.to_ascii_lowercase().contains("authorization"), "{asked}");
}

/// What is completed where nobody has lookups on, in every notation: `transcript.txt` beside this file shows
/// it. `AMLENV_UPDATE=1` writes it anew.
#[test]
fn the_transcript_shows_what_is_completed() {
    const IMAGE: &str = "mcr.microsoft.com/azureml/";
    const TAG: &str = "mcr.microsoft.com/azureml/openmpi5.0-cuda12.6-ubuntu24.04:";
    const NAME: &str = "azureml://registries/azureml/environments/";
    const VERSION: &str = "azureml://registries/azureml/environments/sklearn-1.5/versions/";
    let v1 = |image: &str| {
        format!(
            "from azureml.core import Environment\nenv = Environment('x')\nenv.docker.base_dockerfile = 'FROM {image}\\nRUN x'\n"
        )
    };
    let v2 = |reference: &str| {
        format!("from azure.ai.ml import command\njob = command(command='x', environment='{reference}')\n")
    };
    let job = |reference: &str| {
        format!(
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: x\nenvironment: {reference}\n"
        )
    };
    let yaml = |image: &str| format!("name: e\nimage: {image}\n");
    let forms = [
        ("Dockerfile", "dockerfile", format!("FROM {IMAGE}"), IMAGE),
        ("Dockerfile", "dockerfile", format!("FROM {TAG}"), TAG),
        ("environment.yml", "yaml", yaml(IMAGE), IMAGE),
        ("environment.yml", "yaml", yaml(TAG), TAG),
        ("job.yml", "yaml", job(NAME), NAME),
        ("job.yml", "yaml", job(VERSION), VERSION),
        ("train.py", "python", v1(IMAGE), IMAGE),
        ("train.py", "python", v1(TAG), TAG),
        ("submit.py", "python", v2(NAME), NAME),
        ("submit.py", "python", v2(VERSION), VERSION),
        ("book.ipynb", "python", v1(IMAGE), IMAGE),
        ("book.ipynb", "python", v1(TAG), TAG),
        ("book.ipynb", "python", v2(NAME), NAME),
        ("book.ipynb", "python", v2(VERSION), VERSION),
    ];
    let home = Home::new(&[]);
    fs::remove_file(home.path("config/amlenv/config.toml")).expect("a file");
    let mut client = home.client(&[]);
    client.initialize(json!({}));
    let mut transcript = String::new();
    for (number, (name, language, text, needle)) in forms.iter().enumerate() {
        let uri = format!("file:///t/{number}/{name}");
        if *name == "book.ipynb" {
            let cell = format!("{uri}#c");
            client.notify("notebookDocument/didOpen", json!({
                "notebookDocument": {"uri": uri, "notebookType": "jupyter-notebook", "version": 1, "cells": [{"kind": 2, "document": cell}]},
                "cellTextDocuments": [{"uri": cell, "languageId": language, "version": 1, "text": text}],
            }));
        } else {
            client.open(&uri, language, text);
        }
        let document = if *name == "book.ipynb" { format!("{uri}#c") } else { uri };
        let answer = completion(&mut client, &document, &at(text, needle));
        assert_eq!(answer["isIncomplete"], false, "{document}");
        let items = answer["items"].as_array().expect("items");
        let line = text.lines().find(|line| line.contains(needle)).expect("a line");
        transcript.push_str(&format!("{name}: {}\n", line.replacen(needle, &format!("{needle}|"), 1)));
        for item in items.iter().take(3) {
            let inserted = item["textEdit"]["newText"].as_str().expect("a text").trim();
            transcript.push_str(&format!("    {inserted}    {}\n", item["detail"].as_str().unwrap_or("")));
        }
        transcript.push_str(&format!("    … {} in all\n", items.len()));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/registry/transcript.txt");
    if std::env::var_os("AMLENV_UPDATE").is_some() {
        fs::write(&path, &transcript).expect("a file");
    }
    assert_eq!(transcript, fs::read_to_string(&path).expect("the transcript"));
}
