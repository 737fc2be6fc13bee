//! `amlenv images` without any network: what is found, in which order, and that a renewed snapshot is the
//! same where the registry has nothing new.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn images(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
    let output = command.arg("images").args(args).env("XDG_CONFIG_HOME", "/nonexistent").output();
    output.expect("amlenv runs")
}

fn text(args: &[&str]) -> String {
    let output = images(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&text(args)).expect("JSON")
}

fn names(found: &Value) -> Vec<&str> {
    let list = found["environments"].as_array().expect("environments");
    list.iter().map(|found| found["name"].as_str().expect("a name")).collect()
}

#[test]
fn words_narrow_the_list_and_its_order_is_always_the_same() {
    let found = json(&["torch cuda 12", "--format", "json"]);
    assert_eq!(found["snapshot"], "2026-07-23");
    assert_eq!(names(&found)[0], "acpt-pytorch-2.8-cuda12.6");
    assert_eq!(
        text(&["torch cuda 12", "--format", "json"]),
        text(&["cuda12", "PyTorch", "--format", "json"])
    );
    for (query, expected) in [
        ("python 3.12 inference", "mlflow-py312-inference"),
        ("ubuntu 24.04 sklearn training", "sklearn-1.5"),
        ("tensorflow cuda 12 active", "tensorflow-2.16-cuda12"),
        ("retired tensorflow", "tensorflow-2.12-cuda11"),
    ] {
        let found = json(&[query, "--format", "json"]);
        assert!(names(&found).contains(&expected), "{query}: {found}");
    }
    let supported = json(&["supported", "--format", "json"]);
    assert_eq!(supported["images"].as_array().map(Vec::len), Some(10));
    assert_eq!(json(&["no-such-thing", "--format", "json"])["environments"], json!([]));
}

/// What is in it comes first; where the name or the asset's own tags say something else, that is said.
#[test]
fn names_that_lie_are_said_to() {
    let found = json(&["acpt-pytorch-2.2-cuda12.1", "active", "--format", "json"]);
    let found = &found["environments"][0];
    assert_eq!(found["observed"]["cuda"], "12.6");
    assert_eq!(found["declared"]["torch"], "2.2");
    assert_eq!(
        found["name_disagrees"],
        json!([
            "The name says cuda 12.1; in it is cuda 12.6",
            "The name says torch 2.2; in it is torch 2.10.0",
        ])
    );
    assert_eq!(found["successor"], "acpt-pytorch-2.8-cuda12.6");
    assert_eq!(
        found["references"][1],
        "azureml://registries/azureml/environments/acpt-pytorch-2.2-cuda12.1/versions/55"
    );
    let all = json(&["active", "--format", "json"]);
    let lying = all["environments"].as_array().expect("environments").iter();
    assert_eq!(lying.filter(|found| found["name_disagrees"] != json!([])).count(), 4);
    let table = text(&["acpt-pytorch-2.2-cuda12.1 active"]);
    assert!(
        table.contains("note: acpt-pytorch-2.2-cuda12.1: the name says cuda 12.1; in it is cuda 12.6.\n"),
        "{table}"
    );
}

#[test]
fn old_names_and_old_images_lead_to_new_ones() {
    let found = json(&["responsibleai-0.20", "--format", "json"]);
    assert_eq!(found["legacy"][0]["successor"], "responsibleai-tabular");
    assert_eq!(found["legacy"][0]["steps"][1], json!({"to": "responsibleai-tabular", "date": "2024-09-04"}));
    let found = json(&["openmpi3.1.2-ubuntu18.04", "--format", "json"]);
    let image = &found["images"][0];
    assert_eq!(
        (&image["status"], &image["successor"]),
        (&json!("deprecated"), &json!("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"))
    );
}

#[test]
fn tags_of_the_snapshot_are_newest_first() {
    let whole = json(&[
        "--tags",
        "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20250101.v1",
        "--format",
        "json",
    ]);
    assert_eq!((&whole["source"], &whole["as_of"]), (&json!("snapshot"), &json!("2026-07-23")));
    assert_eq!(whole["image"], "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04");
    assert_eq!(whole["tags"][0], json!({"tag": "20260715.v1", "date": "2026-07-15"}));
    assert_eq!(json(&["--tags", "openmpi4.1.0-ubuntu22.04", "--format", "json"]), whole);
    let versions = json(&["--tags", "sklearn-1.5", "--format", "json"]);
    assert_eq!(versions["tags"][0]["tag"], "50");
    let unknown = images(&["--tags", "contoso.azurecr.io/train"]);
    assert_eq!((unknown.status.code(), unknown.stdout), (Some(1), Vec::new()));
    assert_eq!(images(&["--tags", "Not An Image"]).status.code(), Some(2));
    assert_eq!(images(&["--refresh"]).status.code(), Some(2));
}

/// The export of the snapshot renews it to itself; what a registry has beside it comes in.
#[test]
fn an_export_renews_the_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/data");
    let catalogue = fs::read_to_string(data.join("catalogue.json")).expect("the catalogue");
    let renew = |export: &Value| {
        let path = folder.path().join("export.json");
        fs::write(&path, export.to_string()).expect("a file");
        let mut command = Command::new("python3");
        command.arg("-B").arg(data.join("renew.py")).arg(data.join("catalogue.json")).arg(path);
        let output = command.output().expect("python3 runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (
            String::from_utf8(output.stdout).expect("UTF-8"),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let mut export = json(&["--export"]);
    assert_eq!(export["repositories"].as_object().map(serde_json::Map::len), Some(199));
    assert_eq!(renew(&export), (catalogue, String::new()));

    let answer = |tags: Value| json!({"source": "registry", "as_of": "2026-08-20", "tags": tags});
    let repositories = export["repositories"].as_object_mut().expect("repositories");
    for (name, tags) in [
        ("azureml/curated/sklearn-1.5", json!(["9", "51", "latest", "50"])),
        ("azureml/openmpi4.1.0-ubuntu22.04", json!(["20260815.v2", "20260815.v10", "latest", "debug"])),
        ("azureml/openmpi6.0-ubuntu26.04", json!(["20260815.v1", "latest"])),
    ] {
        repositories.insert(format!("mcr.microsoft.com/{name}"), answer(tags));
    }
    let (renewed, said) = renew(&export);
    assert_eq!(said, "new: mcr.microsoft.com/azureml/openmpi6.0-ubuntu26.04\n");
    let renewed: Value = serde_json::from_str(&renewed).expect("JSON");
    assert_eq!(renewed["snapshot"], "2026-08-20");
    let find = |list: &str, key: &str, name: &str| {
        let rows = renewed[list].as_array().expect("rows");
        rows.iter().find(|row| row[key] == name).expect(name).clone()
    };
    let sklearn = find("environments", "name", "sklearn-1.5");
    assert_eq!((&sklearn["versions"][0], &sklearn["versions"][1][0]), (&json!([51, ""]), &json!(50)));
    let image = find("images", "repository", "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04");
    assert_eq!(
        image["tags"].as_array().expect("tags")[..3],
        [json!("20260815.v10"), json!("20260815.v2"), json!("20260715.v1")]
    );
    let new = find("images", "repository", "mcr.microsoft.com/azureml/openmpi6.0-ubuntu26.04");
    assert_eq!((&new["status"], &new["tags"]), (&json!("unknown"), &json!(["20260815.v1"])));
}

/// A team's own images and environments are listed where its configuration names them, and marked as its own.
#[test]
fn the_own_images_and_environments_of_a_team_are_listed_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write(".git/HEAD", "");
    write("amlenv.toml", "[catalogue]\nextra = \"team.toml\"\n");
    write(
        "team.toml",
        "snapshot = \"2026-11-01\"\n\n[[images]]\nrepository = \"contoso.azurecr.io/ml/base\"\ntags = [\"2026.10\"]\nfacts = {python = \"3.12\"}\n\n[[environments]]\nname = \"churn\"\nversions = [\"4\", \"3\"]\nimage = \"contoso.azurecr.io/ml/base:2026.10\"\n\n[[environments]]\nname = \"old-churn\"\nregistry = \"contoso\"\nstatus = \"retired\"\nreplacement = \"churn\"\n",
    );
    write("deep/er/x", "");
    let run = |below: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amlenv"));
        command.current_dir(folder.path().join(below)).env("XDG_CONFIG_HOME", "/nonexistent");
        let output = command.arg("images").args(args).output().expect("amlenv runs");
        assert!(output.status.success());
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (said, problems) = run("deep/er", &["contoso"]);
    assert_eq!(problems, "");
    assert_eq!(
        said,
        "OWN ENVIRONMENT  VERSION  REGISTRY   STATUS   CONTENTS\nchurn            4        workspace  active   contoso.azurecr.io/ml/base:2026.10\nold-churn                 contoso    retired\n\nnote: old-churn: use churn instead.\nOWN IMAGE                   NEWEST TAG  STATUS     CONTENTS\ncontoso.azurecr.io/ml/base  2026.10     supported  Python 3.12\n\n2 own environments, 1 own image, by catalogue.extra of the configuration.\n0 curated environments, 0 images; snapshot of 2026-07-23. What is newer is not in it.\n"
    );
    let (said, _) = run("", &["own active", "--format", "json"]);
    let found: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(found["own_environments"][0]["reference"], "azureml:churn@latest");
    assert_eq!(found["own_environments"].as_array().map(Vec::len), Some(1));
    let (said, _) = run("", &["cpu", "--format", "json"]);
    let found: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&found["images"][0]["own"], &found["images"][1]["own"]), (&json!(true), &json!(false)));
    // What is wrong is told, and the snapshot is there all the same.
    write("amlenv.toml", "[catalogue]\nextra = \"nowhere.toml\"\n");
    let (said, problems) = run("", &["sklearn-1.5"]);
    assert!(said.contains("sklearn-1.5") && !said.contains("OWN"), "{said}");
    assert!(problems.contains("amlenv.toml: catalogue.extra: there is no such file."), "{problems}");
}
