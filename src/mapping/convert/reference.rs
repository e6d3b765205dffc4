//! The reference of all converters, as the documentation prints it.

use std::fmt::Write;

use super::arguments::Argument;
use super::info::{Example, Info, Way};
use super::{Convert, Joined, Law, infos, joined};

/// Prints every converter with its parameters, law and worked examples as one Markdown table.
#[must_use]
pub fn reference_table() -> String {
    let mut page =
        String::from("| Converter | Native to canonical | Law | Examples |\n|---|---|---|---|\n");
    for info in infos().chain(joined::infos()) {
        let examples: Vec<String> = info.examples.iter().map(example).collect();
        let row = [
            signature(info),
            info.summary.to_owned(),
            laws(info),
            examples.join("<br>"),
        ];
        for cell in row {
            let _ = write!(page, "| {} ", cell.replace('|', "\\|"));
        }
        page.push_str("|\n");
    }
    page
}

/// The converter as it is written: `datetime(format, zone=, round=)`.
fn signature(info: &Info) -> String {
    let parameters: Vec<String> = info
        .parameters
        .iter()
        .map(|parameter| {
            let equals = if parameter.named { "=" } else { "" };
            let shown = format!("{}{equals}", parameter.name);
            if parameter.required {
                shown
            } else {
                format!("[{shown}]")
            }
        })
        .collect();
    match parameters.as_slice() {
        [] => format!("`{}`", info.name),
        some => format!("`{}({})`", info.name, some.join(", ")),
    }
}

/// The laws that the converter keeps in its examples, strongest first.
fn laws(info: &Info) -> String {
    let built = |example: &Example| {
        let one = Convert::build(info.name, example.args).map(|convert| convert.law());
        one.or_else(|_| Joined::build(info.name, example.args).map(|joined| joined.law()))
            .ok()
    };
    let mut laws: Vec<Law> = info.examples.iter().filter_map(built).collect();
    laws.sort();
    laws.dedup();
    let name = |law: &Law| match law {
        Law::Exact => "exact",
        Law::Normalising => "normalising",
        Law::Lossy => "lossy",
    };
    laws.iter().map(name).collect::<Vec<_>>().join(" or ")
}

fn example(example: &Example) -> String {
    let (native, canonical) = (texts(example.native), texts(example.canonical));
    let mut line = match example.way {
        Way::Both => format!("{native} ↔ {canonical}"),
        Way::Read => format!("{native} → {canonical}"),
        Way::Write => format!("{native} ← {canonical}"),
        Way::RefuseRead => format!("{native} → refused"),
        Way::RefuseWrite => format!("refused ← {canonical}"),
    };
    let arguments: Vec<String> = example.args.iter().map(argument).collect();
    if !arguments.is_empty() {
        let _ = write!(line, " with `{}`", arguments.join(", "));
    }
    if !example.note.is_empty() {
        let _ = write!(line, " ({})", example.note);
    }
    line
}

/// An argument as it stands in a mapping: quoted, unless it is a word.
fn argument(argument: &Argument<'_>) -> String {
    let value = argument.value;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
    let quote = match value {
        value
            if value.bytes().all(word)
                && value.starts_with(|first: char| first.is_alphanumeric()) =>
        {
            ""
        }
        value if value.contains('\'') => "\"",
        _ => "'",
    };
    let name = argument
        .name
        .map(|name| format!("{name}="))
        .unwrap_or_default();
    format!("{name}{quote}{value}{quote}")
}

fn texts(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts
        .iter()
        .map(|text| {
            if text.is_empty() {
                "the empty text".to_owned()
            } else {
                format!("`{text}`")
            }
        })
        .collect();
    quoted.join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_converter_has_a_row_with_a_law_and_examples() {
        let page = reference_table();
        let rows: Vec<&str> = page.lines().skip(2).collect();
        assert_eq!(rows.len(), 18);
        for (row, info) in rows.iter().zip(infos().chain(joined::infos())) {
            assert!(row.starts_with(&format!("| `{}", info.name)), "{row}");
            let cells: Vec<&str> = row.split(" | ").collect();
            assert_eq!(cells.len(), 4, "{row}");
            assert!(
                ["exact", "normalising", "lossy", "exact or lossy"].contains(&cells[2]),
                "{row}"
            );
            assert!(cells[3].matches("<br>").count() >= 2, "{row}");
        }
        assert!(page.contains("| `insert(separator, at=)` |"));
        assert!(page.contains("with `\"yyyy-MM-dd'T'00:00:00.000'Z'\"`"));
        assert!(page.contains("with `'-', at=5`") && page.contains("with `alpha-3, lower`"));
        assert!(page.contains("`en_US` ↔ `en-US`"));
        assert!(page.contains("`en_US.UTF-8` → refused"));
        assert!(page.contains("`12345` + `6789` ↔ `12345-6789` with `'-'`"));
    }
}
