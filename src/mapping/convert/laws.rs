//! The laws of all converters, over their examples and over generated values.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::mapping::plan::Check;
use crate::model::date::is_same_instant;
use crate::model::shape::Scalar;

/// The facts of the call that examples are worked in.
pub(super) const CALL: CallFacts<'static> = CallFacts {
    nonce: [7; 12],
    request_id: "request",
    now_unix_ms: 1_709_251_199_000,
};

/// What is told of a value ends the sentence "expected ...".
fn check_words(refusal: &Refusal) {
    let begins = ["a ", "an ", "one ", "the ", "no ", "`"];
    let is_thing = begins.iter().any(|begin| refusal.why.starts_with(begin));
    assert!(is_thing, "expected {}", refusal.why);
}

fn read(convert: &Convert, native: &str) -> Result<String, Refusal> {
    let mut out = b"before".to_vec();
    let done = convert.read(native.as_bytes(), &CALL, &mut out);
    let after = String::from_utf8(out.split_off(6)).unwrap();
    assert!(done.is_ok() || after.is_empty(), "a refusal leaves nothing");
    done.map(|()| after).inspect_err(check_words)
}

fn write(convert: &Convert, canonical: &str) -> Result<String, Refusal> {
    let mut out = b"before".to_vec();
    let done = convert.write(canonical.as_bytes(), &CALL, &mut out);
    let after = String::from_utf8(out.split_off(6)).unwrap();
    assert!(done.is_ok() || after.is_empty(), "a refusal leaves nothing");
    done.map(|()| after).inspect_err(check_words)
}

/// Equality of canonical values: numbers by value, date-times by instant, all else by text.
fn same(convert: &Convert, left: &str, right: &str) -> bool {
    match convert.canonical_type() {
        ValueType::Integer => crate::model::decimal::compare(left.as_bytes(), right.as_bytes())
            .is_some_and(std::cmp::Ordering::is_eq),
        ValueType::DateTime => left == right || is_same_instant(left.as_bytes(), right.as_bytes()),
        _ => left == right,
    }
}

/// A schema that knows nothing of a text but its length.
fn as_long_as(text: &str) -> Scalar {
    Scalar {
        max_length: u32::try_from(text.chars().count()).ok(),
        ..Scalar::default()
    }
}

/// Holds a text that was made against what is known of all of its converter's.
fn check_made(known: &Scalar, made: &str) {
    let check = Check::new(known, true);
    assert_eq!(
        check.judge_written(made.as_bytes()),
        Ok(()),
        "{made}: {known:?}"
    );
}

/// Checks the converter's law at one canonical value, unless it is refused; tells whether it was taken.
fn check_canonical(convert: &Convert, canonical: &str) -> bool {
    let Ok(native) = write(convert, canonical) else {
        return false;
    };
    check_made(&convert.makes_native(&as_long_as(canonical)), &native);
    let back = read(convert, &native)
        .unwrap_or_else(|refusal| panic!("{canonical} was written {native}: {refusal:?}"));
    if convert.law() != Law::Lossy {
        assert!(
            same(convert, &back, canonical),
            "{convert:?}: {canonical} -> {native} -> {back}"
        );
    }
    true
}

/// Checks the converter's law at one native value, unless it is refused; tells whether it was taken.
fn check_native(convert: &Convert, native: &str) -> bool {
    let Ok(canonical) = read(convert, native) else {
        return false;
    };
    check_made(&convert.makes_canonical(&as_long_as(native)), &canonical);
    let normal = write(convert, &canonical)
        .unwrap_or_else(|refusal| panic!("{native} was read {canonical}: {refusal:?}"));
    let again = read(convert, &normal).unwrap();
    assert!(
        same(convert, &again, &canonical),
        "{convert:?}: {native} -> {canonical} -> {normal} -> {again}"
    );
    if convert.law() == Law::Exact {
        assert_eq!(normal, native, "{convert:?}");
    }
    true
}

#[test]
fn every_example_of_one_value_holds() {
    for info in infos() {
        assert!(!info.examples.is_empty(), "{}", info.name);
        for example in info.examples {
            let convert = Convert::build(info.name, example.args).unwrap();
            assert!(std::ptr::eq(convert.info(), info));
            let native = example.native.first().copied().unwrap_or_default();
            let canonical = example.canonical.first().copied().unwrap_or_default();
            if matches!(example.way, Way::Both | Way::Read) {
                assert_eq!(
                    read(&convert, native).as_deref(),
                    Ok(canonical),
                    "{} reads {native}",
                    info.name
                );
                check_native(&convert, native);
            }
            if matches!(example.way, Way::Both | Way::Write) {
                assert_eq!(
                    write(&convert, canonical).as_deref(),
                    Ok(native),
                    "{} writes {canonical}",
                    info.name
                );
                check_canonical(&convert, canonical);
            }
            match example.way {
                Way::Read => assert_ne!(
                    write(&convert, canonical).as_deref(),
                    Ok(native),
                    "{}: {native} is normal",
                    info.name
                ),
                Way::Write => assert_ne!(
                    read(&convert, native).as_deref(),
                    Ok(canonical),
                    "{}: {canonical} is kept",
                    info.name
                ),
                Way::RefuseRead => assert!(
                    read(&convert, native).is_err(),
                    "{} reads {native}",
                    info.name
                ),
                Way::RefuseWrite => assert!(
                    write(&convert, canonical).is_err(),
                    "{} writes {canonical}",
                    info.name
                ),
                Way::Both => {}
            }
        }
    }
}

#[test]
fn every_example_of_several_values_holds() {
    for info in joined::infos() {
        for example in info.examples {
            let joined = Joined::build(info.name, example.args).unwrap();
            let (many, one, to_one) = match joined.shape() {
                Shape::ManyNative => (
                    example.native,
                    example.canonical,
                    [Way::Both, Way::Read, Way::RefuseRead],
                ),
                Shape::ManyCanonical => (
                    example.canonical,
                    example.native,
                    [Way::Both, Way::Write, Way::RefuseWrite],
                ),
            };
            let mut given: Vec<Option<&[u8]>> =
                many.iter().map(|part| Some(part.as_bytes())).collect();
            given.resize(2.max(given.len()), None);
            let mut out = Vec::new();
            let united = joined.unite(&given, &mut out);
            if example.way == to_one[2] {
                assert!(united.is_err(), "{} of {many:?}", info.name);
                continue;
            }
            if to_one.contains(&example.way) {
                assert_eq!((united, out.as_slice()), (Ok(true), one[0].as_bytes()));
            }
            if example.way == Way::Both {
                let mut parts = vec![None; given.len()];
                joined.divide(one[0].as_bytes(), &mut parts).unwrap();
                assert_eq!(parts, given);
            }
        }
    }
}

#[test]
fn what_is_said_to_need_no_escape_needs_none() {
    let natives = infos().flat_map(|info| info.examples.iter().flat_map(|example| example.native));
    let mut natives: Vec<String> = natives.map(|native| (*native).to_owned()).collect();
    for place in 0..natives.len() {
        let native = natives[place].clone();
        natives.push(format!("\"{native}"));
        natives.push(format!("{native}\\"));
        natives.push(format!("\t{native}\n"));
    }
    let needs_escape = |text: &str| text.bytes().any(crate::codec::json::write::special);
    let mut specimens = specimens();
    let none = [Argument::word("JM")];
    specimens.push(Convert::build("postal-code", &none).unwrap());
    for convert in specimens {
        for native in &natives {
            let said = convert.reads_plain(!needs_escape(native));
            if let Ok(canonical) = read(&convert, native) {
                let name = convert.info().name;
                assert!(!(said && needs_escape(&canonical)), "{name} of {native}");
            }
        }
    }
}

/// One of each converter, with every kind of parameter.
fn specimens() -> Vec<Convert> {
    let built = infos().flat_map(|info| {
        info.examples
            .iter()
            .map(|example| Convert::build(info.name, example.args).unwrap())
    });
    built.collect()
}

#[test]
fn the_examples_of_each_are_survived_by_all() {
    let texts: Vec<&str> = infos()
        .flat_map(|info| info.examples)
        .flat_map(|example| example.native.iter().chain(example.canonical))
        .copied()
        .collect();
    for convert in specimens() {
        for text in &texts {
            check_native(&convert, text);
            check_canonical(&convert, text);
        }
    }
}

#[test]
fn unknown_names_and_surplus_arguments_are_told() {
    assert_eq!(
        Convert::build("reverse", &[]).unwrap_err().to_string(),
        "`reverse`: there is no converter of this name"
    );
    let many = Convert::build("locale", &[Argument::word("x")]).unwrap_err();
    assert_eq!(
        many.to_string(),
        "`locale`: this argument is one too many; it takes none"
    );
    assert!(Joined::build("locale", &[]).is_err());
}

fn converter(name: &str, args: &[&str]) -> Convert {
    let args: Vec<Argument<'_>> = args
        .iter()
        .map(|arg| {
            arg.split_once('=')
                .map_or(Argument::word(arg), |(name, value)| {
                    Argument::named(name, value)
                })
        })
        .collect();
    Convert::build(name, &args).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_law(text in "\\PC{0,24}") {
        for convert in specimens() {
            check_native(&convert, &text);
            check_canonical(&convert, &text);
        }
    }

    #[test]
    fn no_text_of_likely_signs_breaks_a_law(text in "[0-9A-Za-z+ ._:TZ/()-]{0,20}") {
        for convert in specimens() {
            check_native(&convert, &text);
            check_canonical(&convert, &text);
        }
    }

    #[test]
    fn no_bytes_break_a_converter(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        for convert in specimens() {
            let mut out = Vec::new();
            let _ = convert.read(&bytes, &CALL, &mut out);
            let _ = convert.write(&bytes, &CALL, &mut out);
        }
    }

    #[test]
    fn integers_keep_the_law(value in any::<i64>(), zeros in 0_usize..4) {
        let convert = converter("integer", &[]);
        prop_assert!(check_canonical(&convert, &value.to_string()));
        let padded = format!("{}{}{}", if value < 0 { "-" } else { "+" }, "0".repeat(zeros), value.unsigned_abs());
        prop_assert!(check_native(&convert, &padded));
    }

    #[test]
    fn rates_keep_the_law(rate in "-?(0|[1-9][0-9]{0,5})([.][0-9]{1,6})?") {
        let convert = converter("percent", &[]);
        prop_assert!(check_canonical(&convert, &rate));
        prop_assert!(check_native(&convert, &rate));
    }

    #[test]
    fn dates_keep_the_law(year in 1969_u16..=2068, month in 1_u8..=12, day in 1_u8..=28, format in prop::sample::select(vec!["yyyyMMdd", "d.M.yyyy", "EEEE, MMMM d yyyy", "dd/MM/yy", "MM/yyyy"])) {
        let canonical = format!("{year:04}-{month:02}-{day:02}");
        let convert = converter("date", &[format]);
        prop_assert!(check_canonical(&convert, &canonical));
        prop_assert!(check_canonical(&converter("month-end", &[]), canonical.get(..7).unwrap()));
        prop_assert!(check_native(&converter("month-end", &[]), &canonical));
    }

    #[test]
    fn date_times_keep_the_law(
        second in -2_000_000_000_i64..4_000_000_000,
        milli in 0_u16..1000,
        minutes in -1439_i32..1440,
        format in prop::sample::select(vec!["yyyyMMddHHmmssSSS", "yyyy-MM-dd hh:mm:ss.SSS a xx", "dd/MM/yyyy HH:mm:ssXXX", "yyyyMMddHH"]),
        zone in prop::sample::select(vec!["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
        round in prop::sample::select(vec![None, Some("round=down"), Some("round=up")]),
    ) {
        let offset = jiff::tz::Offset::from_seconds(minutes.saturating_mul(60)).unwrap();
        let instant = jiff::Timestamp::from_millisecond(second.saturating_mul(1000).saturating_add(i64::from(milli))).unwrap();
        let canonical = instant.display_with_offset(offset).to_string();
        let zone = format!("zone={zone}");
        let mut args = vec![format, &zone];
        args.extend(round);
        let convert = converter("datetime", &args);
        let taken = check_canonical(&convert, &canonical);
        let whole_minutes = second > -1_800_000_000;
        prop_assert!(taken || convert.law() == Law::Exact || !whole_minutes, "only an exact format may refuse");
        prop_assert!(check_canonical(&converter("datetime", &[]), &canonical));
        if let Ok(native) = write(&convert, &canonical) {
            check_native(&convert, &native);
        }
    }

    #[test]
    fn locales_keep_the_law(language in "[a-z]{2,3}", script in "([A-Z][a-z]{3})?", region in "([A-Z]{2}|[0-9]{3})?") {
        let parts: Vec<&str> = [&*language, &*script, &*region].into_iter().filter(|part| !part.is_empty()).collect();
        let convert = converter("locale", &[]);
        prop_assert!(check_canonical(&convert, &parts.join("-")));
        prop_assert!(check_native(&convert, &parts.join("_").to_lowercase()));
    }

    #[test]
    fn phones_keep_the_law(number in "\\+?[0-9]{0,17}", country in prop::sample::select(vec!["US", "PR", "GB", "DE", "PA", "ES"])) {
        let convert = converter("phone", &["national", country]);
        prop_assert!(check_native(&convert, &number), "every text is read");
        check_canonical(&convert, &number);
    }

    #[test]
    fn insertions_keep_the_law(text in "[a-é-]{0,9}", at in 1_u8..9, separator in "(-|--|é-)") {
        let at = format!("at={at}");
        let convert = converter("insert", &[&separator, &at]);
        check_native(&convert, &text);
        check_canonical(&convert, &text);
    }

    #[test]
    fn sealed_texts_keep_the_law(text in "\\PC{0,80}") {
        let key = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";
        let convert = Convert::build("sealed", &[Argument::word(key)]).unwrap();
        prop_assert!(check_canonical(&convert, &text));
        prop_assert!(!write(&convert, &text).unwrap().contains(&text) || text.len() < 4);
    }

    #[test]
    fn identifiers_keep_the_law(text in "\\PC{1,80}") {
        for convert in [converter("uuid", &["plain"]), converter("uuid", &[]), converter("correlation", &[])] {
            prop_assert!(check_canonical(&convert, &text));
            let native = write(&convert, &text).unwrap();
            prop_assert!(check_native(&convert, &native));
        }
    }

    #[test]
    fn what_is_joined_comes_apart(parts in prop::collection::vec("[a-c]{0,4}", 2..5), present in 1_usize..5, last in "[a-c-]{0,6}") {
        let joined = Joined::build("join", &[Argument::word("-")]).unwrap();
        let mut given: Vec<Option<&[u8]>> = parts.iter().map(|part| Some(part.as_bytes())).collect();
        let count = given.len();
        *given.last_mut().unwrap() = Some(last.as_bytes());
        for part in given.iter_mut().skip(present) {
            *part = None;
        }
        let mut out = Vec::new();
        prop_assert_eq!(joined.unite(&given, &mut out), Ok(true));
        let mut back = vec![None; count];
        joined.divide(&out, &mut back).unwrap();
        prop_assert_eq!(back, given);
    }

    #[test]
    fn what_is_divided_joins_again(text in "[a-c-]{0,12}", count in 2_usize..5) {
        let split = Joined::build("split", &[Argument::word("-")]).unwrap();
        let mut parts = vec![None; count];
        split.divide(text.as_bytes(), &mut parts).unwrap();
        let mut out = Vec::new();
        prop_assert_eq!(split.unite(&parts, &mut out), Ok(true));
        prop_assert_eq!(out, text.as_bytes());
    }
}
