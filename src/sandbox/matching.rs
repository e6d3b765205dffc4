//! Which records a list or a search answers, and which page of them.

use jiff::Timestamp;

use super::place;
use super::store::Record;
use super::value::Value;
use crate::engine::exchange::Page;
use crate::mapping::ast::Match;
use crate::mapping::catalog::OperationInput;
use crate::mapping::compile::upstream::{Paging, Style};
use crate::mapping::syntax::{Path, Step};
use crate::model::shape::Format;

/// One thing that a record must fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Criterion<'a> {
    /// Its name, with dots where the criteria have levels.
    name: String,
    value: &'a str,
    how: How<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How<'a> {
    /// The record says the same.
    Equal,
    AtLeast(&'a Path),
    AtMost(&'a Path),
}

impl<'a> Criterion<'a> {
    /// The criteria of a list: its inputs, those of paging and of the parent apart.
    pub(super) fn of_inputs(
        inputs: &'a [(String, String)],
        known: &'a [OperationInput],
    ) -> Vec<Self> {
        let one = |(name, value): &'a (String, String)| {
            let input = known.iter().find(|input| &*input.name == name)?;
            if input.kind.scalar.format == Some(Format::Id) {
                return None;
            }
            let how = match &input.matches {
                None => How::Equal,
                Some(Match::AtLeast(place)) => How::AtLeast(place),
                Some(Match::AtMost(place)) => How::AtMost(place),
                Some(Match::Ignored(_)) => return None,
            };
            Some(Self {
                name: name.clone(),
                value,
                how,
            })
        };
        let paged = |name: &str| name == "limit" || name == "cursor";
        inputs
            .iter()
            .filter(|(name, _)| !paged(name))
            .filter_map(one)
            .collect()
    }

    /// The criteria of a search: the single values of its body.
    pub(super) fn of_body(body: &'a Value) -> Vec<Self> {
        let mut all = Vec::new();
        flatten(body, "", &mut all);
        all.retain(|criterion| criterion.name != "limit" && criterion.name != "cursor");
        all
    }

    /// What a record says about it; `None` if it does not know it.
    fn said<'r>(&self, record: &'r Record) -> Option<&'r str> {
        let found_by = record.found_by.get(&self.name).map(String::as_str);
        found_by.or_else(|| {
            self.name
                .split('.')
                .try_fold(&record.resource, |at, name| at.get(name))?
                .text()
        })
    }

    fn holds(&self, record: &Record) -> bool {
        match self.how {
            How::Equal => self.said(record) == Some(self.value),
            How::AtLeast(path) => {
                bound(record, path).is_some_and(|at| compare(&at, self.value).is_ge())
            }
            How::AtMost(path) => {
                bound(record, path).is_some_and(|at| compare(&at, self.value).is_le())
            }
        }
    }
}

fn flatten<'a>(value: &'a Value, name: &str, all: &mut Vec<Criterion<'a>>) {
    for (member, value) in value.members() {
        let name = if name.is_empty() {
            member.clone()
        } else {
            format!("{name}.{member}")
        };
        if let Some(text) = value.text() {
            all.push(Criterion {
                name,
                value: text,
                how: How::Equal,
            });
        } else {
            flatten(value, &name, all);
        }
    }
}

/// The place of a record that has a bound; `created` and `updated` are times of the store.
fn bound(record: &Record, path: &Path) -> Option<String> {
    let time = |ms: i64| {
        Timestamp::from_millisecond(ms)
            .ok()
            .map(|time| time.to_string())
    };
    match path.as_name() {
        Some("created") => time(record.created),
        Some("updated") => time(record.updated),
        _ => {
            let steps: &[Step] = &path.steps;
            place::get(&record.resource, steps)?
                .text()
                .map(str::to_owned)
        }
    }
}

/// Times by when they are, texts (dates among them) by their characters.
fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ => one.cmp(other),
    }
}

/// The records that fulfil all criteria. One that no record knows is not looked at.
pub(super) fn chosen<'r, R: AsRef<Record>>(
    records: &'r [R],
    criteria: &[Criterion<'_>],
) -> Vec<&'r R> {
    let known = |criterion: &&Criterion<'_>| {
        criterion.how != How::Equal
            || records
                .iter()
                .any(|record| criterion.said(record.as_ref()).is_some())
    };
    let looked_at: Vec<_> = criteria.iter().filter(known).collect();
    let fits = |record: &&R| {
        looked_at
            .iter()
            .all(|criterion| criterion.holds((*record).as_ref()))
    };
    records.iter().filter(fits).collect()
}

/// One page: where it begins and ends, and what it says of the next.
pub(super) fn page(
    count: usize,
    ids: &[&str],
    paging: Option<&Paging>,
    limit: Option<u32>,
    cursor: Option<&str>,
) -> (std::ops::Range<usize>, Page) {
    let total = u64::try_from(count).ok();
    let Some(paging) = paging else {
        let page = Page {
            next: None,
            more: None,
            total,
        };
        return (0..count, page);
    };
    let number = || cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let start = match &paging.style {
        Style::Token { last_id: true, .. } => cursor
            .and_then(|cursor| ids.iter().position(|id| *id == cursor))
            .map_or(0, |at| at.saturating_add(1)),
        Style::Offset(_) | Style::Token { .. } => number(),
    };
    let start = start.min(count);
    let size = limit
        .or(paging.default)
        .and_then(|size| usize::try_from(size).ok());
    let end = size.map_or(count, |size| start.saturating_add(size).min(count));
    let more = end < count;
    let page = Page {
        next: more.then(|| end.to_string()),
        more: Some(more),
        total,
    };
    (start..end, page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::place::tests::path;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn record(resource: &str, found_by: &[(&str, &str)], created: i64) -> Arc<Record> {
        Arc::new(Record {
            kind: "A".into(),
            id: String::new(),
            of: None,
            resource: Value::parse(resource.as_bytes()).unwrap(),
            residue: None,
            found_by: found_by
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            version: 1,
            created,
            updated: created,
        })
    }

    #[test]
    fn a_search_looks_at_what_some_record_knows() {
        let records = [
            record(r#"{"name":{"last":"X"}}"#, &[("tax", "1")], 0),
            record(r#"{"name":{"last":"Y"}}"#, &[], 0),
        ];
        for (body, expected) in [
            (r#"{"tax":"1"}"#, vec![0]),
            (r#"{"tax":"2"}"#, vec![]),
            (r#"{"name":{"last":"Y"},"limit":1}"#, vec![1]),
            (r#"{"unheard":"1"}"#, vec![0, 1]),
            ("{}", vec![0, 1]),
        ] {
            let body = Value::parse(body.as_bytes()).unwrap();
            let found = chosen(&records, &Criterion::of_body(&body));
            let found: Vec<_> = found
                .iter()
                .map(|one| {
                    records
                        .iter()
                        .position(|other| Arc::ptr_eq(one, other))
                        .unwrap()
                })
                .collect();
            assert_eq!(found, expected, "{body:?}");
        }
    }

    #[test]
    fn bounds_compare_times_and_dates() {
        let record = record(r#"{"date":"2010-11-01"}"#, &[], 86_400_000);
        let holds = |value, how| {
            let criterion = Criterion {
                name: String::new(),
                value,
                how,
            };
            criterion.holds(&record)
        };
        let (created, date) = (path("created"), path("date"));
        assert!(holds("1970-01-02T01:00:00+01:00", How::AtLeast(&created)));
        assert!(holds("1970-01-02T01:00:00+01:00", How::AtMost(&created)));
        assert!(!holds("1970-01-02T00:00:00.001Z", How::AtLeast(&created)));
        assert!(holds("2010-10-31", How::AtLeast(&date)));
        assert!(!holds("2010-10-31", How::AtMost(&date)));
    }

    #[test]
    fn pages_are_cut_by_offset_and_by_last_id() {
        let offset = Paging {
            style: Style::Offset("from".into()),
            in_body: false,
            limit: Some("max".into()),
            default: Some(2),
        };
        let last = Paging {
            style: Style::Token {
                name: "after".into(),
                last_id: true,
            },
            ..offset.clone()
        };
        let ids = ["a", "b", "c", "d", "e"];
        for (paging, limit, cursor, range, next) in [
            (&offset, None, None, 0..2, Some("2")),
            (&offset, Some(3), Some("2"), 2..5, None),
            (&offset, None, Some("99"), 5..5, None),
            (&last, None, Some("b"), 2..4, Some("4")),
            (&last, Some(9), Some("e"), 5..5, None),
        ] {
            let (found, page) = page(5, &ids, Some(paging), limit, cursor);
            assert_eq!((found, page.next.as_deref()), (range, next));
            assert_eq!(page.more, Some(next.is_some()));
        }
    }
}
