//! Documents that are not in UTF-8.

use crate::process::{run, run_with};

/// A document in UTF-16, with its byte order mark.
fn utf_16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[test]
fn a_base_in_another_encoding_is_sent_as_what_it_says_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.xml");
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><billingContact><firstName>Zoë</firstName></billingContact>";
    std::fs::write(&base, utf_16(text)).unwrap();
    let sent = text
        .replace("UTF-16", "UTF-8")
        .replace("</firstName>", "</firstName><lastName>Ash</lastName>");
    let arguments = [
        "translate",
        "-u",
        "blubilling",
        "-o",
        "updateContact",
        "-i",
        "id=340",
        "-i",
        "role=billing",
        "--setting",
        "phone-country=US",
        "--raw",
        "--base",
        base.to_str().unwrap(),
    ];
    let told = run_with(&arguments, r#"{"name":{"last":"Ash"}}"#);
    assert!(told.code == 0 && told.out.contains(&sent), "{told:?}");
}

#[test]
fn one_document_is_read_in_the_encoding_that_it_declares() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("customer.xml");
    let text =
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><customer><name>Zo\u{eb}</name></customer>";
    let latin_1: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    std::fs::write(&file, latin_1).unwrap();
    let told = run(&[
        "translate",
        "-u",
        "blubilling",
        "--mapping",
        "customer",
        "-d",
        "to-canonical",
        "--raw",
        file.to_str().unwrap(),
    ]);
    assert_eq!(
        told.out.trim_end(),
        "{\"name\":{\"full\":\"Zoë\"}}",
        "{told:?}"
    );
}
