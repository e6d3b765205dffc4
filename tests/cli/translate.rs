//! Both halves of a call, in both directions.

use crate::process::{command, ended, run, run_with};

const CASES: &str = "mappings/blubilling/cases";

fn translate<'a>(operation: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["translate", "-u", "blubilling", "-o", operation], more].concat()
}

#[test]
fn a_native_request_is_the_call_that_it_was_written_from() {
    let body =
        "{\"reference\":\"c\",\"contacts\":[{\"role\":\"billing\",\"name\":{\"first\":\"Ann\"}}]}";
    let written = run_with(&translate("createCustomer", &[]), body);
    assert_eq!(written.code, 0, "{written:?}");

    let read = ["-d", "to-canonical", "--message", "request"];
    let told = run_with(
        &translate("createCustomer", &[read.as_slice(), &["--raw"]].concat()),
        &written.out,
    );

    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(told.out, format!("createCustomer\n\n{body}"));
    let other = run_with(&translate("updateContact", &read), &written.out);
    assert_eq!(
        (other.code, other.err.as_str()),
        (1, "error: this is a request of `createCustomer`\n")
    );
    let none = run_with(&translate("createCustomer", &read), "<customer/>");
    assert_eq!(none.code, 2, "{none:?}");
    let unknown = run_with(&translate("getCustomer", &read), "GET /nowhere\n");
    assert_eq!(
        (unknown.code, unknown.err.as_str()),
        (1, "error: the upstream has no such path\n")
    );
}

/// An object that lacks what every answer of its kind has is no success, whatever its status says.
#[test]
fn an_answer_without_what_it_is_about_is_not_taken_for_one() {
    for (upstream, operation, more) in [
        ("cybersource", "getCustomer", &["-i", "id=5"][..]),
        ("cybersource", "createCustomer", &["--message", "response"]),
        ("ebpp", "searchCustomers", &[]),
    ] {
        for native in ["{}", r#"{"errors":[{"code":"E","message":"m"}]}"#] {
            let call = [
                "translate",
                "-u",
                upstream,
                "-o",
                operation,
                "-d",
                "to-canonical",
            ];
            let told = run_with(&[&call, more].concat(), native);
            assert_ne!(told.code, 0, "{operation} {native}: {told:?}");
            assert!(
                told.err.contains("upstream-invalid"),
                "{operation}: {told:?}"
            );
        }
    }
}

#[test]
fn an_answer_is_written_as_the_upstream_would() {
    let case = format!("{CASES}/getCustomer/by-reference");
    let native = format!("{case}/native.xml");
    let inputs = ["-i", "reference=bj444", "--setting", "phone-country=US"];
    let read = run(&translate(
        "getCustomer",
        &[inputs.as_slice(), &["-d", "to-canonical", &native]].concat(),
    ));
    assert_eq!(read.code, 0, "{read:?}");

    let write = ["--message", "response"];
    let told = run_with(
        &translate("getCustomer", &[inputs.as_slice(), &write].concat()),
        &read.out,
    );

    assert_eq!(told.code, 0, "{told:?}");
    assert!(
        told.out
            .starts_with("HTTP/1.1 200\ncontent-type: application/xml\n\n<customer"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("<name>Bill Joseph</name>"),
        "{}",
        told.out
    );
    let refused = ["--status", "404"];
    let told = run_with(
        &translate(
            "getCustomer",
            &[inputs.as_slice(), &write, &refused].concat(),
        ),
        "{\"code\":\"not-found\"}",
    );
    assert!(told.out.starts_with("HTTP/1.1 404\n"), "{told:?}");
}

#[test]
fn what_an_answer_has_no_place_for_is_told() {
    for (operation, more, said, lost) in [
        (
            "getCustomer",
            &["-i", "id=340"][..],
            r#"{"reference":"c","frob":1,"name":{"full":"A","nix":[2]}}"#,
            "lost: no-place at /frob\nlost: no-place at /name/nix/0\n",
        ),
        (
            "listCustomers",
            &[],
            r#"{"items":[{"reference":"c","frob":1}],"page":{"total":1},"frob~":{}}"#,
            "lost: no-place at /items/0/frob\nlost: no-place at /page/total\nlost: no-place at /frob~0\n",
        ),
        (
            "getCustomer",
            &["-i", "id=340", "--status", "404"],
            r#"{"code":"not-found","frob":"x"}"#,
            "lost: no-place at /frob\n",
        ),
        (
            "getCustomer",
            &["-i", "id=340", "--status", "404"],
            r#"{"code":"upstream-unexpected","status":404,"frob":"x"}"#,
            "lost: no-place at /frob\n",
        ),
        (
            "getCustomer",
            &["-i", "id=340"],
            r#"{"reference":"c","warnings":[]}"#,
            "",
        ),
    ] {
        let call = [&["--message", "response"], more].concat();
        let told = run_with(&translate(operation, &call), said);
        assert_eq!(
            (told.code, told.err.as_str()),
            (0, lost),
            "{said}: {told:?}"
        );
    }
}

#[test]
fn what_would_count_for_nothing_is_refused() {
    for (operation, more, err) in [
        (
            "getCustomer",
            &["-i", "id=3", "-i", "id=4"][..],
            "error: `id` is given twice\n",
        ),
        (
            "getCustomer",
            &["-i", "id=3", "Cargo.toml"],
            "error: `getCustomer` takes no document; an answer to it is read with `-d to-canonical`\n",
        ),
    ] {
        let told = run(&translate(operation, more));
        assert_eq!((told.code, told.err.as_str()), (2, err), "{told:?}");
    }
}

/// What would be left out of a request that is sent, or of one that is read, is told at its place.
#[test]
fn what_a_document_or_a_request_loses_is_told_at_its_place() {
    let response = [
        "translate",
        "-u",
        "blubilling",
        "--mapping",
        "customer",
        "-m",
        "response",
    ];
    let told = run_with(&response, r#"{"frob":1,"name":{"nix":2}}"#);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(
        told.err,
        "lost: no-place at /frob\nlost: no-place at /name/nix\n"
    );
    let read = ["-d", "to-canonical", "-m", "request"];
    let asked = "GET /rest/customer/7?format=xml&frob=1&format=json HTTP/1.1\n\n<x/>";
    let told = run_with(&translate("getCustomer", &read), asked);
    assert_eq!((told.code, told.out.as_str()), (0, "getCustomer\nid=7\n"));
    assert_eq!(
        told.err,
        "lost: no-place at the document\nlost: no-place at frob\nlost: surplus at format\n"
    );
}

/// What nothing looks at is a slip of whoever said it.
#[test]
fn what_has_no_use_is_refused() {
    let mapping = &["translate", "-u", "blubilling", "--mapping", "customer"][..];
    let get = &[
        "translate",
        "-u",
        "blubilling",
        "-o",
        "getCustomer",
        "-i",
        "id=3",
    ][..];
    for (call, more, said) in [
        (get, &["--status", "404"][..], "`--status` is of no use"),
        (get, &["--patch"], "`--patch` is of no use"),
        (get, &["--base", "Cargo.toml"], "`--base` is of no use"),
        (
            get,
            &["--base", "Cargo.toml", "-d", "to-canonical"],
            "`--base` is of no use",
        ),
        (
            get,
            &["--status", "99", "-m", "response"],
            "99 is not in 100..=599",
        ),
        (
            get,
            &[
                "--setting",
                "phone-country=US",
                "--setting",
                "phone-country=CA",
            ],
            "the setting `phone-country` is given twice",
        ),
        (mapping, &["--status", "404"], "`--status` is of no use"),
        (mapping, &["-i", "id=3"], "`--input` is of no use"),
        (
            mapping,
            &["--base", "Cargo.toml", "-d", "to-canonical"],
            "`--base` is of no use",
        ),
    ] {
        let told = run(&[call, more].concat());
        assert_eq!(told.code, 2, "{more:?}: {told:?}");
        assert!(told.err.contains(said), "{more:?}: {told:?}");
    }
}

#[test]
fn a_document_that_nothing_takes_is_refused() {
    for (input, code) in [("{}", 2), ("", 0)] {
        let told = run_with(&translate("getCustomer", &["-i", "id=3"]), input);
        assert_eq!(told.code, code, "{input:?}: {told:?}");
    }
    let mut of_file = command(&translate("getCustomer", &["-i", "id=3"]));
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let told = ended(of_file.stdin(file).output().unwrap());
    assert_eq!(told.code, 2, "{told:?}");
    assert!(
        told.err
            .starts_with("error: `getCustomer` takes no document; what stands on standard input"),
        "{told:?}"
    );
}

#[test]
fn a_field_without_words_is_told_by_what_is_known_of_it() {
    let refused = ["-d", "to-canonical", "--status", "400"];
    let call = ["translate", "-u", "ebpp", "-o", "createCustomer"];
    let told = run_with(
        &[&call[..], &refused].concat(),
        r#"{"error_code":"E1","errors":[{}]}"#,
    );
    assert_eq!(told.code, 0, "{told:?}");
    assert!(!told.out.contains("  :"), "{told:?}");
}

#[test]
fn a_page_of_a_list_is_asked_for_and_read() {
    let asked = run(&translate(
        "listCustomers",
        &["-i", "limit=10", "-i", "cursor=20"],
    ));
    assert_eq!(asked.code, 0, "{asked:?}");
    let line = asked.out.lines().next().unwrap();
    assert!(line.contains("=10") && line.contains("=20"), "{line}");

    let read = run_with(
        &translate(
            "listCustomers",
            &["-d", "to-canonical", "--message", "request"],
        ),
        &asked.out,
    );
    assert_eq!(read.out, "listCustomers\nlimit=10\ncursor=20\n", "{read:?}");
    let wrong = run(&translate("listCustomers", &["-i", "limit=ten"]));
    assert_eq!(
        (wrong.code, wrong.err.as_str()),
        (2, "error: `limit` is a whole number\n")
    );
}

#[test]
fn a_value_may_hold_commas() {
    let told = run(&translate("getCustomer", &["-i", "reference=a,b=c"]));

    assert_eq!(told.code, 0, "{told:?}");
    assert!(
        told.out.contains("extCustomerRef=a%2Cb%3Dc "),
        "{}",
        told.out
    );
}

#[test]
fn names_that_nothing_has_are_told_with_those_that_there_are() {
    for (more, err) in [
        (
            ["-i", "referense=bj444"],
            "error: `referense` is no input of `getCustomer`; did you mean `reference`?\n",
        ),
        (
            ["--setting", "phone-contry=US"],
            "error: the mapping asks for no setting `phone-contry`; did you mean `phone-country`?\n",
        ),
    ] {
        let told = run(&translate("getCustomer", &more));
        assert_eq!((told.code, told.err.as_str()), (2, err), "{told:?}");
    }
}

#[test]
fn a_call_that_a_gateway_refuses_is_refused_alike() {
    let base = format!("{CASES}/updateContact/new-phone/base.xml");
    let contact = ["-i", "id=340", "-i", "role=billing", "--base", &*base];
    for (operation, more, body, err) in [
        (
            "createCustomer",
            &[][..],
            r#"{"reference":"c","nmae":{"full":"s3cr3t"},"comments":5,"contacts":[{"name":{}}]}"#,
            "error: invalid-input at /comments: must be a string\n\
             error: missing-input at /contacts/0/role: must be given\n\
             error: unknown-field at /nmae\n",
        ),
        (
            "createCustomer",
            &[],
            r#"{"id":"elsewhere:s3cr3t"}"#,
            "error: invalid-input at /id: must be an id of the upstream that is called\n",
        ),
        (
            "createCustomer",
            &[],
            "[]",
            "error: invalid-input: must be an object\n",
        ),
        (
            "updateContact",
            &contact,
            r#"{"nmae":null}"#,
            "error: unknown-field at /nmae\n",
        ),
        (
            "listStatusTransitions",
            &["-i", "days=yesterday"],
            "",
            "error: invalid-input at days: must be a whole number from 0 to 4294967295\n",
        ),
    ] {
        let told = run_with(&translate(operation, more), body);
        assert_eq!(
            (told.code, told.err.as_str()),
            (1, err),
            "{operation} {body}"
        );
        assert_eq!(told.out, "", "{operation} {body}");
    }
    // What a patch need not say a whole document must.
    let patch = ["translate", "-u", "blubilling", "--mapping", "customer"];
    let unknown = run_with(&patch, r#"{"nmae":"s3cr3t"}"#);
    assert_eq!(
        (unknown.code, unknown.err.as_str()),
        (1, "error: unknown-field at /nmae\n"),
        "{unknown:?}"
    );
    // An upstream's document is judged by the upstream's schema.
    let answer = ["-i", "id=340", "-d", "to-canonical"];
    let native = run_with(
        &translate("getCustomer", &answer),
        "<customer><id>340</id><nmae/></customer>",
    );
    assert_eq!(native.code, 0, "{native:?}");
}

#[test]
fn an_id_that_no_path_may_hold_is_refused_as_by_a_gateway() {
    for (id, err) in [
        ("id= ", "error: malformed at id: must not be blank\n"),
        (
            "reference=..",
            "error: malformed at reference: must not be `.` or `..`\n",
        ),
    ] {
        let told = run(&translate("getCustomer", &["-i", id]));
        assert_eq!((told.code, told.err.as_str()), (1, err), "{id}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let base = ["-i", "id=340", "-i", "role=billing"];
    let told = run_with(&translate("updateContact", &base), "{}");
    assert_eq!(
        (told.code, told.err.as_str()),
        (
            2,
            "error: `updateContact` changes what `getContact` reads first: give the upstream's answer to `getContact` with `--base`\n"
        )
    );
    let told = run(&translate("getCustomer", &[]));
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.err.ends_with("\ninputs: `id`; or `reference`\n"),
        "{}",
        told.err
    );
    let told = run(&translate("createCustomer", &["nowhere.json"]));
    assert_eq!(
        (told.code, told.err.as_str()),
        (
            2,
            "error: `nowhere.json` cannot be read: entity not found\n"
        )
    );
    let told = run(&["test", "--case", "zzz"]);
    assert_eq!(
        (told.code, told.err.as_str()),
        (2, "error: there is no case whose folder holds `zzz`\n")
    );
}

#[test]
fn sandboxes_take_no_port_twice() {
    let told = run(&["sandbox", "--port", "65535"]);

    assert_eq!(told.code, 2, "{told:?}");
    assert!(told.err.contains("they end at 65535"), "{}", told.err);
}

#[test]
fn each_native_place_is_explained_with_its_own_converters() {
    let told = run(&["explain", "blubilling", "getContact", "addresses.country"]);

    assert_eq!(told.code, 0, "{told:?}");
    for line in [
        "  converters country(alpha-3, lower) of address.countryCode\n",
        "  converters country(name) of address.country\n",
    ] {
        assert!(told.out.contains(line), "{}", told.out);
    }
}
