//! How an upstream is asked for the pages of a list.

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, PagingIn, PagingNext, PagingStyle, Rule};
use crate::mapping::syntax::{Path, RuleText, Step};

/// How pages are asked for, all names in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) style: Style,
    /// Native name of the size of a page.
    pub(crate) limit: Option<Box<str>>,
    /// The upstream's own size of a page.
    pub(crate) default: Option<u32>,
}

/// How the next page is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Style {
    /// By the number of members before it, under this name.
    Offset(Box<str>),
    /// By a token, under this name.
    Token {
        name: Box<str>,
        /// The token is the id of the last item.
        last_id: bool,
    },
}

/// Compiles paging, with the rule that reads the token of the next page from the answer.
pub(super) fn compile(said: &ast::Paging, report: &mut Report) -> (Option<Paging>, Vec<Rule>) {
    if said
        .place
        .as_ref()
        .is_some_and(|place| place.value == PagingIn::Body)
    {
        report.push(
            Diagnostic::new(Code::M215, said.key, "paging in the body is not done yet")
                .help("`in: query` is"),
        );
        return (None, Vec::new());
    }
    let (name, word) = match said.style.value {
        PagingStyle::Offset => (&said.offset, "offset"),
        PagingStyle::Token => (&said.token, "token"),
    };
    let Some(name) = name else {
        let message = format!("paging of this style needs the native name `{word}`");
        report.push(Diagnostic::new(Code::M215, said.style.span, message));
        return (None, Vec::new());
    };
    let name: Box<str> = name.value.as_str().into();
    let mut rules = Vec::new();
    let style = match (said.style.value, &said.next) {
        (PagingStyle::Offset, _) => Style::Offset(name),
        (PagingStyle::Token, Some(PagingNext::LastId(_))) => Style::Token {
            name,
            last_id: true,
        },
        (PagingStyle::Token, next) => {
            if let Some(PagingNext::Path(path)) = next {
                rules.push(next_rule(path));
            }
            Style::Token {
                name,
                last_id: false,
            }
        }
    };
    let paging = Paging {
        style,
        limit: said.limit.as_ref().map(|limit| limit.value.as_str().into()),
        default: said.default.as_ref().map(|default| default.value),
    };
    (Some(paging), rules)
}

/// The rule `page.next: path`.
fn next_rule(path: &Path) -> Rule {
    let span = path.span;
    let step = |name: &str| Step {
        name: name.to_owned(),
        select: None,
        span,
    };
    let mut rule = Rule::new(
        span,
        vec![Path {
            steps: vec![step("page"), step("next")],
            span,
        }],
    );
    rule.response = Some(RuleText {
        places: vec![path.clone()],
        header: None,
        chain: Vec::new(),
        span,
    });
    rule
}
