//! Two upstreams that tests bring, added beside the shipped ones by files alone: `--also`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::demo::{Demo, curl};
use crate::files::copy;
use crate::http::{Answer, call, get};
use crate::process::{Running, address, command, run};

const FOLDER: &str = "tests/newcomers/mappings";
const BOTH: [&str; 2] = ["quillpost", "tolliver"];
const ALSO: [&str; 2] = ["--also", FOLDER];

/// The last call that a demo with them prints.
const LAST: &str = "+12025550199";

fn names(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let folders = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = folders
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_is_found_in_them_and_every_law_holds() {
    assert_eq!(names(FOLDER), BOTH);
    let told = run(&["check", "--laws", "--deny-warnings", "--mappings", FOLDER]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert!(told.out.ends_with(": nothing found\n"), "{}", told.out);
}

#[test]
fn they_are_judged_beside_the_shipped_ones() {
    let hold = |told: &str| -> u32 {
        let words = told.lines().last().unwrap().split(' ').next().unwrap();
        words.parse().unwrap()
    };
    let shipped = run(&["test"]);
    let own = run(&["test", "--mappings", FOLDER]);
    let told = run(&[["test"].as_slice(), &ALSO].concat());
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(told.out.ends_with(" cases hold, 0 fail\n"), "{}", told.out);
    assert_eq!(hold(&told.out), hold(&shipped.out) + hold(&own.out));

    let checked = run(&[["check"].as_slice(), &ALSO].concat());
    assert_eq!(checked.code, 0, "{}", checked.out);
    assert!(!checked.out.contains("newcomers"), "{}", checked.out);
    let table = run(&[["coverage"].as_slice(), &ALSO].concat());
    let head = table.out.lines().next().unwrap().to_owned();
    for name in names("mappings").iter().map(String::as_str).chain(BOTH) {
        assert!(head.contains(name), "{name}: {head}");
    }
}

#[test]
fn a_fault_of_theirs_is_told_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mappings/mine");
    fs::create_dir_all(&mine).unwrap();
    fs::create_dir_all(folder.path().join("schemas/native")).unwrap();
    fs::write(
        folder.path().join("schemas/native/mine.schema.yaml"),
        "$defs:\n  Thing: { type: object, properties: { no: { type: string, maxLength: 9 } } }\n",
    )
    .unwrap();
    fs::write(
        mine.join("thing.yaml"),
        "mapping: thing\ncanonical: Customer\nnative: Thing\nfields:\n  referenc: no\n",
    )
    .unwrap();
    fs::write(mine.join("upstream.yaml"), "upstream: mine\nnative: mine\nmedia-type: application/json\nsettings: { base-url: { doc: x } }\nbase-url: '{settings.base-url}'\nauth: { scheme: none }\noperations:\n  getCustomer:\n    routes: [{ when: id, call: 'GET /things/{id}' }]\n    answers: [{ status: 200, body: thing }]\n").unwrap();
    let mappings = folder.path().join("mappings");
    let told = run(&["check", "--also", mappings.to_str().unwrap()]);
    assert_eq!(told.code, 1);
    let place = mine.join("thing.yaml");
    assert!(
        told.out.contains("M101") && told.out.contains(place.to_str().unwrap()),
        "{}",
        told.out
    );
    // By its path alone nothing is told of the shipped ones, whose names begin so, too.
    let path = mappings.to_str().unwrap();
    let told = run(&["check", "--also", path, path]);
    assert!(told.out.contains("M101"), "{}", told.out);
    assert!(!told.out.contains("--> mappings/"), "{}", told.out);
    let served = run(&[
        "sandbox",
        "--port",
        "0",
        "--also",
        mappings.to_str().unwrap(),
    ]);
    assert_eq!((served.code, served.out.as_str()), (78, ""), "{served:?}");

    // What makes the file that is not there yet is told as it must be said.
    let thing = "mapping: thing\ncanonical: Customer\nnative: Thing\nfields:\n  reference: no\n";
    fs::write(mine.join("thing.yaml"), thing).unwrap();
    let told = run(&["check", "--also", path, path]);
    let command = format!("interlingua coverage --also {path} mine > {path}/mine/coverage.txt");
    assert!(
        told.out.contains("M410") && told.out.contains(&command),
        "{}",
        told.out
    );
}

#[test]
fn what_is_added_is_checked_by_its_path_too() {
    for path in ["", "/quillpost", "/quillpost/upstream.yaml"] {
        let told = run(&["check", "--also", FOLDER, &format!("{FOLDER}{path}")]);
        assert_eq!(told.code, 0, "{path}: {told:?}");
        assert!(!told.out.contains("F006"), "{path}: {}", told.out);
    }
}

/// Files of two folders never mix: a name that is taken is a fault, and what was there stays.
#[test]
fn a_name_that_is_taken_is_refused() {
    let folder = copy();
    let mappings = folder.path().join("mappings");
    let told = run(&["check", "--also", mappings.to_str().unwrap()]);
    assert_eq!(told.code, 1);
    for name in names("mappings") {
        let taken = format!("holds `mappings/{name}`, which is there already");
        assert_eq!(told.out.matches(&taken).count(), 1, "{}", told.out);
    }
    let twice = run(&["check", "--also", FOLDER, "--also", FOLDER]);
    assert_eq!(twice.code, 1);
    assert!(twice.out.contains("F006"), "{}", twice.out);
}

fn send(demo: &Demo, method: &str, path: &str, upstream: &str, body: &Value) -> Answer {
    let headers = [
        (
            "Content-Type",
            if method == "PATCH" {
                "application/merge-patch+json"
            } else {
                "application/json"
            },
        ),
        ("Interlingua-Upstream", upstream),
    ];
    let headers = if method == "PATCH" {
        &headers[..1]
    } else {
        &headers[..]
    };
    call(demo.gateway, method, path, headers, &body.to_string())
}

#[test]
fn the_gateway_and_sandboxes_serve_them_beside_the_shipped_ones() {
    let demo = Demo::with(&ALSO, LAST);
    let listed = get(demo.gateway, "/v1/upstreams").json();
    let listed: Vec<&str> = listed["items"]
        .as_array()
        .unwrap_or_else(|| panic!("{listed}"))
        .iter()
        .map(|upstream| upstream["name"].as_str().unwrap())
        .collect();
    let mut all = names("mappings");
    all.extend(BOTH.map(str::to_owned));
    all.sort();
    assert_eq!(listed, all);

    for name in BOTH {
        let told = get(demo.gateway, &format!("/v1/upstreams/{name}")).json();
        let operations = told["operations"].as_array().unwrap().iter();
        let ids: Vec<&str> = operations.map(|one| one["id"].as_str().unwrap()).collect();
        for id in [
            "createCustomer",
            "getCustomer",
            "listCustomers",
            "updateCustomer",
            "deleteCustomer",
        ] {
            assert!(ids.contains(&id), "{name}: {ids:?}");
        }
    }
    // What they print works.
    let calls: Vec<&String> = demo
        .lines
        .iter()
        .filter(|line| line.starts_with("curl "))
        .collect();
    let theirs = calls
        .into_iter()
        .filter(|line| BOTH.iter().any(|name| line.contains(name)));
    let theirs: Vec<&String> = theirs.collect();
    assert_eq!(theirs.len(), 5, "{theirs:?}");
    for line in theirs {
        let answer = curl(line);
        assert!((200..300).contains(&answer.status), "{line}\n{answer:?}");
    }
    let both = call(
        demo.gateway,
        "GET",
        "/v1/customers",
        &[("Interlingua-Upstream", "tolliver,quillpost,blubilling")],
        "",
    );
    assert_eq!(both.status, 200, "{both:?}");
    let items = both.json()["items"].as_array().unwrap().len();
    assert_eq!(items, 2 + 3 + 3, "{both:?}");
}

/// A customer's whole life at each of them, through a signature of its own and a token.
#[test]
fn a_customer_lives_at_each_of_them() {
    let demo = Demo::with(&ALSO, LAST);
    for name in BOTH {
        let body = json!({
            "reference": "n-1",
            "name": { "first": "Noor", "last": "Example" },
            "phones": [{ "type": "home", "number": "+12025550123" }],
            "addresses": [{ "use": if name == "tolliver" { "postal" } else { "home" }, "line1": "1 Lane <2>", "postalCode": "00730", "country": "PR" }],
        });
        let made = send(&demo, "POST", "/v1/customers", name, &body);
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        assert!(made.get("warnings").is_none(), "{made}");
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        assert_eq!(made["addresses"], body["addresses"]);

        let patch = json!({ "name": { "last": "Changed" }, "phones": null });
        let changed = send(&demo, "PATCH", &path, name, &patch);
        assert_eq!(changed.status, 200, "{changed:?}");
        let read = get(demo.gateway, &path).json();
        assert_eq!(read["name"], json!({ "first": "Noor", "last": "Changed" }));
        assert_eq!(read["addresses"], body["addresses"]);
        assert!(read.get("phones").is_none(), "{read}");

        let gone = call(demo.gateway, "DELETE", &path, &[], "");
        assert!((200..300).contains(&gone.status), "{gone:?}");
        assert_eq!(
            get(demo.gateway, &path).problem(),
            (404, "not-found".to_owned())
        );
    }
    // A machine of files, too.
    let move_to = |status: &str| {
        let body = json!({ "status": status });
        send(
            &demo,
            "PATCH",
            "/v1/customers/quillpost:r-2",
            "quillpost",
            &body,
        )
        .problem()
    };
    let illegal = (409, "illegal-move".to_owned());
    assert_eq!(move_to("inactive"), illegal);
}

/// Its mapping says so, and nothing else does; what changes by a write shows at once.
#[test]
fn answers_of_one_of_them_are_kept() {
    let demo = Demo::with(&ALSO, LAST);
    let status = |path: &str| {
        let headers = [("Interlingua-Upstream", "quillpost")];
        let headers = if path.contains(':') {
            &[][..]
        } else {
            &headers
        };
        let answer = call(demo.gateway, "GET", path, headers, "");
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut lines = answer.head.lines();
        let line = lines.find_map(|line| line.strip_prefix("cache-status: "));
        (line.unwrap_or_default().to_owned(), answer.json())
    };
    let (one, list, other) = (
        "/v1/customers/quillpost:r-2",
        "/v1/customers",
        "/v1/customers/quillpost:r-1",
    );
    let (stored, hit) = ("interlingua; fwd=miss; stored", "interlingua; hit");
    for path in [one, list, other] {
        assert_eq!(status(path).0, stored, "{path}");
        assert_eq!(status(path).0, hit, "{path}");
    }
    let patch = json!({ "name": { "last": "Changed" } });
    let changed = send(&demo, "PATCH", one, "quillpost", &patch);
    assert_eq!(changed.status, 200, "{changed:?}");
    let (said, read) = status(one);
    assert_eq!((&*said, &read["name"]["last"]), (stored, &json!("Changed")));
    assert_eq!(status(list).0, stored);
    assert_eq!(status(other).0, hit);
}

/// The sandbox answers in the upstream's own words, and refuses who cannot sign.
#[test]
fn their_sandboxes_speak_their_dialects() {
    let mut running = Running::start(command(
        &[["sandbox", "tolliver", "--port", "0"].as_slice(), &ALSO].concat(),
    ));
    let at = address(&running.line());
    let refused = call(
        at,
        "GET",
        "/registry/subscribers/7",
        &[("Authorization", "Tolliver demo:1:x")],
        "",
    );
    assert_eq!(refused.status, 401, "{refused:?}");
    assert!(!refused.body.contains("Lovelace"), "{refused:?}");
}
