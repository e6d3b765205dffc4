//! Code tables against the schemas of both sides (M301 to M307).

use super::kinds;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{self, Cell, Message, Named, Unknown};
use crate::mapping::compile::compiled_table;
use crate::mapping::compile::is_status;
use crate::mapping::compile::literal::values;
use crate::mapping::plan::Fan;
use crate::mapping::survey::{Does, Entry, Spot, Survey, Walk};
use crate::mapping::table::{Table, TableFault};
use crate::model::shape::{Form, Scalar, Shapes};

/// Checks the rows of every table by themselves (M304, M305, M306).
pub(super) fn rows(survey: &Survey<'_>, report: &mut Report) {
    for said in &survey.set.tables {
        let Some(table) = compiled_table(said, report) else {
            continue;
        };
        let faults = table.faults();
        for (row, of) in kept_apart(said) {
            let known = faults.iter().any(|fault| {
                matches!(fault, TableFault::Hidden { row: one, .. } | TableFault::Repeated { row: one, .. } if *one == row)
            });
            if !known {
                report.extend(of_rows(said, TableFault::Repeated { row, of }));
            }
        }
        for fault in faults {
            report.extend(of_rows(said, fault));
        }
    }
}

/// Rows that only codes which they keep tell apart, each with the first such row: callers, who cannot give those
/// codes, always name both.
fn kept_apart(said: &Named<ast::Table>) -> Vec<(usize, usize)> {
    let table = &said.value;
    let kept = |row: &ast::Row, column: &ast::Text| match row
        .cell(&column.value)
        .map(|cell| &cell.value)
    {
        Some(Cell::Variable(name)) => table.native.iter().any(|native| native.value == *name),
        _ => false,
    };
    let cell =
        |row: &ast::Row, column: &ast::Text| row.cell(&column.value).map(|cell| cell.value.clone());
    let alike = |one: &ast::Row, other: &ast::Row| {
        let mut columns = table.canonical.iter();
        let value = table.canonical.first().and_then(|first| cell(one, first));
        matches!(value, Some(Cell::Literal(_)))
            && table.canonical.iter().any(|column| kept(one, column))
            && table
                .native
                .iter()
                .any(|column| cell(one, column) != cell(other, column))
            && columns.all(|column| {
                let both = kept(one, column) && kept(other, column);
                both || cell(one, column) == cell(other, column)
            })
    };
    let mut found = Vec::new();
    for (row, later) in table.rows.iter().enumerate() {
        let mut before = table.rows.iter().take(row);
        if let Some(of) = before.position(|earlier| alike(earlier, later)) {
            found.push((row, of));
        }
    }
    found
}

fn of_rows(said: &Named<ast::Table>, fault: TableFault) -> Option<Diagnostic> {
    let name = &said.name.value;
    let row = |index: usize| {
        said.value
            .rows
            .get(index)
            .map_or(said.name.span, |row| row.span)
    };
    Some(match fault {
        TableFault::Hidden { row: late, by } => Diagnostic::new(
            Code::M304,
            row(late),
            format!("a row before this one of `{name}` takes all its values, in both directions"),
        )
        .help("take one of the two away, or put the narrower one first")
        .note(row(by), "the row that counts"),
        TableFault::Repeated { .. } if said.value.partial.is_some() => return None,
        TableFault::Repeated { row: late, of } => Diagnostic::new(
            Code::M305,
            row(late),
            format!("two rows of `{name}` have the same canonical value and write different ones"),
        )
        .help("`partial: first` writes the first of them, `partial: refuse` neither")
        .note(row(of), "the other row"),
        TableFault::NothingKept => {
            let span = said
                .value
                .unknown
                .as_ref()
                .map_or(said.name.span, |unknown| match &unknown.value {
                    Unknown::Row(row) => row.span,
                    Unknown::Keep | Unknown::Refuse => unknown.span,
                });
            let column = said
                .value
                .native
                .first()
                .map_or("code", |column| &column.value);
            Diagnostic::new(
                Code::M306,
                span,
                format!(
                    "`unknown` of `{name}` keeps no native value, so it could not be written again"
                ),
            )
            .help(format!("give a canonical column the code: `<{column}>`"))
        }
    })
}

/// Checks each use of a table in a mapping (M301, M302, M303, M307).
pub(super) fn uses(survey: &Survey<'_>, walk: &Walk<'_>, report: &mut Report) {
    for entry in walk
        .entries
        .iter()
        .filter(|entry| matches!(entry.does, Does::Value))
    {
        let Some(chain) = survey.chain(entry) else {
            continue;
        };
        let (Some(Fan::Table(table)), Some((said, span))) = (&chain.fan, named(survey, entry))
        else {
            continue;
        };
        let used = Use {
            survey,
            entry,
            table,
            said,
            span,
        };
        if chain.join.is_none() && chain.steps.is_empty() {
            used.native_values(walk.message, report);
            used.cells(
                &of_document(entry, &said.value.native),
                &entry.native,
                &survey.set.native,
                report,
            );
        }
        used.cells(
            &said.value.canonical,
            &entry.canonical,
            &survey.catalog.canonical,
            report,
        );
        // What a problem or an outcome says is no caller's to write.
        if !survey.catalog.canonical.get(walk.canonical).envelope {
            used.captured(report);
        }
    }
}

/// The native columns of a table whose places stand in the document: all but the status of the answer.
fn of_document(entry: &Entry<'_>, columns: &[ast::Text]) -> Vec<ast::Text> {
    let places = entry.text.map_or(&[][..], |text| &text.places);
    let beside = |index: usize| places.get(index).is_some_and(is_status);
    let columns = columns.iter().enumerate();
    let within = columns.filter(|(index, _)| !beside(*index));
    within.map(|(_, column)| column.clone()).collect()
}

/// The table that an entry names, and where.
fn named<'a>(survey: &Survey<'a>, entry: &Entry<'_>) -> Option<(&'a Named<ast::Table>, Span)> {
    let call = entry
        .text?
        .chain
        .iter()
        .find(|call| call.name.value == "table")?;
    let name = call.args.first()?.value.text();
    let tables = &survey.set.tables;
    let table = tables.iter().find(|table| table.name.value == name.value)?;
    Some((table, call.span))
}

struct Use<'u, 'a> {
    survey: &'u Survey<'a>,
    entry: &'u Entry<'a>,
    table: &'u Table,
    said: &'a Named<ast::Table>,
    span: Span,
}

impl Use<'_, '_> {
    /// Every value that the native schema allows has a row, or the table takes unknown ones.
    fn native_values(&self, message: Message, report: &mut Report) {
        let (true, [spot]) = (self.table.refuses_unknown(), self.entry.native.as_slice()) else {
            return;
        };
        let shapes = &self.survey.set.native;
        let name = &self.said.name.value;
        if message == Message::Response
            && self.entry.travels
            && kinds::is_open_text(shapes, spot.shape)
        {
            let message = format!(
                "`{}` is an open text, and `{name}` refuses what no row knows",
                spot.path
            );
            report.push(
                Diagnostic::new(Code::M307, self.span, message)
                    .help("give the table an `unknown` row that keeps the code; an answer must not fail for a code never seen")
                    .note(self.said.name.span, "the table"),
            );
            return;
        }
        let Some(scalar) = shapes.get(spot.shape).scalar() else {
            return;
        };
        for value in values(scalar) {
            if self.table.read(&[Some(value.as_bytes())]).is_none() {
                let message = format!(
                    "no row of `{name}` has the value `{value}`, which `{}` may have",
                    spot.path
                );
                report.push(
                    Diagnostic::new(Code::M301, self.span, message)
                        .help("add a row, or an `unknown` row that keeps the code")
                        .note(self.said.name.span, "the table"),
                );
            }
        }
    }

    /// Literals are values of the places that they meet.
    fn cells(&self, columns: &[ast::Text], spots: &[Spot], shapes: &Shapes, report: &mut Report) {
        let unknown = match self
            .said
            .value
            .unknown
            .as_ref()
            .map(|unknown| &unknown.value)
        {
            Some(Unknown::Row(row)) => Some(row),
            _ => None,
        };
        for (column, spot) in columns.iter().zip(spots) {
            let Some(scalar) = shapes.get(spot.shape).scalar() else {
                continue;
            };
            for row in self.said.value.rows.iter().chain(unknown) {
                let Some(cell) = row.cell(&column.value) else {
                    continue;
                };
                let Cell::Literal(literal) = &cell.value else {
                    continue;
                };
                if let Some(wrong) = refused(scalar, literal) {
                    let message = format!("`{literal}` is {wrong} of `{}`", spot.path);
                    report.push(
                        Diagnostic::new(Code::M303, cell.span, message)
                            .help(allowed(scalar))
                            .note(self.span, "the rule that uses the table"),
                    );
                }
            }
        }
    }

    /// A caller must not be able to contradict the code that stands beside its meaning.
    fn captured(&self, report: &mut Report) {
        let table = &self.said.value;
        let is_native = |name: &str| table.native.iter().any(|column| column.value == name);
        for (column, spot) in table.canonical.iter().zip(&self.entry.canonical).skip(1) {
            let captures = table.rows.iter().any(|row| {
                let variable = match row.cell(&column.value).map(|cell| &cell.value) {
                    Some(Cell::Variable(name)) if is_native(name) => name,
                    _ => return false,
                };
                matches!(
                    row.cell(variable).map(|cell| &cell.value),
                    Some(Cell::Literal(_))
                )
            });
            if captures && !spot.facts.read_only {
                let span = self
                    .entry
                    .rule
                    .places
                    .iter()
                    .find(|path| spot.path.steps.ends_with(&path.steps))
                    .map_or(self.entry.rule.key, |path| path.span);
                let message = format!(
                    "`{}` keeps the native code of `{}`, and callers may write it",
                    spot.path, self.said.name.value
                );
                report.push(
                    Diagnostic::new(Code::M302, span, message)
                        .help("a caller could contradict the row: make the place `readOnly` in the model, or bind fewer columns"),
                );
            }
        }
    }
}

/// Why a literal is no value of a scalar.
fn refused(scalar: &Scalar, literal: &str) -> Option<&'static str> {
    let known = values(scalar);
    if !known.is_empty() {
        return (!known.contains(&literal)).then_some("none of the values");
    }
    let is_number = |text: &str| {
        text.parse::<f64>().is_ok() && text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
    };
    match scalar.form {
        Form::Integer if literal.parse::<i64>().is_err() => Some("no integer and no value"),
        Form::Number if !is_number(literal) => Some("no number and no value"),
        _ => None,
    }
}

fn allowed(scalar: &Scalar) -> String {
    let known: Vec<String> = values(scalar)
        .iter()
        .map(|value| format!("`{value}`"))
        .collect();
    if known.is_empty() {
        "write a value that the schema of this side allows".to_owned()
    } else {
        format!("values here are {}", known.join(", "))
    }
}
