//! Code tables.

use super::build::Build;
use super::check::misspelt;
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::mapping::ast::{Cell, Row, RowCell, Table, Text, Unknown};
use crate::mapping::yaml::{Entry, Node, Scalar};

// === impl Build ===

impl Build<'_> {
    pub(super) fn table(&mut self, node: &Node) -> Option<Table> {
        let Some(rows) = node.get("rows") else {
            if misspelt(node, "rows").is_some() {
                return None;
            }
            return self.short_table(node, node.span);
        };
        let partial = self.word(node.get("partial"));
        let columns = |build: &mut Self, key: &str| {
            build.many(node.get(key), |build, node| build.text(Some(node)))
        };
        let (native, canonical) = (columns(self, "native"), columns(self, "canonical"));
        if rows.as_map().is_some() {
            for key in ["native", "canonical"] {
                if let Some(span) = Self::key(node, key) {
                    let help = "rows in short form have one column on each side, without a name";
                    self.fault(
                        span,
                        format!("`{key}` means nothing beside rows in short form"),
                        help,
                    );
                }
            }
            let unknown = self.unknown(node.get("unknown"), &[]);
            let short = self.short_table(rows, rows.span)?;
            return Some(Table {
                partial,
                unknown,
                ..short
            });
        }
        let all: Vec<&Text> = native.iter().chain(&canonical).collect();
        self.columns(node, &all);
        // Without all columns nothing can be said of the cells in them.
        if native.is_empty() || canonical.is_empty() {
            return None;
        }
        self.strangers(node, &all);
        let unknown = self.unknown(node.get("unknown"), &all);
        let rows = self.list(Some(rows), |build, row| Some(build.row(row, &all)));
        Some(Table {
            short: false,
            native,
            canonical,
            rows,
            partial,
            unknown,
        })
    }

    /// Reports columns that are missing or named twice.
    fn columns(&mut self, node: &Node, all: &[&Text]) {
        for key in ["native", "canonical"] {
            if node.get(key).is_none() && !Self::is_misspelt(node, key) {
                let span = Self::key(node, "rows").unwrap_or(node.span);
                self.fault(
                    span,
                    format!("this map (table) lacks `{key}`"),
                    "rows of cells name their columns",
                );
            }
        }
        for (index, column) in all.iter().enumerate() {
            if all
                .iter()
                .take(index)
                .any(|before| before.value == column.value)
            {
                let message = format!("the column `{}` is named twice", column.value);
                self.fault(
                    column.span,
                    message,
                    "columns of both sides have different names",
                );
            }
        }
    }

    /// Reports columns of rows that the table does not name, each once.
    fn strangers(&mut self, node: &Node, columns: &[&Text]) {
        let rows = node.get("rows").and_then(Node::as_list).unwrap_or(&[]);
        let rows = rows.iter().chain(node.get("unknown"));
        let keys = rows.filter_map(Node::as_map).flatten();
        let strange = keys.map(|entry| &entry.key).filter(|key| {
            let mut known = columns.iter();
            !known.any(|column| column.value == key.text)
        });
        let mut told: Vec<(&Scalar, usize)> = Vec::new();
        for key in strange {
            match told.iter_mut().find(|(first, _)| first.text == key.text) {
                Some((_, times)) => *times = times.saturating_add(1),
                None => told.push((key, 1)),
            }
        }
        for (key, times) in told {
            let message = format!("unknown column `{}`", key.text);
            let help = Some(offered(
                &key.text,
                columns.iter().map(|column| column.value.as_str()),
            ));
            let fault = Diagnostic::new(Code::M002, key.span, message).maybe_help(help);
            self.push(match times {
                1 => fault,
                _ => fault.note(None, format!("{times} rows have it")),
            });
        }
    }

    fn short_table(&mut self, node: &Node, at: Span) -> Option<Table> {
        let column = |name: &str| Spanned::new(name.to_owned(), at);
        let rows = self.entries(Some(node)).iter().filter_map(|entry| {
            let value = entry.value.as_scalar()?;
            let literal =
                |scalar: &Scalar| Spanned::new(Cell::Literal(scalar.text.clone()), scalar.span);
            let native = RowCell {
                column: column("native"),
                cell: literal(&entry.key),
            };
            let canonical = RowCell {
                column: column("canonical"),
                cell: literal(value),
            };
            Some(Row {
                cells: vec![native, canonical],
                span: entry.key.span,
            })
        });
        let rows = rows.collect();
        let (native, canonical) = (vec![column("native")], vec![column("canonical")]);
        node.as_map()?;
        Some(Table {
            short: true,
            native,
            canonical,
            rows,
            partial: None,
            unknown: None,
        })
    }

    fn unknown(&mut self, node: Option<&Node>, columns: &[&Text]) -> Option<Spanned<Unknown>> {
        let node = node?;
        let unknown = match node.as_scalar() {
            Some(scalar) if scalar.text == "keep" => Unknown::Keep,
            Some(scalar) if scalar.text == "refuse" => Unknown::Refuse,
            Some(_) => return None,
            None => Unknown::Row(self.row(node, columns)),
        };
        Some(Spanned::new(unknown, node.span))
    }

    fn row(&mut self, node: &Node, columns: &[&Text]) -> Row {
        let entries = self.entries(Some(node));
        if entries.is_empty() && node.as_map().is_some() {
            let help = "give a native and a canonical column a cell each, or take the row away";
            self.fault(node.span, "the row has no cells", help);
        }
        let cells = entries
            .iter()
            .filter_map(|entry| self.cell(entry, columns))
            .collect();
        Row {
            cells,
            span: Self::first_key(node),
        }
    }

    fn cell(&mut self, entry: &Entry, columns: &[&Text]) -> Option<RowCell> {
        let known = columns.iter().any(|column| column.value == entry.key.text);
        if !known {
            return None;
        }
        let scalar = self.scalar(Some(&entry.value))?;
        Some(RowCell {
            column: entry.key.spanned(),
            cell: Spanned::new(cell(&scalar.text), scalar.span),
        })
    }
}

fn cell(text: &str) -> Cell {
    let inner = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    match inner {
        Some("none") => Cell::None,
        Some(name)
            if !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) =>
        {
            Cell::Variable(name.to_owned())
        }
        _ => Cell::Literal(text.to_owned()),
    }
}
