//! What the reader tells of documents it accepts.

use interlingua::codec::xml::XmlReader;
use interlingua::codec::{FaultKind, Limits};

use super::recorder::{Recorder, events, read};

#[test]
fn a_leaf_is_told_with_its_whole_text_at_its_end() {
    assert_eq!(
        events("<?xml version=\"1.0\"?>\n<c>\n <n>Bill</n>\n <e id='1'/>\n</c>\n"),
        [
            "start c",
            "content",
            "start n",
            "content",
            "end \"Bill\" \"Bill\"",
            "start e",
            "attribute id=\"1\"",
            "empty",
            "end \"\" \"\"",
            "end \"\" \"\\n <n>Bill</n>\\n <e id='1'/>\\n\"",
        ]
    );
}

#[test]
fn blank_text_of_a_leaf_is_kept_and_beside_elements_is_not_told() {
    assert_eq!(events("<a> \t\n</a>")[2], "end \" \\t\\n\" \" \\t\\n\"");
    assert_eq!(events("<a>\n<b>  </b>\t</a>")[4], "end \"  \" \"  \"");
    assert_eq!(events("<a>&#32;<!-- c --><b/></a>").len(), 6);
}

#[test]
fn text_beside_elements_is_told_once_for_every_gap() {
    let told = events("<a>x<!-- c -->y<b/> <c/>&amp;<![CDATA[z]]> </a>");
    let mixed: Vec<_> = told
        .iter()
        .filter(|event| event.starts_with("mixed"))
        .collect();
    assert_eq!(mixed, ["mixed \"xy\"", "mixed \"&z \""]);
    assert_eq!(
        told.last().map(String::as_str),
        Some("end \"\" \"x<!-- c -->y<b/> <c/>&amp;<![CDATA[z]]> \"")
    );
}

#[test]
fn references_and_sections_are_decoded() {
    let told = events("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;<![CDATA[<&]]>]]</a>");
    assert!(
        told[2].starts_with("end \"<>&\\\"'AB😀<&]]\""),
        "{}",
        told[2]
    );
}

#[test]
fn line_ends_become_line_feeds_but_not_where_written_as_references() {
    let told = events("<a>1\r\n2\r3\n4&#13;\n<![CDATA[\r\n]]>\r</a>");
    assert!(
        told[2].starts_with("end \"1\\n2\\n3\\n4\\r\\n\\n\\n\""),
        "{}",
        told[2]
    );
}

#[test]
fn attribute_values_are_normalised() {
    let told = events("<a b=\"1\r\n2\r3\n4\t5 &#13;&#10;&#9;6&quot;\"/>");
    assert_eq!(told[1], "attribute b=\"1 2 3 4 5 \\r\\n\\t6\\\"\"");
}

#[test]
fn names_are_expanded_by_the_declarations_in_scope() {
    let told = events(
        "<p:a xmlns:p='u:p' xmlns='u:d' p:x='1' y='2' xml:lang='en'><b xmlns='' xmlns:p='u:&amp;q'><p:c/></b><b/></p:a>",
    );
    let names: Vec<_> = told
        .iter()
        .filter(|e| e.starts_with("start") || e.starts_with("attr"))
        .collect();
    assert_eq!(
        names,
        [
            "start {u:p}a",
            "attribute {u:p}x=\"1\"",
            "attribute y=\"2\"",
            "attribute {http://www.w3.org/XML/1998/namespace}lang=\"en\"",
            "start b",
            "start {u:&q}c",
            "start {u:d}b",
        ]
    );
}

#[test]
fn a_declaration_ends_with_an_empty_element() {
    let told = events("<a><b xmlns='u'/><b/></a>");
    assert_eq!(
        (told[2].as_str(), told[5].as_str()),
        ("start {u}b", "start b")
    );
}

#[test]
fn a_prediction_is_taken_only_for_the_whole_name_in_no_namespace() {
    let hits = |document: &str, predictions: &[&str]| {
        let predictions = predictions.iter().map(ToString::to_string).collect();
        let (recorder, result) = read(document.as_bytes(), &Limits::default(), predictions);
        assert_eq!(result, Ok(()));
        recorder.hits
    };
    assert_eq!(hits("<a><b/><c\n/></a >", &["a", "b", "c"]), 3);
    assert_eq!(hits("<ab/>", &["a"]), 0);
    assert_eq!(hits("<a/>", &["ab"]), 0);
    assert_eq!(hits("<a:b xmlns:a='u'/>", &["a"]), 0);
    assert_eq!(hits("<a.b/>", &["a"]), 0);
    assert_eq!(hits("<aé/>", &["a"]), 0);
    assert_eq!(hits("<a xmlns='u'/>", &["a"]), 0);
    assert_eq!(
        hits("<a xmlns='u'><b/><c xmlns=''/></a>", &["a", "b", "c"]),
        0
    );
    assert_eq!(hits("<a xmlns=''><b/></a>", &["a", "b"]), 2);
    assert_eq!(hits("<p:a xmlns:p='u'><b/></p:a>", &["", "b"]), 1);
}

#[test]
fn a_predicted_name_counts_against_the_limit_like_any_other() {
    let limits = Limits {
        name: 3,
        ..Limits::default()
    };
    let (_, result) = read(b"<abcd/>", &limits, vec!["abcd".to_owned()]);
    assert_eq!(result.map_err(|fault| fault.kind), Err(FaultKind::Limit));
}

#[test]
fn a_sink_that_stops_ends_the_reading_at_every_event() {
    let document = b"<a b='1'>x<c/><d>y</d></a>";
    let total = events(std::str::from_utf8(document).expect("UTF-8")).len();
    for stop_at in 1..=total {
        let mut recorder = Recorder::over(document);
        recorder.stop_at = Some(stop_at);
        let result =
            XmlReader::default().read(document, &Limits::default(), &mut Vec::new(), &mut recorder);
        assert_eq!(result.map_err(|fault| fault.kind), Err(FaultKind::Stopped));
        assert_eq!(recorder.events.len(), stop_at);
    }
}

#[test]
fn a_fault_of_one_document_leaves_nothing_for_the_next() {
    let mut reader = XmlReader::default();
    let broken = b"<a xmlns='u' x='1' y='2'><b xmlns:p='q'>";
    let result = reader.read(
        broken,
        &Limits::default(),
        &mut Vec::new(),
        &mut Recorder::over(broken),
    );
    assert!(result.is_err());
    let document = b"<a><b/></a>";
    let mut recorder = Recorder::over(document);
    assert_eq!(
        reader.read(document, &Limits::default(), &mut Vec::new(), &mut recorder),
        Ok(())
    );
    assert_eq!(recorder.events[0], "start a");
}

#[test]
fn blanks_between_elements_leave_no_trace_in_the_scratch() {
    let document = b"<a>\r\n<!-- c -->\r\n<b>x</b>\r\n<?p?>\r\n</a>";
    let mut scratch = Vec::new();
    let result = XmlReader::default().read(
        document,
        &Limits::default(),
        &mut scratch,
        &mut Recorder::over(document),
    );
    assert_eq!((result, scratch.len()), (Ok(()), 0));
}
