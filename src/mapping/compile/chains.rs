//! Converter calls compiled into chains.

use super::Compiler;
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast;
use crate::mapping::convert::{self, Argument, Convert, Joined};
use crate::mapping::plan::{Chain, Fan};
use crate::mapping::syntax::{ArgValue, ConverterCall};
use crate::mapping::table::{Cell, Partial, Table, TableError, TableSpec, Unknown};

impl Compiler<'_> {
    /// Compiles the converters of a rule; a fault is reported and gives `None`.
    pub fn chain(&self, calls: &[ConverterCall], report: &mut Report) -> Option<Chain> {
        let mut chain = Chain::default();
        let last = calls.len().saturating_sub(1);
        for (index, call) in calls.iter().enumerate() {
            match call.name.value.as_str() {
                "table" if index == last => {
                    let table = self.table(call, report)?;
                    let absent = vec![None; table.native_columns()];
                    chain.takes_absent = table.read(&absent).is_some_and(|hit| hit.row().is_some());
                    chain.fan = Some(Fan::Table(table));
                }
                "copy" | "split" | "money" if index == last => {
                    chain.fan = Some(Fan::Joined(self.built(call, Joined::build, report)?));
                }
                "join" if index == 0 => {
                    chain.join = Some(self.built(call, Joined::build, report)?)
                }
                "field-name" if calls.len() == 1 => {
                    chain.join = Some(Joined::FieldParts);
                    chain.fan = Some(Fan::Joined(field_name(call, report)?));
                }
                "table" | "copy" | "split" | "money" | "join" | "field-name" => {
                    report.push(
                        Diagnostic::new(Code::M210, call.span, format!("`{}` cannot stand here", call.name.value))
                            .help("`join` stands first, at the native end; `table`, `copy`, `split` and `money` stand last, at the canonical end"),
                    );
                    return None;
                }
                _ => chain.steps.push(self.built(call, Convert::build, report)?),
            }
        }
        Some(chain)
    }

    fn built<T>(
        &self,
        call: &ConverterCall,
        build: impl Fn(&str, &[Argument<'_>]) -> Result<T, convert::BuildError>,
        report: &mut Report,
    ) -> Option<T> {
        let mut args = Vec::new();
        for arg in &call.args {
            let text = arg.value.text();
            let value = match &arg.value {
                ArgValue::Word(_) | ArgValue::Quoted(_) => text.value.as_str(),
                // A setting that is not given: the converter says what that means.
                ArgValue::Setting(_) => self.setting(&text.value).unwrap_or_default(),
            };
            args.push(Argument {
                name: arg.name.as_ref().map(|name| name.value.as_str()),
                value,
            });
        }
        match build(&call.name.value, &args) {
            Ok(built) => Some(built),
            Err(error) => {
                report.push(build_fault(call, &error));
                None
            }
        }
    }

    fn table(&self, call: &ConverterCall, report: &mut Report) -> Option<Table> {
        let Some(arg) = call.args.first() else {
            report.push(
                Diagnostic::new(Code::M103, call.span, "`table` names no table")
                    .help("write `table(name)`"),
            );
            return None;
        };
        let name = arg.value.text();
        let Some(table) = self
            .tables
            .iter()
            .find(|table| table.name.value == name.value)
        else {
            let known = self.tables.iter().map(|table| table.name.value.as_str());
            report.push(
                Diagnostic::new(
                    Code::M103,
                    name.span,
                    format!("there is no table `{}`", name.value),
                )
                .help(offered(&name.value, known)),
            );
            return None;
        };
        compiled_table(table, report)
    }
}

/// The one argument of `field-name`.
fn field_name(call: &ConverterCall, report: &mut Report) -> Option<Joined> {
    let style = call.args.first().map_or("", |arg| &arg.value.text().value);
    let found = Joined::field_name(style).filter(|_| call.args.len() == 1);
    if found.is_none() {
        report.push(
            Diagnostic::new(Code::M215, call.span, "`field-name` has one style")
                .help("`field-name(leaf)` for the last name, `field-name(path)` for all of them"),
        );
    }
    found
}

/// Compiles a table; a fault is reported and gives `None`.
pub(crate) fn compiled_table(table: &ast::Named<ast::Table>, report: &mut Report) -> Option<Table> {
    match Table::compile(&spec(&table.value)) {
        Ok(compiled) => Some(compiled),
        Err(error) => {
            let spec = spec(&table.value);
            let mut errors = Table::errors(&spec);
            if errors.is_empty() {
                errors.push(error);
            }
            report.extend(errors.iter().map(|error| {
                Diagnostic::new(Code::M215, at_fault(table, error), error.message).help(error.help)
            }));
            None
        }
    }
}

/// Where the fault of a table stands: its cell, its row, or the name of the table.
fn at_fault(table: &ast::Named<ast::Table>, error: &TableError) -> Span {
    let said = &table.value;
    let unknown = said
        .unknown
        .as_ref()
        .and_then(|unknown| match &unknown.value {
            ast::Unknown::Row(row) => Some(row),
            ast::Unknown::Keep | ast::Unknown::Refuse => None,
        });
    let row = error.row.and_then(|row| said.rows.get(row).or(unknown));
    let mut columns = said.native.iter().chain(&said.canonical);
    let column = error.column.and_then(|column| columns.nth(column));
    let cell = row
        .zip(column)
        .and_then(|(row, column)| row.cell(&column.value));
    cell.map(|cell| cell.span)
        .or(row.map(|row| row.span))
        .unwrap_or(table.name.span)
}

/// A table of a file in the form that is compiled.
fn spec(table: &ast::Table) -> TableSpec {
    let names = |columns: &[ast::Text]| {
        columns
            .iter()
            .map(|column| column.value.clone())
            .collect::<Vec<_>>()
    };
    let (native, canonical) = (names(&table.native), names(&table.canonical));
    let columns: Vec<String> = native.iter().chain(&canonical).cloned().collect();
    let row = |row: &ast::Row| {
        columns
            .iter()
            .map(|column| match row.cell(column).map(|cell| &cell.value) {
                Some(ast::Cell::Literal(text)) => Cell::Literal(text.as_str().into()),
                Some(ast::Cell::Variable(name)) => Cell::Variable(name.as_str().into()),
                Some(ast::Cell::None) | None => Cell::Absent,
            })
            .collect::<Vec<_>>()
    };
    TableSpec {
        rows: table.rows.iter().map(row).collect(),
        partial: match table.partial.as_ref().map(|partial| partial.value) {
            Some(ast::Partial::First) => Partial::First,
            Some(ast::Partial::Refuse) | None => Partial::Refuse,
        },
        unknown: match table.unknown.as_ref().map(|unknown| &unknown.value) {
            Some(ast::Unknown::Row(unknown)) => Unknown::Row(row(unknown)),
            Some(ast::Unknown::Keep) => Unknown::Keep,
            Some(ast::Unknown::Refuse) | None => Unknown::Refuse,
        },
        native,
        canonical,
    }
}

/// What is wrong with a converter call.
fn build_fault(call: &ConverterCall, error: &convert::BuildError) -> Diagnostic {
    let known = || {
        convert::infos()
            .chain(convert::joined_infos())
            .map(|info| info.name)
    };
    if error.argument.is_none() && !known().any(|name| name == call.name.value) {
        return Diagnostic::new(
            Code::M103,
            call.name.span,
            format!("there is no converter `{}`", call.name.value),
        )
        .help(offered(&call.name.value, known()));
    }
    let span: Span = error
        .argument
        .and_then(|index| call.args.get(index))
        .map_or(call.span, |arg| arg.span);
    let name = &call.name.value;
    Diagnostic::new(Code::M215, span, error.to_string()).help(format!(
        "section 13 of the language says what `{name}` takes"
    ))
}
