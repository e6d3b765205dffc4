//! Places as paths from a root, put together and compared.

use crate::mapping::syntax::{Path, Select, Step, Test, TestOp};

/// A place below another one; it keeps where its own part is written.
pub(crate) fn join(root: &Path, path: &Path) -> Path {
    Path {
        steps: root.steps.iter().chain(&path.steps).cloned().collect(),
        span: path.span,
    }
}

/// The items of a list: those that the place selects, or every one.
pub(crate) fn items(mut path: Path) -> Path {
    if let Some(last) = path.steps.last_mut() {
        last.select.get_or_insert(Select::Every);
    }
    path
}

/// A member of a place.
pub(crate) fn member(of: &Path, name: &str) -> Path {
    let mut path = of.clone();
    path.steps.push(Step {
        name: name.to_owned(),
        select: None,
        span: of.span,
    });
    path
}

/// The place with another selector at its end.
pub(crate) fn selected(of: &Path, select: Select) -> Path {
    let mut path = of.clone();
    if let Some(last) = path.steps.last_mut() {
        last.select = Some(select);
    }
    path
}

/// The test that a key has a value.
pub(crate) fn key_test(of: &Path, key: &str, value: &str) -> Select {
    let root = Path {
        steps: Vec::new(),
        span: of.span,
    };
    Select::Tests(vec![Test {
        path: member(&root, key),
        op: TestOp::Eq,
        literal: crate::diag::Spanned::new(value.to_owned(), of.span),
        span: of.span,
    }])
}

/// Tells whether a declared place is this place or holds it.
pub(crate) fn covers(declared: &Path, place: &Path) -> bool {
    declared.steps.len() <= place.steps.len()
        && declared.steps.iter().zip(&place.steps).all(|(one, other)| {
            one.name == other.name && takes(one.select.as_ref(), other.select.as_ref())
        })
}

/// Tells whether a declared selector takes all items of another one.
fn takes(declared: Option<&Select>, other: Option<&Select>) -> bool {
    match (declared, other) {
        (None | Some(Select::Every), _) => true,
        (Some(Select::Index(one)), Some(Select::Index(other))) => one == other,
        (Some(Select::Tests(tests)), Some(Select::Tests(others))) => tests
            .iter()
            .all(|test| others.iter().any(|other| implies(other, test))),
        // What is left of a list is what no cell takes.
        (Some(Select::Tests(tests)), Some(Select::Every)) => {
            tests.iter().all(|test| test.op == TestOp::Ne)
        }
        (Some(Select::Tests(_)), Some(Select::Index(_)) | None)
        | (Some(Select::Index(_)), Some(Select::Tests(_) | Select::Every) | None) => false,
    }
}

/// Tells whether what satisfies one test satisfies another.
fn implies(one: &Test, other: &Test) -> bool {
    let same_place = one.path.to_string() == other.path.to_string();
    let same_value = equal(
        &one.literal.value,
        &other.literal.value,
        one.op.max(other.op),
    );
    same_place
        && match (one.op, other.op) {
            (TestOp::Ne, TestOp::Ne) => same_value,
            (TestOp::Ne, _) => false,
            (_, TestOp::Ne) => !same_value,
            _ => same_value,
        }
}

fn equal(one: &str, other: &str, op: TestOp) -> bool {
    one == other || (op == TestOp::EqNoCase && one.to_lowercase() == other.to_lowercase())
}

/// A text that is the same for selectors that take the same items.
pub(crate) fn selector(select: &Select) -> String {
    match select {
        Select::Every => String::new(),
        Select::Index(index) => index.to_string(),
        Select::Tests(tests) => {
            let mut texts: Vec<String> = tests
                .iter()
                .map(|test| match test.op {
                    TestOp::EqNoCase => {
                        format!("{}~={}", test.path, test.literal.value.to_lowercase())
                    }
                    op => format!("{}{op}{}", test.path, test.literal.value),
                })
                .collect();
            texts.sort_unstable();
            texts.join(",")
        }
    }
}

/// Tells whether no item can be taken by both selectors: they differ in a constant for a common place.
pub(crate) fn disjoint(one: &Select, other: &Select) -> bool {
    match (one, other) {
        (Select::Index(one), Select::Index(other)) => one != other,
        (Select::Tests(one), Select::Tests(other)) => one.iter().any(|test| {
            other.iter().any(|other| {
                test.path.to_string() == other.path.to_string()
                    && !equal(
                        &test.literal.value,
                        &other.literal.value,
                        test.op.max(other.op),
                    )
            })
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{SourceId, Sources, Span};
    use crate::mapping::syntax::{self, Brackets};
    use crate::mapping::yaml;

    fn path(text: &str) -> Path {
        let mut sources = Sources::new();
        let id: SourceId = sources.add("t.yaml", format!("'{text}': x"));
        let node = yaml::read(id, &sources, &mut crate::diag::Report::new()).unwrap();
        let key = &node.as_map().unwrap().first().unwrap().key;
        syntax::path(key, &sources, Brackets::EveryAndNot).unwrap()
    }

    fn select(text: &str) -> Select {
        path(text).steps.pop().unwrap().select.unwrap()
    }

    #[test]
    fn a_declared_place_covers_all_below_it() {
        for (declared, place) in [
            ("a", "a.b"),
            ("a.b", "a.b"),
            ("a[]", "a[k=x].b"),
            ("a[k=x]", "a[k=x].b"),
            ("a[k!=x]", "a[k=y]"),
            ("a[k!=x]", "a[]"),
            ("a[].b", "a[0].b"),
        ] {
            assert!(covers(&path(declared), &path(place)), "{declared} {place}");
        }
        for (declared, place) in [
            ("a.b", "a"),
            ("a[k=x]", "a[k=y]"),
            ("a[k!=x]", "a[k=x]"),
            ("a[k=x]", "a[]"),
            ("b", "a"),
        ] {
            assert!(!covers(&path(declared), &path(place)), "{declared} {place}");
        }
    }

    #[test]
    fn cells_are_disjoint_by_a_constant_and_case_counts_unless_told() {
        assert!(disjoint(&select("a[k=x]"), &select("a[k=y]")));
        assert!(disjoint(&select("a[k=x]"), &select("a[k=X]")));
        assert!(!disjoint(&select("a[k=x]"), &select("a[k~=X]")));
        assert!(!disjoint(&select("a[k=x]"), &select("a[m=y]")));
        assert!(disjoint(&select("a[k=x,m=y]"), &select("a[m=z]")));
        assert!(!disjoint(&select("a[0]"), &select("a[k=x]")));
        assert_eq!(
            selector(&select("a[k=x,m=y]")),
            selector(&select("a[m=y,k=x]"))
        );
        let span = Span::new(Sources::new().add("x", ""), 0, 0);
        let root = Path {
            steps: Vec::new(),
            span,
        };
        assert_eq!(
            selected(&member(&root, "a"), key_test(&root, "k", "x")).to_string(),
            "a[k=x]"
        );
    }
}
