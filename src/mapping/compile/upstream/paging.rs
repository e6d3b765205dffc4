//! How an upstream is asked for the pages of a list.

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, PagingIn, PagingNext, PagingStyle, Rule};
use crate::mapping::syntax::{Path, RuleText, Step};

/// How pages are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) style: Style,
    /// Its names are members of the request's body rather than of its query.
    pub(crate) in_body: bool,
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

/// Paging with the rules that belong to it.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) paging: Option<Paging>,
    /// What reads the token of the next page from the answer.
    pub(super) answers: Vec<Rule>,
    /// What writes the page into the body of a request.
    pub(super) requests: Vec<Rule>,
}

/// Compiles the paging of an operation.
pub(super) fn compile(said: &ast::Paging, routes: &[ast::Route], report: &mut Report) -> Compiled {
    let in_body = said
        .place
        .as_ref()
        .is_some_and(|place| place.value == PagingIn::Body);
    if let Some(route) = routes.iter().find(|route| route.body.is_none())
        && in_body
    {
        let message = "the page is asked for in the body, and this route has none";
        report.push(
            Diagnostic::new(Code::M215, route.call.path.span, message)
                .help("give every route of the operation a `body`, or the page its place in the query")
                .note(said.key, "the paging"),
        );
        return Compiled::default();
    }
    let (name, word) = match said.style.value {
        PagingStyle::Offset => (&said.offset, "offset"),
        PagingStyle::Token => (&said.token, "token"),
    };
    let Some(name) = name else {
        let message = format!("paging of this style needs the native name `{word}`");
        let help = format!("add `{word}: name`, as the upstream calls it");
        report.push(Diagnostic::new(Code::M215, said.style.span, message).help(help));
        return Compiled::default();
    };
    let mut requests = Vec::new();
    if in_body {
        requests.push(request_rule("cursor", name));
        requests.extend(said.limit.iter().map(|limit| request_rule("limit", limit)));
    }
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
        in_body,
        limit: said.limit.as_ref().map(|limit| limit.value.as_str().into()),
        default: said.default.as_ref().map(|default| default.value),
    };
    Compiled {
        paging: Some(paging),
        answers: rules,
        requests,
    }
}

/// The rule `page.cursor: name`, or of its limit.
fn request_rule(place: &str, name: &ast::Text) -> Rule {
    let step = |name: &str, span| Step {
        name: name.to_owned(),
        select: None,
        span,
    };
    let span = name.span;
    let mut rule = Rule::new(
        span,
        vec![Path {
            steps: vec![step("page", span), step(place, span)],
            span,
        }],
    );
    rule.request = Some(RuleText {
        places: vec![Path {
            steps: vec![step(&name.value, span)],
            span,
        }],
        header: None,
        chain: Vec::new(),
        span,
    });
    rule
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
