//! Sentences of every kind, and properties of any text.

use std::fmt::Display;

use proptest::prelude::*;

use super::*;
use crate::diag::{Code, Diagnostic, Report, Sources, Span};
use crate::mapping::yaml::{self, NodeKind, Scalar};

type Read<T> = fn(&Scalar, &Sources) -> Result<T, Box<Diagnostic>>;

/// Reads a file that is one text.
fn text(yaml: &str) -> (Scalar, Sources) {
    let mut sources = Sources::new();
    let id = sources.add("text.yaml", yaml);
    let mut report = Report::new();
    let node = yaml::read(id, &sources, &mut report).unwrap();
    match node.kind {
        NodeKind::Scalar(scalar) => (scalar, sources),
        other => panic!("{yaml} is no text but {other:?}"),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn ok<T>(read: Read<T>, yaml: &str) -> T {
    let (scalar, sources) = text(yaml);
    read(&scalar, &sources).unwrap_or_else(|fault| panic!("{yaml}: {}", fault.message))
}

/// Gives the code, the message and the text that is underlined.
fn fault<T>(read: Read<T>, yaml: &str) -> (Code, String, String) {
    let (scalar, sources) = text(yaml);
    let fault = read(&scalar, &sources)
        .err()
        .unwrap_or_else(|| panic!("{yaml} is accepted"));
    let under = fault
        .span
        .map(|span| sources.slice(span).to_owned())
        .unwrap_or_default();
    (fault.code, fault.message, under)
}

fn plain_path(scalar: &Scalar, sources: &Sources) -> Result<Path, Box<Diagnostic>> {
    path(scalar, sources, Brackets::Some)
}

fn unmapped_path(scalar: &Scalar, sources: &Sources) -> Result<Path, Box<Diagnostic>> {
    path(scalar, sources, Brackets::EveryAndNot)
}

/// Asserts that each text reads, and is written again as it stands.
fn same<T: Display>(read: Read<T>, texts: &[&str]) {
    for each in texts {
        for yaml in [quoted(each), double_quoted(each)] {
            assert_eq!(ok(read, &yaml).to_string(), *each);
        }
    }
}

#[test]
fn places_read_and_are_written_again() {
    same(
        plain_path,
        &[
            ".",
            "a",
            "$status",
            "@type.b-c_d",
            "errors[0].type",
            "a[use=home].b",
        ],
    );
    assert_eq!(ok(plain_path, "\"'@type'.b\"").to_string(), "@type.b");
    same(
        unmapped_path,
        &[
            "phones[type!=work]",
            "balances[].amount.currency",
            "a[b~=C,d.e='f g'].h",
            "a[.=x]",
        ],
    );
    let read = ok(plain_path, "characteristic[name~=LocationId].value");
    let [list, value] = read.steps.as_slice() else {
        panic!("{read}")
    };
    assert_eq!(
        (list.name.as_str(), value.name.as_str()),
        ("characteristic", "value")
    );
    let Some(Select::Tests(tests)) = &list.select else {
        panic!("{read}")
    };
    assert_eq!(
        (tests[0].op, tests[0].literal.value.as_str()),
        (TestOp::EqNoCase, "LocationId")
    );
    assert!(ok(plain_path, ".").is_root());
    assert_eq!(ok(plain_path, "a").as_name(), Some("a"));
}

#[test]
fn every_part_of_a_place_has_its_bytes() {
    let (scalar, sources) = text("'é.a[''x y''=\"ü\"].b'");
    let read = path(&scalar, &sources, Brackets::Some).unwrap();
    let spans: Vec<_> = read
        .steps
        .iter()
        .map(|step| sources.slice(step.span))
        .collect();
    assert_eq!(spans, ["é", "a[''x y''=\"ü\"]", "b"]);
    let Some(Select::Tests(tests)) = &read.steps[1].select else {
        panic!("{read}")
    };
    assert_eq!(tests[0].path.steps[0].name, "x y");
    assert_eq!(tests[0].literal.value, "ü");
    assert_eq!(sources.slice(tests[0].literal.span), "\"ü\"");
}

#[test]
fn rules_read_and_are_written_again() {
    same(
        rule,
        &[
            "name",
            "countryCode | country(alpha-3, lower)",
            "address_zip1 + address_zip2 | join('-')",
            "$status + errors[0].type | table(problem)",
            "createEndTime | datetime('yyyyMMddHHmm', zone=settings.time-zone, round=up)",
            "postCode | insert('-', at=5)",
            ". | map(customer as CustomerStub)",
            "{settings.correlation-header} | correlation",
            "x-{settings.kind}-id",
            "a | date(\"yyyy-MM-dd'T'00\") | copy",
        ],
    );
    let read = ok(rule, "a | datetime('HH', zone=settings.time-zone)");
    let args = &read.chain[0].args;
    assert_eq!(args[0].value.text().value, "HH");
    assert_eq!(
        args[1].name.as_ref().map(|name| name.value.as_str()),
        Some("zone")
    );
    assert!(matches!(&args[1].value, ArgValue::Setting(setting) if setting.value == "time-zone"));
}

#[test]
fn conditions_read_and_are_written_again() {
    same(
        cond,
        &[
            "id",
            "id and role = billing",
            "not a or b and (c or d) and not (e and f)",
            "body.addresses[use=shipping] and not current.defaultShippingAddressId",
            "a in (b, 'c d', 1.5)",
            "a != b",
        ],
    );
    assert_eq!(ok(cond, "a or (b or c)").to_string(), "a or b or c");
    assert_eq!(ok(cond, "a in b").to_string(), "a in (b)");
    assert_eq!(ok(cond, "a and b = c or d").paths().len(), 3);
    assert!(matches!(ok(cond, "notable"), Cond::Present(_)));
}

#[test]
fn templates_calls_and_the_rest_read_and_are_written_again() {
    same(
        template,
        &[
            "{settings.base-url}/{settings.country}",
            "keyid=\"{settings.key-id}\", headers=\"{names}\"",
            "{method:lower} {target}",
            "",
            "plain",
        ],
    );
    same(
        call,
        &[
            "GET /customers/{id as id_customer}?format=xml&ref={reference}",
            "POST /tms/v2/customers",
            "PATCH /a/{current.defaultShippingAddressId}",
        ],
    );
    same(
        document,
        &[
            "customer",
            "customer as CustomerCreate",
            "BillingAccount.contact[]",
        ],
    );
    same(within, &["Customer", "Customer.contacts[role]"]);
    same(
        moves,
        &[
            "active -> suspended, revoked by agent",
            "suspended -> active",
        ],
    );
    let read = ok(call, "GET /a/{id}?b=c&d={e}");
    assert_eq!(read.path.to_string(), "/a/{id}");
    assert_eq!(read.query[0].value.as_literal(), Some("c"));
    assert_eq!(read.query[1].value.variables().count(), 1);
    let line = ok(request_line, "GET /v1/customers/acme:340?a=b");
    assert_eq!(
        (line.0.value, line.1.value.as_str()),
        (Method::Get, "/v1/customers/acme:340?a=b")
    );
}

/// Asserts code, message and the text that is underlined.
fn told<T>(read: Read<T>, yaml: &str, message: &str, under: &str) {
    let found = fault(read, yaml);
    assert_eq!(
        (found.0, found.1.as_str(), found.2.as_str()),
        (Code::M004, message, under)
    );
}

#[test]
fn faults_of_rules_underline_the_token() {
    told(
        rule,
        "a | join(\"-\"",
        "the text ends where `,` or `)` is expected",
        "",
    );
    told(
        rule,
        "a | join('-",
        "the quote that opens here is never closed",
        "'-",
    );
    told(
        rule,
        "a ; b",
        "expected `|` or the end of the rule, found `;`",
        ";",
    );
    told(rule, "a | map(b as)", "expected a name, found `)`", ")");
    assert_eq!(fault(rule, "\"a\n  b\"").0, Code::M006);
    assert_eq!(fault(rule, "|\n  a\n").0, Code::M006);
}

#[test]
fn faults_of_places_underline_the_token() {
    told(plain_path, "a..b", "expected a name, found `.`", ".");
    told(plain_path, ".a", "a place begins with a name", ".");
    told(
        plain_path,
        "a[]",
        "expected a position or a test, found `]`",
        "]",
    );
    told(
        plain_path,
        "a[b!=c]",
        "`!=` stands only in `unmapped`",
        "!=",
    );
    for far in ["99999999999", "1000"] {
        let found = fault(plain_path, &format!("a[{far}]"));
        assert_eq!(
            (found.0, found.1.as_str(), found.2.as_str()),
            (Code::M215, "the position is too large", far)
        );
    }
    told(
        cond,
        "a = b and",
        "the text ends where a name is expected",
        "",
    );
    told(cond, "a and or b", "expected a place, found `o`", "o");
}

#[test]
fn faults_of_templates_and_calls_underline_the_token() {
    told(
        template,
        "'{a'",
        "the text ends where `as`, `:` or `}` is expected",
        "",
    );
    told(template, "a}", "`}` without a `{` before it", "}");
    told(
        call,
        "GET a",
        "expected a path that begins with `/`, found `a`",
        "a",
    );
    told(
        call,
        "'GET /a?b'",
        "the text ends where `=` is expected",
        "",
    );
    told(
        call,
        "GET /a b",
        "expected the end of the call, found `b`",
        "b",
    );
    let method = fault(call, "FETCH /a");
    assert_eq!((method.0, method.2.as_str()), (Code::M215, "FETCH"));
}

#[test]
fn a_text_cut_off_by_a_comment_says_so() {
    let (scalar, sources) = text("a + b | join(\" #\")");
    let fault = rule(&scalar, &sources).unwrap_err();
    assert_eq!(fault.code, Code::M004);
    assert!(
        fault
            .help
            .as_deref()
            .is_some_and(|help| help.contains("comment")),
        "{fault:?}"
    );
}

#[test]
fn depth_is_bounded() {
    let nots = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(fault(cond, &quoted(&nots)).0, Code::M004);
    let brackets = format!("{}a=b{}", "a[".repeat(60), "]=b".repeat(60));
    assert_eq!(fault(plain_path, &quoted(&brackets)).0, Code::M004);
}

/// Texts made of the language's own tokens, which often are nearly sentences.
fn soup() -> impl Strategy<Value = String> {
    let tokens = [
        "a",
        "b-c",
        "@x",
        "é",
        "0",
        "17",
        ".",
        "[",
        "]",
        "=",
        "~=",
        "!=",
        ",",
        "|",
        "(",
        ")",
        "'",
        "\"",
        "'q r'",
        "{",
        "}",
        " ",
        " ",
        "+",
        "settings.x",
        "not",
        " and ",
        " or ",
        " in ",
        " as ",
        "?",
        "&",
        "GET",
        "/",
        " -> ",
        " by ",
        ":",
        "\\",
        "\t",
        "\u{1}",
        "#",
    ];
    prop::collection::vec(prop::sample::select(tokens.to_vec()), 0..14)
        .prop_map(|tokens| tokens.concat())
}

/// Texts that mostly are sentences.
fn sentences() -> impl Strategy<Value = String> {
    let path =
        "[a-z]{1,3}(\\[([0-9]|[a-z]=[a-z]{1,2}|[a-z]~='[A-Z ]{0,2}')\\])?(\\.[a-z]{1,3}){0,2}";
    let converter = "[a-z]{1,3}(\\((settings\\.a|[a-z]=[a-z0-9.]{1,2}|'[ -~&&[^']]{0,3}'|a as B)(, \"[ -~&&[^\"]]{0,2}\")?\\))?";
    let rule = format!("{path}( \\+ {path})?( \\| {converter}){{0,2}}");
    let cond = format!("(not )?\\(?{path}( (=|!=) [a-z]{{1,2}})?( (and|or) {path}){{0,2}}\\)?");
    let call = "(GET|PUT) /([a-z]{1,2}|\\{[a-z]{1,2}( as [a-z])?\\}|/){0,4}(\\?[a-z]=[a-z]?(&[a-z]=\\{[a-z]\\})?)?";
    prop_oneof![
        prop::string::string_regex(&rule).unwrap(),
        prop::string::string_regex(&cond).unwrap(),
        prop::string::string_regex(call).unwrap(),
    ]
}

fn check<T: Display>(
    read: impl Fn(&Scalar, &Sources) -> Result<T, Box<Diagnostic>>,
    yaml: &str,
) -> Result<(), TestCaseError> {
    let (scalar, sources) = text(yaml);
    match read(&scalar, &sources) {
        Ok(first) => {
            let written = first.to_string();
            let (scalar, sources) = text(&double_quoted(&written));
            let again = read(&scalar, &sources);
            prop_assert!(
                again.is_ok(),
                "{yaml} is written as {written}, which does not read: {:?}",
                again.err()
            );
            prop_assert_eq!(
                again.map(|again| again.to_string()).unwrap_or_default(),
                written
            );
        }
        Err(fault) => {
            let span = fault
                .span
                .unwrap_or(Span::new(scalar.span.source, u32::MAX, 0));
            prop_assert!(
                scalar.span.start <= span.start
                    && span.start <= span.end
                    && span.end <= scalar.span.end
            );
            let text = sources.text(span.source);
            let (start, end) = sources.clamp(span);
            prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
            prop_assert_eq!(
                (start, end),
                (
                    usize::try_from(span.start).unwrap(),
                    usize::try_from(span.end).unwrap()
                )
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_reads_or_is_refused_within_its_bounds(text in prop_oneof![soup(), sentences(), ".{0,12}"]) {
        let clean: String = text.chars().filter(|c| !c.is_control() && *c != '\u{feff}').collect();
        for yaml in [quoted(&clean), double_quoted(&clean)] {
            check(plain_path, &yaml)?;
            check(unmapped_path, &yaml)?;
            check(rule, &yaml)?;
            check(cond, &yaml)?;
            check(template, &yaml)?;
            check(call, &yaml)?;
            check(document, &yaml)?;
            check(within, &yaml)?;
            check(moves, &yaml)?;
        }
    }

    #[test]
    fn any_spans_are_of_the_sentence(text in sentences()) {
        let (scalar, sources) = super::tests::text(&quoted(&text));
        if let Ok(read) = rule(&scalar, &sources) {
            for converter in &read.chain {
                prop_assert_eq!(sources.slice(converter.name.span), &converter.name.value);
            }
            for place in &read.places {
                for step in &place.steps {
                    prop_assert!(sources.slice(step.span).starts_with(&step.name));
                }
            }
        }
    }
}
