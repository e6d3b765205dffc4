//! The documents beside a case: whether they read at all.

use crate::codec::deaf::Deaf;
use crate::codec::{Limits, json, xml};
use crate::diag::{Code, Diagnostic, Report, Sources};

/// Reports a document that is not of the format that its name says (M001), where it stops being one.
pub(super) fn check(
    name: &str,
    path: &str,
    bytes: &[u8],
    sources: &mut Sources,
    report: &mut Report,
) {
    // An answer may have no body.
    if name.starts_with("native.") && bytes.trim_ascii().is_empty() {
        return;
    }
    let (limits, mut scratch) = (Limits::default(), Vec::new());
    let (read, format) = match name.rsplit_once('.') {
        Some((_, "json")) => {
            let mut reader = json::Reader::default();
            (reader.read(bytes, &limits, &mut scratch, &mut Deaf), "JSON")
        }
        Some((_, "xml")) => {
            let mut reader = xml::XmlReader::default();
            (reader.read(bytes, &limits, &mut scratch, &mut Deaf), "XML")
        }
        _ => return,
    };
    let Err(fault) = read else { return };
    let id = sources.add(path, String::from_utf8_lossy(bytes));
    let message = format!("not {format}: {}", fault.what);
    report.push(
        Diagnostic::new(Code::M001, sources.character(id, fault.at), message).help(format!(
            "write one {format} document, whole; what a case holds is compared with it"
        )),
    );
}
