//! What a real registry seldom does, and a hostile one would: played by a small server of our own, which
//! counts who comes.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amlenv_cloud::registry::{Access, Digest, Limits, Registries};
use amlenv_cloud::{Delays, Error};

/// A request, as far as the stand-in looks at it.
#[derive(Clone, Debug)]
struct Asked {
    line: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

struct StandIn {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

type Play = dyn Fn(&Asked, &mut TcpStream) + Send + Sync;

impl StandIn {
    fn start(play: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (play, log): (Arc<Play>, _) = (Arc::new(play), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), play, log) = (stream, Arc::clone(&play), Arc::clone(&log)) else { return };
                std::thread::spawn(move || serve(stream, &play, &log));
            }
        });
        Self { address, asked }
    }

    fn lines(&self) -> Vec<String> {
        self.asked.lock().expect("a list").iter().map(|asked| asked.line.clone()).collect()
    }

    fn asked(&self, number: usize) -> Asked {
        self.asked.lock().expect("a list")[number].clone()
    }
}

fn serve(stream: TcpStream, play: &Arc<Play>, log: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).expect("a header");
            let Some((name, value)) = header.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        let asked = Asked { line, headers, body: String::from_utf8(body).expect("text") };
        log.lock().expect("a list").push(asked.clone());
        play(&asked, &mut stream);
    }
}

fn reply(stream: &mut TcpStream, status: u16, headers: &str, body: &str) {
    let length = body.len();
    let _ = stream.write_all(
        format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n{headers}\r\n{body}").as_bytes(),
    );
}

fn tags(names: &[&str]) -> String {
    serde_json::json!({"name": "a/b", "tags": names}).to_string()
}

fn limits() -> Limits {
    let (first, most) = (Duration::from_millis(1), Duration::from_secs(1));
    Limits {
        delays: Delays { first, most, answer: Duration::from_millis(500) },
        whole: Duration::from_secs(20),
    }
}

/// Registries that may ask these hosts, in that environment.
fn registries(hosts: &[&str], env: &[(&str, &str)]) -> Registries {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let env: BTreeMap<String, String> =
        env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Registries::new(Access::new(true, &hosts), Arc::new(move |name| env.get(name).cloned()), limits())
}

/// A folder with Docker's configuration.
fn docker(config: &serde_json::Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("config.json"), config.to_string()).expect("a file");
    folder
}

#[tokio::test]
async fn pages_are_followed_by_relative_links() {
    let stand_in = StandIn::start(|asked, stream| match asked.line.as_str() {
        "GET /v2/a/b/tags/list?n=1000" => {
            reply(stream, 200, "Link: </v2/a/b/tags/list?last=2&n=2>; rel=\"next\"\r\n", &tags(&["10", "2"]));
        }
        "GET /v2/a/b/tags/list?last=2&n=2" => {
            reply(stream, 200, "Link: <list?last=3>; rel=next\r\n", &tags(&["3", "\u{1b}[31m", "a\nb"]));
        }
        "GET /v2/a/b/tags/list?last=3" => reply(stream, 200, "", r#"{"tags": null}"#),
        _ => reply(stream, 404, "", ""),
    });
    let host = stand_in.address.as_str();
    let found = registries(&[host], &[]).tags(host, "a/b").await.expect("tags");
    // In the registry's order; what is no name of a tag is left out.
    assert_eq!(found, ["10", "2", "3"]);
    assert_eq!(stand_in.lines().len(), 3);
}

#[tokio::test]
async fn a_registry_that_gives_all_at_once_is_taken_at_its_word() {
    let stand_in = StandIn::start(|_, stream| {
        let names: Vec<String> = (0..5000).map(|number| format!("v{number}")).collect();
        reply(stream, 200, "", &tags(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    });
    let host = stand_in.address.as_str();
    assert_eq!(registries(&[host], &[]).tags(host, "a/b").await.expect("tags").len(), 5000);
}

#[tokio::test]
async fn lists_without_an_end_are_given_up() {
    let ring = StandIn::start(|_, stream| {
        reply(stream, 200, "Link: </v2/a/b/tags/list?n=1000>; rel=next\r\n", &tags(&["1"]));
    });
    let counted = Mutex::new(0);
    let endless = StandIn::start(move |_, stream| {
        let mut count = counted.lock().expect("a number");
        *count += 1;
        reply(stream, 200, &format!("Link: </v2/a/b/tags/list?page={count}>; rel=next\r\n"), &tags(&["1"]));
    });
    for (stand_in, words) in [(&ring, "leads back"), (&endless, "does not end")] {
        let host = stand_in.address.as_str();
        let error = registries(&[host], &[]).tags(host, "a/b").await.expect_err("given up");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!((ring.lines().len(), endless.lines().len()), (1, 400));
}

/// Neither a redirect nor a link nor the address of a token leads to a host that the user did not name;
/// nobody knocks there.
#[tokio::test]
async fn nothing_leads_elsewhere() {
    let elsewhere = StandIn::start(|_, stream| reply(stream, 200, "", &tags(&["stolen"])));
    let other = elsewhere.address.clone();
    for (status, header) in [
        (307, format!("Location: http://{other}/v2/a/b/tags/list\r\n")),
        (301, format!("Location: //{other}/\r\n")),
        (302, "Location: http://169.254.169.254/latest/meta-data\r\n".to_owned()),
        (200, format!("Link: <http://{other}/v2/a/b/tags/list>; rel=next\r\n")),
        (401, format!("WWW-Authenticate: Bearer realm=\"http://{other}/token\",service=\"s\"\r\n")),
        (401, "WWW-Authenticate: Bearer realm=\"http://169.254.169.254/\"\r\n".to_owned()),
        (401, "WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"\r\n".to_owned()),
    ] {
        let sent = header.clone();
        let stand_in = StandIn::start(move |_, stream| reply(stream, status, &sent, &tags(&["1"])));
        let host = stand_in.address.as_str();
        let config = serde_json::json!({"auths": {host: {"auth": "dXNlcjpwYXNzd29yZA=="}}});
        let folder = docker(&config);
        let env = [("DOCKER_CONFIG", folder.path().to_str().expect("a path"))];
        let error = registries(&[host], &env).tags(host, "a/b").await.expect_err("refused");
        assert!(matches!(error, Error::Registry { .. }), "{header}: {error}");
        assert_eq!(stand_in.lines().len(), 1, "{header}");
    }
    assert_eq!(elsewhere.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_within_the_registry_is_followed_but_not_for_ever() {
    let stand_in = StandIn::start(|asked, stream| match asked.line.as_str() {
        "GET /v2/a/b/tags/list?n=1000" => reply(stream, 307, "Location: /v2/new/tags/list\r\n", ""),
        "GET /v2/new/tags/list" => reply(stream, 200, "", &tags(&["1"])),
        _ => reply(stream, 307, "Location: /round\r\n", ""),
    });
    let host = stand_in.address.as_str();
    let registries = registries(&[host], &[]);
    assert_eq!(registries.tags(host, "a/b").await.expect("tags"), ["1"]);
    assert!(registries.tags(host, "c").await.is_err());
    assert_eq!(stand_in.lines().len(), 6);
}

#[tokio::test]
async fn a_busy_registry_says_when_to_come_again() {
    let busy = |header: &'static str| {
        let counted = Mutex::new(0);
        StandIn::start(move |_, stream| {
            let mut count = counted.lock().expect("a number");
            *count += 1;
            if *count < 3 { reply(stream, 429, header, "") } else { reply(stream, 200, "", &tags(&["1"])) }
        })
    };
    for header in ["Retry-After: 0\r\n", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", ""] {
        let stand_in = busy(header);
        let host = stand_in.address.as_str();
        assert_eq!(registries(&[host], &[]).tags(host, "a/b").await.expect("tags"), ["1"], "{header}");
    }
    // An hour is not waited for, nor is a patience without end had.
    let stand_in = busy("Retry-After: 3600\r\n");
    let host = stand_in.address.as_str();
    assert!(matches!(registries(&[host], &[]).tags(host, "a/b").await, Err(Error::Busy { .. })));
    assert_eq!(stand_in.lines().len(), 1);
    let always = StandIn::start(|_, stream| reply(stream, 503, "", ""));
    let host = always.address.as_str();
    assert!(matches!(registries(&[host], &[]).tags(host, "a/b").await, Err(Error::Busy { .. })));
    assert_eq!(always.lines().len(), 4);
}

#[tokio::test]
async fn slow_and_endless_answers_are_given_up() {
    let silent = StandIn::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 x\r\nContent-Length: 100\r\n\r\n{\"tags\":");
        // The rest never comes; the connection stays open until the other side gives up.
        let _ = stream.read(&mut [0]);
    });
    let endless = StandIn::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    });
    for (stand_in, words) in [(&silent, "no answer in time"), (&endless, "larger than any answer")] {
        let host = stand_in.address.as_str();
        let error = registries(&[host], &[]).tags(host, "a/b").await.expect_err("given up");
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A registry whose tokens are given on its own host, to those who show `credentials`.
fn with_tokens(credentials: &'static str) -> StandIn {
    StandIn::start(move |asked, stream| {
        if let Some(query) = asked.line.strip_prefix("GET /token?") {
            let right = query.contains("scope=repository%3Aa%2Fb%3Apull") && query.contains("service=s");
            let known = asked.header("authorization") == credentials;
            return match (right, known) {
                (true, true) => reply(stream, 200, "", r#"{"token": "the-token"}"#),
                _ => reply(stream, 401, "", "{}"),
            };
        }
        if asked.line == "POST /token" {
            let right = asked.body.contains("grant_type=refresh_token")
                && asked.body.contains("refresh_token=an-identity")
                && asked.body.contains("scope=repository%3Aa%2Fb%3Apull");
            return reply(stream, if right { 200 } else { 401 }, "", r#"{"access_token": "the-token"}"#);
        }
        if asked.header("authorization") == "Bearer the-token" {
            return reply(stream, 200, "", &tags(&["1"]));
        }
        let realm = format!("http://{}/token", asked.header("host"));
        reply(stream, 401, &format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"s\"\r\n"), "{}");
    })
}

#[tokio::test]
async fn tokens_are_got_without_credentials_with_a_password_and_with_an_identity() {
    let open = with_tokens("");
    let host = open.address.as_str();
    assert_eq!(registries(&[host], &[]).tags(host, "a/b").await.expect("tags"), ["1"]);

    let closed = with_tokens("Basic dXNlcjpwOnc=");
    let host = closed.address.as_str();
    assert!(matches!(registries(&[host], &[]).tags(host, "a/b").await, Err(Error::NoImage { .. })));
    for entry in [
        serde_json::json!({"auth": "dXNlcjpwOnc="}),
        serde_json::json!({"username": "user", "password": "p:w"}),
        serde_json::json!({"identitytoken": "an-identity"}),
    ] {
        let folder = docker(&serde_json::json!({"auths": {format!("https://{host}/v1/"): entry}}));
        let env = [("DOCKER_CONFIG", folder.path().to_str().expect("a path"))];
        assert_eq!(registries(&[host], &env).tags(host, "a/b").await.expect("tags"), ["1"], "{entry}");
    }
    // Wrong ones are said to be so, and do not show.
    let folder = docker(&serde_json::json!({"auths": {host: {"auth": "dXNlcjp3cm9uZw=="}}}));
    let env = [("DOCKER_CONFIG", folder.path().to_str().expect("a path"))];
    let error = registries(&[host], &env).tags(host, "a/b").await.expect_err("refused").to_string();
    assert!(error.contains("it refuses") && !error.contains("wrong") && !error.contains("dXN"), "{error}");
}

/// Docker's helper programs are run for a host that the user named, with nothing but its name; for others
/// nobody asks at all.
#[cfg(unix)]
#[tokio::test]
async fn helper_programs_give_credentials_for_named_hosts() {
    use std::os::unix::fs::PermissionsExt as _;

    let stand_in = with_tokens("Basic dXNlcjpwOnc=");
    let host = stand_in.address.as_str();
    for key in ["credsStore", "credHelpers"] {
        let value = match key {
            "credsStore" => serde_json::json!("probe"),
            _ => serde_json::json!({host: "probe"}),
        };
        let folder = docker(&serde_json::json!({key: value}));
        let program = folder.path().join("docker-credential-probe");
        let log = folder.path().join("log");
        let script = format!(
            "#!/bin/sh\nread -r host || true\necho \"$1 $host\" >> {}\necho '{{\"ServerURL\":\"\",\"Username\":\"user\",\"Secret\":\"p:w\"}}'\n",
            log.display()
        );
        std::fs::write(&program, script).expect("a program");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let env = [("DOCKER_CONFIG", folder.path().to_str().expect("a path")), ("PATH", &path)];
        assert_eq!(registries(&[host], &env).tags(host, "a/b").await.expect("tags"), ["1"]);
        assert_eq!(std::fs::read_to_string(&log).expect("a log"), format!("get {host}\n"));
        let before = stand_in.lines().len();
        assert!(matches!(
            registries(&["other.example"], &env).tags(host, "a/b").await,
            Err(Error::NotAllowed { .. })
        ));
        assert_eq!(stand_in.lines().len(), before);
        assert_eq!(std::fs::read_to_string(&log).expect("a log").lines().count(), 1);
    }
}

/// An Azure token is exchanged at the registry for one of its own, and that for one for the repository.
#[tokio::test]
async fn azures_own_registries_take_an_azure_token() {
    let stand_in = StandIn::start(|asked, stream| {
        let host = asked.header("host");
        let authorization = asked.header("authorization");
        match asked.line.as_str() {
            "GET /metadata/endpoints" => {
                let body = serde_json::json!([{
                    "name": "AzureCloud",
                    "resourceManager": format!("http://{host}"),
                    "authentication": {"loginEndpoint": format!("http://{host}")},
                    "suffixes": {"acrLoginServer": "localhost"},
                }]);
                reply(stream, 200, "Content-Type: application/json\r\n", &body.to_string());
            }
            "POST /tenant/oauth2/v2.0/token" => {
                reply(
                    stream,
                    200,
                    "Content-Type: application/json\r\n",
                    r#"{"token_type":"Bearer","expires_in":3600,"access_token":"an-azure-token"}"#,
                );
            }
            "POST /oauth2/exchange" => {
                let known = asked.body.contains("grant_type=access_token")
                    && asked.body.contains("access_token=an-azure-token");
                reply(stream, if known { 200 } else { 401 }, "", r#"{"refresh_token": "an-identity"}"#);
            }
            "POST /oauth2/token" => {
                let known = asked.body.contains("refresh_token=an-identity")
                    && asked.body.contains("scope=repository%3Atrain%3Apull");
                reply(stream, if known { 200 } else { 401 }, "", r#"{"access_token": "the-token"}"#);
            }
            "GET /v2/train/tags/list?n=1000" if authorization == "Bearer the-token" => {
                reply(stream, 200, "", &tags(&["7"]));
            }
            _ => {
                let realm = format!("http://{host}/oauth2/token");
                reply(
                    stream,
                    401,
                    &format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"{host}\"\r\n"),
                    "",
                );
            }
        }
    });
    let port = stand_in.address.rsplit(':').next().expect("a port");
    let host = format!("contoso.localhost:{port}");
    let metadata = format!("http://{}/metadata/endpoints", stand_in.address);
    let env = [
        ("ARM_CLOUD_METADATA_URL", metadata.as_str()),
        ("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"),
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_CLIENT_SECRET", "a-secret"),
    ];
    assert_eq!(registries(&[&host], &env).tags(&host, "train").await.expect("tags"), ["7"]);
    // A registry that is none of Azure's never sees such a token.
    let other = stand_in.address.clone();
    let before = stand_in.lines().len();
    assert!(registries(&[&other], &env).tags(&other, "train").await.is_err());
    assert!(
        !stand_in.lines()[before..].iter().any(|line| line.contains("exchange") || line.contains("v2.0"))
    );
}

#[tokio::test]
async fn digests_come_from_the_header_or_are_counted() {
    const SUM: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let stand_in = StandIn::start(|asked, stream| {
        let index = "Content-Type: application/vnd.oci.image.index.v1+json\r\n";
        let single = "Content-Type: application/vnd.docker.distribution.manifest.v2+json\r\n";
        let digest = format!("Docker-Content-Digest: {SUM}\r\n");
        match asked.line.as_str() {
            "HEAD /v2/a/b/manifests/index" => {
                let _ = stream.write_all(
                    format!("HTTP/1.1 200 x\r\nContent-Length: 9\r\n{index}{digest}\r\n").as_bytes(),
                );
            }
            "HEAD /v2/a/b/manifests/single" => {
                let _ = stream.write_all(
                    format!("HTTP/1.1 200 x\r\nContent-Length: 9\r\n{single}{digest}\r\n").as_bytes(),
                );
            }
            "HEAD /v2/a/b/manifests/counted" => {
                reply(stream, 200, "Docker-Content-Digest: sha256:../x\r\n", "")
            }
            "GET /v2/a/b/manifests/counted" => reply(stream, 200, single, ""),
            _ => reply(stream, 404, "", ""),
        }
    });
    let host = stand_in.address.as_str();
    let registries = registries(&[host], &[]);
    for (tag, index) in [("index", true), ("single", false), ("counted", false)] {
        let found = registries.digest(host, "a/b", tag).await.expect("a digest");
        assert_eq!(found, Digest { digest: SUM.to_owned(), index }, "{tag}");
    }
    assert!(stand_in.asked(0).header("accept").starts_with("application/vnd.oci.image.index.v1+json"));
    assert!(matches!(registries.digest(host, "a/b", "gone").await, Err(Error::NoImage { .. })));
    for odd in ["../../secrets", "a b", ""] {
        assert!(matches!(registries.digest(host, "a/b", odd).await, Err(Error::InvalidName { .. })), "{odd}");
    }
    assert!(matches!(registries.tags(host, "../admin").await, Err(Error::InvalidName { .. })));
}

#[tokio::test]
async fn repositories_are_listed_as_far_as_they_are_wanted() {
    let stand_in = StandIn::start(|asked, stream| match asked.line.as_str() {
        "GET /v2/_catalog?n=1000" => reply(
            stream,
            200,
            "Link: </v2/_catalog?last=x>; rel=\"next\"\r\n",
            r#"{"repositories": ["azureml/a", "other/b"]}"#,
        ),
        _ => reply(stream, 200, "", r#"{"repositories": ["azureml/c", "azureml/../d"]}"#),
    });
    let host = stand_in.address.as_str();
    let found = registries(&[host], &[]).repositories(host, &|name| name.starts_with("azureml/")).await;
    assert_eq!(found.expect("repositories"), ["azureml/a", "azureml/c"]);
}
