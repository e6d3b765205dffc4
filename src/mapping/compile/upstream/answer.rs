//! Answers of an upstream: how each is recognised, and what it means.

use super::Names;
use super::body::{Bodies, Body};
use super::cond::{self, Cond};
use super::param::{self, Names as ParamNames, Param};
use super::source::Lookup;
use crate::diag::{Report, Spanned};
use crate::mapping::ast::{AnswerBody as Said, AnswerCase, Message, Rule, StatusTest};
use crate::mapping::catalog::OperationIndex;
use crate::mapping::convert::FieldStyle;
use crate::mapping::plan::Wire;
use crate::mapping::schema;

/// One case of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Any of these; the first is written.
    pub(crate) statuses: Box<[StatusTest]>,
    /// What must hold of the call.
    pub(crate) when: Option<Cond>,
    /// What must hold of the outcome, when it is written.
    pub(crate) when_outcome: Option<Cond>,
    pub(crate) body: AnswerBody,
    /// Rules of the headers, places of the outcome on the canonical side.
    pub(crate) headers: Vec<Param>,
    /// The code of the problem that it is.
    pub(crate) problem: Option<Box<str>>,
    /// The operation that reads the whole after a stub.
    pub(crate) then: Option<OperationIndex>,
    /// Lists of the resource that the upstream may cut.
    pub(crate) cuts: Vec<Cut>,
}

/// A list that is cut where a flag of the answer is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The member of the resource that is the list.
    pub(crate) list: Box<str>,
    /// The native members that lead to the flag, each with all spellings of its name.
    pub(crate) flag: Vec<Vec<Box<str>>>,
    /// How the flag says that it is not, beside `false`.
    pub(crate) no: Vec<Box<str>>,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    /// Not looked at, not written.
    Unread,
    /// Empty.
    None,
    /// Any document of the upstream's format, or none; empty when written.
    Ignored(Wire),
    /// A document.
    Document(Box<Body>),
}

/// Compiles cases; those at fault are reported and left out.
pub(super) fn compile(
    cases: &[AnswerCase],
    further: &[Rule],
    names: &Names<'_>,
    bodies: &Bodies<'_>,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Vec<Answer> {
    cases
        .iter()
        .filter_map(|case| answer(case, further, names, bodies, lookup, report))
        .collect()
}

fn answer(
    case: &AnswerCase,
    further: &[Rule],
    names: &Names<'_>,
    bodies: &Bodies<'_>,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Answer> {
    let (when, when_outcome) = match &case.when {
        Some(when) => cond::compile(when, lookup, report)?.split(),
        None => (None, None),
    };
    let headers = param::compile(
        &case.headers,
        ParamNames::Headers,
        Message::Response,
        lookup,
        &bodies.compiler,
        report,
    );
    let then = match &case.then {
        Some(then) => Some(names.operation(then, report)?),
        None => None,
    };
    let body = body(case, further, bodies, report)?;
    Some(Answer {
        statuses: case.status.iter().map(|status| status.value).collect(),
        when,
        when_outcome,
        headers,
        cuts: cuts(case, &body, bodies),
        body,
        problem: case.problem.as_ref().map(|code| code.value.as_str().into()),
        then,
    })
}

/// The lists with a flag of the mapping that a case's document is of, its fragments among them.
fn cuts(case: &AnswerCase, body: &AnswerBody, bodies: &Bodies<'_>) -> Vec<Cut> {
    let (Some(Said::Document(document)), AnswerBody::Document(body)) =
        (case.body.as_ref().map(|body| &body.value), body)
    else {
        return Vec::new();
    };
    let named = |name: Option<&str>| name.and_then(|name| bodies.compiler.mapping(name));
    let Some(mapping) = named(document.name.as_name()) else {
        return Vec::new();
    };
    let fragments = mapping.include.iter();
    let fragments = fragments.filter_map(|name| named(Some(&name.value)));
    let rules = std::iter::once(mapping).chain(fragments);
    let rules = rules.flat_map(|mapping| &mapping.fields);
    let cuts = rules.filter_map(|rule| {
        // A flag that does not stand here is reported by the checks of the mapping.
        let native = bodies.compiler.native;
        let flag = schema::path(native, body.native, rule.more.as_ref()?).ok()?;
        let steps = flag.members.iter().map(|reached| {
            let member = reached.member(native)?;
            let others = member.aliases.iter().map(|alias| &alias.name.local);
            Some(
                std::iter::once(&member.name)
                    .chain(others)
                    .cloned()
                    .collect(),
            )
        });
        let spellings = native.get(flag.shape).scalar()?.spellings.iter();
        let no = spellings.filter(|spelling| &*spelling.value == "false");
        Some(Cut {
            list: rule.places.first()?.as_name()?.into(),
            flag: steps.collect::<Option<_>>()?,
            no: no.flat_map(|spelling| spelling.spelled.clone()).collect(),
        })
    });
    cuts.collect()
}

fn body(
    case: &AnswerCase,
    further: &[Rule],
    bodies: &Bodies<'_>,
    report: &mut Report,
) -> Option<AnswerBody> {
    let document = match &case.body {
        None => return Some(AnswerBody::Unread),
        Some(Spanned {
            value: Said::None, ..
        }) => return Some(AnswerBody::None),
        Some(Spanned {
            value: Said::Ignored,
            ..
        }) => return Some(AnswerBody::Ignored(super::wire(bodies.media_type))),
        Some(Spanned {
            value: Said::Document(document),
            ..
        }) => document,
    };
    let problem = case.problem.is_some();
    let body = if problem || further.is_empty() {
        bodies.answer(document, &case.fields, problem, report)
    } else {
        let fields: Vec<Rule> = case.fields.iter().chain(further).cloned().collect();
        bodies.answer(document, &fields, problem, report)
    };
    body.map(|body| AnswerBody::Document(Box::new(body)))
}

// === impl Answer ===

impl Answer {
    /// The style of the names of fields in its document, if it has any.
    pub(crate) fn names_fields(&self) -> Option<FieldStyle> {
        match &self.body {
            AnswerBody::Document(body) => body.names_fields(),
            AnswerBody::Unread | AnswerBody::None | AnswerBody::Ignored(_) => None,
        }
    }

    /// Tells whether the case is for a status.
    pub(crate) fn is_for(&self, status: u16) -> bool {
        self.statuses.iter().any(|test| match test {
            StatusTest::Code(code) => *code == status,
            StatusTest::Class(class) => status / 100 == u16::from(*class),
        })
    }

    /// Gives the status that is written.
    pub(crate) fn status(&self) -> u16 {
        match self.statuses.first() {
            Some(StatusTest::Code(code)) => *code,
            Some(StatusTest::Class(class)) => u16::from(*class).saturating_mul(100),
            None => 200,
        }
    }
}
