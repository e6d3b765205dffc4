//! Tables of every shape that the language has.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

/// `<x>` is a variable, `-` absent, all else a literal.
fn cell(text: &str) -> Cell {
    match text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
    {
        Some(name) => Cell::Variable(name.into()),
        None if text == "-" => Cell::Absent,
        None => Cell::Literal(text.into()),
    }
}

fn spec(native: &[&str], canonical: &[&str], rows: &[&[&str]]) -> TableSpec {
    TableSpec {
        native: native.iter().map(ToString::to_string).collect(),
        canonical: canonical.iter().map(ToString::to_string).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().map(|text| cell(text)).collect())
            .collect(),
        partial: Partial::Refuse,
        unknown: Unknown::Refuse,
    }
}

fn unknown(row: &[&str]) -> Unknown {
    Unknown::Row(row.iter().map(|text| cell(text)).collect())
}

fn table(spec: &TableSpec) -> Table {
    Table::compile(spec).unwrap()
}

fn values<'a>(texts: &[&'a str]) -> Vec<Option<&'a [u8]>> {
    texts
        .iter()
        .map(|text| (*text != "-").then_some(text.as_bytes()))
        .collect()
}

/// The values that a hit makes, absent ones as `-`.
fn made(hit: Hit<'_>, given: &[Option<&[u8]>], columns: usize) -> Vec<String> {
    let text = |place| {
        value_of(hit.column(place), given).map_or("-".to_owned(), |text| {
            String::from_utf8(text.to_vec()).unwrap()
        })
    };
    (0..columns).map(text).collect()
}

fn read(table: &Table, native: &[&str]) -> Option<Vec<String>> {
    let given = values(native);
    table
        .read(&given)
        .map(|hit| made(hit, &given, table.canonical_columns()))
}

fn write(table: &Table, canonical: &[&str]) -> Result<Vec<String>, TableRefusal> {
    let given = values(canonical);
    table
        .write(&given)
        .map(|hit| made(hit, &given, table.native_columns()))
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// A status whose stages are part of the native code.
fn staged() -> TableSpec {
    let rows: &[&[&str]] = &[
        &["Active", "active", "-", "<native>"],
        &["Overdue1", "overdue", "1", "<native>"],
        &["Overdue2", "overdue", "2", "<native>"],
        &["Suspended1", "suspended", "1", "<native>"],
        &["Suspended2", "suspended", "2", "<native>"],
    ];
    let mut spec = spec(&["native"], &["status", "stage", "code"], rows);
    spec.partial = Partial::First;
    spec.unknown = unknown(&["-", "unknown", "-", "<native>"]);
    spec
}

#[test]
fn one_code_fills_three_places_and_is_found_by_them() {
    let table = table(&staged());
    assert_eq!(
        read(&table, &["Overdue2"]),
        Some(texts(&["overdue", "2", "Overdue2"]))
    );
    assert_eq!(
        read(&table, &["Active"]),
        Some(texts(&["active", "-", "Active"]))
    );
    assert_eq!(
        read(&table, &["Frozen"]),
        Some(texts(&["unknown", "-", "Frozen"]))
    );
    assert_eq!(
        write(&table, &["overdue", "2", "-"]),
        Ok(texts(&["Overdue2"]))
    );
    assert_eq!(
        write(&table, &["suspended", "-", "-"]),
        Ok(texts(&["Suspended1"])),
        "the first that agrees"
    );
    assert_eq!(
        write(&table, &["suspended"]),
        Ok(texts(&["Suspended1"])),
        "the rule binds one column"
    );
    assert_eq!(
        write(&table, &["unknown", "-", "Frozen"]),
        Ok(texts(&["Frozen"]))
    );
    assert_eq!(table.faults(), []);
    assert_eq!(table.law(), Law::Exact);
}

#[test]
fn values_that_do_not_belong_together_are_refused() {
    let table = table(&staged());
    assert_eq!(
        write(&table, &["-", "2", "Overdue2"]),
        Err(TableRefusal::Incomplete),
        "never completed from a stage"
    );
    assert_eq!(
        write(&table, &["overdue", "3", "-"]),
        Err(TableRefusal::Contradiction)
    );
    assert_eq!(
        write(&table, &["active", "1", "-"]),
        Err(TableRefusal::Contradiction)
    );
    assert_eq!(
        write(&table, &["overdue", "2", "Overdue1"]),
        Err(TableRefusal::Contradiction)
    );
    assert_eq!(
        write(&table, &["closed", "-", "-"]),
        Err(TableRefusal::NoRow)
    );
    assert_eq!(
        write(&table, &["unknown", "-", "-"]),
        Err(TableRefusal::NoRow),
        "nothing says which code"
    );
    assert_eq!(
        write(&table, &["unknown", "-", "Active"]),
        Err(TableRefusal::NoRow),
        "would be read as active"
    );
}

#[test]
fn partial_refuse_wants_one_row() {
    let mut spec = staged();
    spec.partial = Partial::Refuse;
    let table = table(&spec);
    assert_eq!(write(&table, &["overdue"]), Err(TableRefusal::Several));
    assert_eq!(write(&table, &["overdue", "1"]), Ok(texts(&["Overdue1"])));
    assert_eq!(write(&table, &["active"]), Ok(texts(&["Active"])));
    assert_eq!(table.faults(), [], "the tuples differ");
}

#[test]
fn a_row_of_no_more_than_what_is_given_goes_first() {
    let rows: &[&[&str]] = &[
        &["S1", "suspended", "1"],
        &["S", "suspended", "-"],
        &["S2", "suspended", "2"],
    ];
    let mut spec = spec(&["code"], &["status", "stage"], rows);
    for partial in [Partial::Refuse, Partial::First] {
        spec.partial = partial;
        let table = table(&spec);
        assert_eq!(
            write(&table, &["suspended", "-"]),
            Ok(texts(&["S"])),
            "else it would come back with a stage"
        );
        assert_eq!(write(&table, &["suspended", "2"]), Ok(texts(&["S2"])));
    }
}

#[test]
fn an_empty_text_is_not_an_absent_one() {
    let rows: &[&[&str]] = &[
        &["", "normal", "<code>"],
        &["NORMAL", "normal", "<code>"],
        &["E", "error", "<code>"],
    ];
    let mut spec = spec(&["code"], &["status", "native"], rows);
    spec.partial = Partial::First;
    let table = table(&spec);
    assert_eq!(read(&table, &[""]), Some(texts(&["normal", ""])));
    assert_eq!(read(&table, &["-"]), None);
    assert_eq!(write(&table, &["normal", "NORMAL"]), Ok(texts(&["NORMAL"])));
    assert_eq!(write(&table, &["normal", "-"]), Ok(texts(&[""])));
}

#[test]
fn pairs_of_values_pass_variables_through() {
    let rows: &[&[&str]] = &[
        &["customer", "guest", "customer", "-"],
        &["customer", "<who>", "customer", "<who>"],
        &["staff", "<who>", "agent", "<who>"],
        &["staff", "<who>", "system", "<who>"],
    ];
    let table = table(&spec(&["type", "requestor"], &["kind", "id"], rows));
    assert_eq!(
        read(&table, &["customer", "guest"]),
        Some(texts(&["customer", "-"]))
    );
    assert_eq!(
        read(&table, &["customer", "77"]),
        Some(texts(&["customer", "77"]))
    );
    assert_eq!(read(&table, &["staff", "-"]), None);
    assert_eq!(
        write(&table, &["customer", "-"]),
        Ok(texts(&["customer", "guest"]))
    );
    assert_eq!(
        write(&table, &["customer", "77"]),
        Ok(texts(&["customer", "77"]))
    );
    assert_eq!(
        write(&table, &["customer", "guest"]),
        Err(TableRefusal::Contradiction),
        "would be read as nobody"
    );
    assert_eq!(
        write(&table, &["system", "77"]),
        Ok(texts(&["staff", "77"]))
    );
    assert_eq!(
        write(&table, &["agent", "-"]),
        Err(TableRefusal::Incomplete)
    );
    assert_eq!(table.law(), Law::Lossy, "a system is read as an agent");
    assert_eq!(table.faults(), [], "hidden to-canonical only");
}

#[test]
fn later_rows_may_be_wider_than_earlier_ones() {
    let rows: &[&[&str]] = &[
        &["409", "wrong_input", "invalid", "<error>"],
        &["409", "exists", "conflict", "<error>"],
        &["409", "<e>", "invalid", "<e>"],
        &["400", "<e>", "invalid", "<e>"],
    ];
    let mut spec = spec(&["http", "error"], &["code", "native"], rows);
    spec.unknown = unknown(&["-", "-", "failure", "<error>"]);
    let refusing = table(&spec);
    assert_eq!(
        refusing.faults(),
        [TableFault::Repeated { row: 3, of: 0 }],
        "of row 2 it is not told again"
    );
    spec.partial = Partial::First;
    let table = table(&spec);
    assert_eq!(table.faults(), []);
    assert_eq!(table.law(), Law::Normalising);
    assert_eq!(
        read(&table, &["409", "exists"]),
        Some(texts(&["conflict", "exists"]))
    );
    assert_eq!(
        read(&table, &["409", "other"]),
        Some(texts(&["invalid", "other"]))
    );
    assert_eq!(read(&table, &["418", "-"]), Some(texts(&["failure", "-"])));
    assert_eq!(
        write(&table, &["invalid", "other"]),
        Ok(texts(&["409", "other"]))
    );
    assert_eq!(
        write(&table, &["invalid", "exists"]),
        Err(TableRefusal::Contradiction),
        "409 exists is a conflict"
    );
    assert_eq!(
        write(&table, &["failure", "x"]),
        Err(TableRefusal::NoRow),
        "no status is known for it"
    );
}

#[test]
fn kept_texts_pass_both_ways_unless_a_row_would_take_them() {
    let mut spec = spec(
        &["code"],
        &["brand"],
        &[&["Visa", "visa"], &["MasterCard", "mastercard"]],
    );
    spec.unknown = Unknown::Keep;
    let kept = table(&spec);
    assert_eq!(read(&kept, &["Visa"]), Some(texts(&["visa"])));
    assert_eq!(read(&kept, &["Diners"]), Some(texts(&["Diners"])));
    assert_eq!(read(&kept, &["-"]), None);
    assert_eq!(write(&kept, &["Diners"]), Ok(texts(&["Diners"])));
    assert_eq!(
        write(&kept, &["Visa"]),
        Err(TableRefusal::NoRow),
        "would be read as visa"
    );
    assert_eq!((kept.law(), kept.faults()), (Law::Normalising, Vec::new()));
    assert!(kept.keeps_unknown() && !kept.refuses_unknown());
}

#[test]
fn columns_of_one_side_may_have_to_agree() {
    let table = table(&spec(
        &["a", "b"],
        &["both"],
        &[&["<x>", "<x>", "<x>"], &["<x>", "-", "<x>"]],
    ));
    assert_eq!(read(&table, &["1", "1"]), Some(texts(&["1"])));
    assert_eq!(read(&table, &["1", "2"]), None);
    assert_eq!(read(&table, &["1", "-"]), Some(texts(&["1"])));
    assert_eq!(table.faults(), [TableFault::Repeated { row: 1, of: 0 }]);
}

#[test]
fn a_hidden_row_whose_reader_cannot_be_written_is_not_written() {
    let rows: &[&[&str]] = &[
        &["<x>", "<y>", "a", "<y>"],
        &["A", "<x>", "<x>", "<x>"],
        &["<x>", "1", "a", "<x>"],
    ];
    let table = table(&spec(&["n1", "n2"], &["c1", "c2"], rows));
    assert_eq!(
        write(&table, &["A", "A"]),
        Err(TableRefusal::Contradiction),
        "is read as a and A, which nothing writes"
    );
}

#[test]
fn hidden_rows_are_told() {
    let rows: &[&[&str]] = &[
        &["<x>", "open", "<x>"],
        &["A", "open", "<code>"],
        &["B", "closed", "<code>"],
    ];
    let hidden = table(&spec(&["code"], &["status", "native"], rows));
    assert_eq!(hidden.faults(), [TableFault::Hidden { row: 1, by: 0 }]);
    assert_eq!(hidden.law(), Law::Lossy, "B is read as open");
    let rows: &[&[&str]] = &[&["A", "a"], &["A", "a"]];
    assert_eq!(
        table(&spec(&["code"], &["status"], rows)).faults(),
        [TableFault::Hidden { row: 1, by: 0 }]
    );
}

#[test]
fn several_codes_of_one_meaning_need_partial() {
    let mut spec = spec(
        &["code"],
        &["status"],
        &[&["E", "error"], &["P", "error"], &["N", "normal"]],
    );
    assert_eq!(
        table(&spec).faults(),
        [TableFault::Repeated { row: 1, of: 0 }]
    );
    assert_eq!(write(&table(&spec), &["error"]), Err(TableRefusal::Several));
    spec.partial = Partial::First;
    let first = table(&spec);
    assert_eq!(first.faults(), []);
    assert_eq!(
        (first.law(), first.is_injective()),
        (Law::Normalising, false)
    );
    assert_eq!(write(&first, &["error"]), Ok(texts(&["E"])));
}

#[test]
fn an_unknown_code_needs_a_place() {
    let mut one = spec(&["code"], &["status"], &[&["A", "active"]]);
    one.unknown = unknown(&["-", "unknown"]);
    assert_eq!(table(&one).faults(), [TableFault::NothingKept]);
    let mut two = spec(&["a", "b"], &["status"], &[&["A", "B", "active"]]);
    two.unknown = Unknown::Keep;
    assert_eq!(table(&two).faults(), [TableFault::NothingKept]);
    assert_eq!(read(&table(&two), &["X", "Y"]), None);
}

#[test]
fn tables_without_sense_are_refused() {
    let message = |spec: &TableSpec| Table::compile(spec).unwrap_err().to_string();
    assert_eq!(
        message(&spec(&[], &["a"], &[])),
        "a table has at least one column on each side"
    );
    assert_eq!(
        message(&spec(&["a"], &["a"], &[])),
        "two columns have one name"
    );
    assert_eq!(
        message(&spec(&["a"], &["b"], &[&["x"]])),
        "this row has another number of cells than the table has columns"
    );
    assert_eq!(
        message(&spec(&["a"], &["b"], &[&["x", "y"], &["x", "<z>"]])),
        "no native cell of the row gives this variable a value"
    );
    assert_eq!(
        message(&spec(&["a"], &["b"], &[&["-", "<a>"]])),
        "this cell names a column that is absent in its row"
    );
    assert_eq!(
        message(&spec(&["a"], &["b"], &[&["<b>", "<a>"]])),
        "the cells of this row name each other in a circle"
    );
    let names: Vec<String> = (0..33).map(|place| place.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        message(&spec(&names, &["a"], &[])),
        "a table has at most 32 columns on each side"
    );
    let mut bad = spec(&["a"], &["b"], &[]);
    bad.unknown = unknown(&["-"]);
    assert_eq!(Table::compile(&bad).unwrap_err().row, Some(0));
}

#[test]
fn literals_are_listed_with_their_rows() {
    let table = table(&staged());
    let natives: Vec<_> = table.native_literals(0).collect();
    assert_eq!(natives[..2], [(0, "Active"), (1, "Overdue1")]);
    let stages: Vec<_> = table.canonical_literals(1).collect();
    assert_eq!(stages, [(1, "1"), (2, "2"), (3, "1"), (4, "2")]);
    assert_eq!(table.canonical_literals(9).count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// The indexed look-up finds what trying the rows in order finds, in small tables and large ones.
    #[test]
    fn look_up_is_as_trying_rows_in_order(
        codes in prop::collection::vec("(a|b|ab|<x>|-|abcdefgh|abcdefghi|aXcdefghabcdefgh|abcdefghYabcdefgh|abcdefghZabcdefgh|[a-z]{1,3})", 0..40),
        probes in prop::collection::vec("(a|b|ab|-|abcdefgh|abcdefghi|abcdefghYabcdefgh|abcdefghXabcdefgh|[a-z]{1,3})", 1..8),
    ) {
        let rows: Vec<Vec<&str>> = codes.iter().map(|code| vec![&**code, "-"]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let table = table(&spec(&["code"], &["value"], &rows));
        for probe in probes {
            let given = values(&[&*probe]);
            let in_order = table.rows().iter().position(|row| row.matches(&given));
            prop_assert_eq!(table.read(&given).and_then(|hit| hit.row()), in_order);
        }
    }

    /// What is written is read as the same values, unless the table says that it is lossy.
    #[test]
    fn what_is_written_is_read_the_same(
        rows in prop::collection::vec(("[AB]|<x>|-", "[12]|<x>|<y>|-", "[ab]|<x>", "[xy]|<x>|<y>|-|<n1>"), 0..7),
        values_given in ("[aAB1]", "[xy12A]|-"),
        first in any::<bool>(),
        keep in 0..2_u8,
    ) {
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| vec![&*row.0, &*row.1, &*row.2, &*row.3]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let mut spec = spec(&["n1", "n2"], &["c1", "c2"], &rows);
        spec.partial = if first { Partial::First } else { Partial::Refuse };
        if keep == 1 {
            spec.unknown = unknown(&["-", "-", "<n1>", "<n2>"]);
        }
        let Ok(table) = Table::compile(&spec) else { return Ok(()) };
        let given = [&*values_given.0, &*values_given.1];
        if let Ok(native) = write(&table, &given) {
            let native: Vec<&str> = native.iter().map(String::as_str).collect();
            let back = read(&table, &native).unwrap();
            if table.law() != Law::Lossy {
                prop_assert_eq!(&back[0], given[0]);
                prop_assert!(given[1] == "-" || back[1] == given[1], "{:?} -> {:?} -> {:?}", given, native, back);
            }
            let again: Vec<&str> = back.iter().map(String::as_str).collect();
            if let Ok(second) = write(&table, &again) {
                let second: Vec<&str> = second.iter().map(String::as_str).collect();
                prop_assert_eq!(read(&table, &second), Some(back.clone()), "writing what was read reads the same");
            }
        }
    }
}
