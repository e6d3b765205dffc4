//! A call as a line for a shell.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::mapping::ast::Curl;
use crate::mapping::syntax::Method;

/// Writes a call in full.
pub(super) fn line(call: &Curl, gateway: SocketAddr) -> String {
    let method = call.call.method.value;
    let mut line = String::from("curl -s");
    if method != Method::Get {
        let _ = write!(line, " -X {}", method.as_str());
    }
    for header in &call.headers {
        let _ = write!(
            line,
            " -H {}",
            quoted(&format!("{}: {}", header.name.value, header.value.value))
        );
    }
    let _ = write!(
        line,
        " {}",
        quoted(&format!("http://{gateway}{}", call.call.target.value))
    );
    if let Some(body) = &call.body {
        let media = if method == Method::Patch {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let _ = write!(
            line,
            " -H {} -d {}",
            quoted(&format!("Content-Type: {media}")),
            quoted(body.value.trim_end())
        );
    }
    line
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_quotes() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
