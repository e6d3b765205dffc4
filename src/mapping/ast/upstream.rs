//! `upstream:`.

use std::time::Duration;

use super::{
    Absent, Auth, Clear, Flag, Lists, Named, OnFailure, PagingIn, PagingStyle, Rule, Text,
    Unmapped, UnmappedEntry,
};
use crate::diag::{Span, Spanned};
use crate::mapping::syntax::{Call, Cond, DocumentRef, Move, Path, Template};

/// Connection and operations of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamFile {
    /// Place of `upstream`.
    pub key: Span,
    /// Its name.
    pub name: Text,
    /// Its title for people.
    pub title: Option<Text>,
    /// Name of its native schema.
    pub native: Option<Text>,
    /// Media type of bodies.
    pub media_type: Option<Text>,
    /// Fields of the operator's configuration.
    pub settings: Vec<Named<Setting>>,
    /// Where calls go.
    pub base_url: Option<Template>,
    /// How a null is written; left out: `refuse`.
    pub clear: Option<Spanned<Clear>>,
    /// What every call has.
    pub every_call: EveryCall,
    /// How calls prove who they come from.
    pub auth: Option<Auth>,
    /// Calls that steps use.
    pub calls: Vec<Named<CallDef>>,
    /// The operations that are offered.
    pub operations: Vec<Named<Operation>>,
    /// Answers tried after those of an operation.
    pub errors: Vec<AnswerCase>,
    /// Which states follow which.
    pub machines: Vec<Named<Machine>>,
    /// Documents that the upstream sends by itself.
    pub callbacks: Vec<Callback>,
}

/// A field of the operator's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// What it is.
    pub doc: Option<Text>,
    /// Its value if none is given.
    pub default: Option<Text>,
    /// The values that it may have; empty: any.
    pub allowed: Vec<Text>,
    /// The fewest characters.
    pub min_length: Option<Spanned<u32>>,
    /// The most characters.
    pub max_length: Option<Spanned<u32>>,
    /// Whether it may be left out.
    pub optional: Option<Spanned<Flag>>,
    /// Whether it is a secret.
    pub secret: Option<Spanned<Flag>>,
}

/// What every call has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EveryCall {
    /// Place of `every-call`, if it is given.
    pub key: Option<Span>,
    /// Header rules of requests.
    pub headers: Vec<Rule>,
    /// Header rules of answers.
    pub answer_headers: Vec<Rule>,
    /// How a call is told to be a repetition.
    pub idempotency: Option<Idempotency>,
}

/// How a call is told to be a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The header that carries the key.
    pub header: Text,
    /// Whether reads carry one too.
    pub reads: Option<Spanned<Flag>>,
    /// Headers that are made anew in a repetition.
    pub renew: Vec<Text>,
}

/// A canonical operation as the upstream serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Place of its name.
    pub key: Span,
    /// The operation that reads the document to be changed.
    pub base: Option<Text>,
    /// What an absent member of an update means.
    pub absent: Option<Spanned<Absent>>,
    /// What a list of an update means.
    pub lists: Option<Spanned<Lists>>,
    /// Native places that stay although they are absent.
    pub keeps: Vec<Path>,
    /// The request shapes, tried in order.
    pub routes: Vec<Route>,
    /// The answers, tried in order.
    pub answers: Vec<AnswerCase>,
    /// How pages are asked for.
    pub paging: Option<Paging>,
    /// How an unknown outcome is settled.
    pub recover: Option<Recover>,
    /// How long an answer may be given again.
    pub cache: Option<Spanned<Duration>>,
    /// The calls that it consists of, if there are several.
    pub steps: Vec<Step>,
}

/// A call that steps use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallDef {
    /// Place of its name.
    pub key: Span,
    /// The operation that the call alone is.
    pub means: Option<Text>,
    /// The part of the canonical body that is its body.
    pub of: Option<Path>,
    /// The request shapes.
    pub routes: Vec<Route>,
    /// The answers.
    pub answers: Vec<AnswerCase>,
}

/// A request shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Place of its first key.
    pub span: Span,
    /// When it is taken; left out: always.
    pub when: Option<Cond>,
    /// Method, path and query.
    pub call: Call,
    /// Rules of the query.
    pub query: Vec<Rule>,
    /// Rules of the headers.
    pub headers: Vec<Rule>,
    /// Rules of the body beside its mapping.
    pub fields: Vec<Rule>,
    /// The body; left out: none.
    pub body: Option<DocumentRef>,
    /// Sensitive places that it puts in a URL.
    pub in_url: Option<UnmappedEntry>,
    /// Another operation with the very same request.
    pub same_call_as: Option<Text>,
    /// Answers tried before those of the operation.
    pub answers: Vec<AnswerCase>,
    /// What it does not carry.
    pub unmapped: Unmapped,
}

/// What an answer looks like and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerCase {
    /// Place of its first key.
    pub span: Span,
    /// Any of these; the first is written. Never empty.
    pub status: Vec<Spanned<StatusTest>>,
    /// The canonical test.
    pub when: Option<Cond>,
    /// The body; left out: not read.
    pub body: Option<Spanned<AnswerBody>>,
    /// Why the body is ignored.
    pub why: Option<Text>,
    /// Rules of the body beside its mapping.
    pub fields: Vec<Rule>,
    /// Rules of the headers, places of the outcome to the left.
    pub headers: Vec<Rule>,
    /// The code of the problem that it is.
    pub problem: Option<Text>,
    /// The operation that reads the whole after a stub.
    pub then: Option<Text>,
    /// What it does not carry.
    pub unmapped: Unmapped,
}

/// A status or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusTest {
    /// Exactly this one, 100 to 599.
    Code(u16),
    /// All with this first digit, 1 to 5: `2xx`.
    Class(u8),
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AnswerBody {
    /// Empty.
    None,
    /// Anything; empty when written.
    Ignored,
    /// A document.
    Document(DocumentRef),
}

/// How pages are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Place of `paging`.
    pub key: Span,
    /// The style.
    pub style: Spanned<PagingStyle>,
    /// Where the names stand; left out: in the query.
    pub place: Option<Spanned<PagingIn>>,
    /// Native name of the number of members before the page.
    pub offset: Option<Text>,
    /// Native name of the size of a page.
    pub limit: Option<Text>,
    /// Native name of the cursor.
    pub token: Option<Text>,
    /// The upstream's own size of a page.
    pub default: Option<Spanned<u32>>,
    /// Where the answer holds the next cursor.
    pub next: Option<PagingNext>,
}

/// Where the next cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PagingNext {
    /// At a native place of the answer.
    Path(Path),
    /// It is the id of the last item (`last-id`).
    LastId(Span),
}

/// How an unknown outcome is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recover {
    /// Place of `recover`.
    pub key: Span,
    /// The place of the body that is asked for.
    pub by: Path,
    /// The operation that asks.
    pub with: Text,
    /// When "absent" counts as not done.
    pub settle_after: Option<Spanned<Duration>>,
}

/// One of several calls of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub id: Text,
    /// When it runs.
    pub when: Option<Cond>,
    /// The call of `calls` that it is; left out: it has routes of its own.
    pub call: Option<Text>,
    /// The request shapes.
    pub routes: Vec<Route>,
    /// The answers.
    pub answers: Vec<AnswerCase>,
    /// Inputs from answers of earlier steps.
    pub with: Vec<Named<Path>>,
    /// What its failure means.
    pub on_failure: Option<Spanned<OnFailure>>,
}

/// Which states follow which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Place of its name.
    pub key: Span,
    /// Type and place of the state.
    pub field: Path,
    /// The moves that are allowed.
    pub moves: Vec<Move>,
}

/// A document that the upstream sends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Place of its first key.
    pub span: Span,
    /// The document.
    pub body: DocumentRef,
    /// Rules beside its mapping.
    pub fields: Vec<Rule>,
    /// The type of the event.
    pub event: Text,
    /// The place of an item that makes delivery idempotent.
    pub once: Option<Path>,
}
