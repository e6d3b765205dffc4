//! What a case gives.

use crate::engine::exchange::{Call, Context, NativeAnswer, PageRequest, ReceivedContext};
use crate::mapping::ast::Direction;
use crate::mapping::catalog::{CanonicalOperation, CaseFolder, OperationIndex};
use crate::model::date::DateTime;

/// A case as a call.
pub(super) struct Given<'c> {
    pub(super) case: &'c CaseFolder,
    pub(super) index: OperationIndex,
    pub(super) operation: &'c CanonicalOperation,
    pub(super) inputs: Vec<(&'c str, &'c str)>,
    pub(super) context: Context<'c>,
}

// === impl Given ===

impl<'c> Given<'c> {
    pub(super) fn new(
        case: &'c CaseFolder,
        index: OperationIndex,
        operation: &'c CanonicalOperation,
    ) -> Self {
        let inputs = case.file.inputs.iter();
        let paging = ["limit", "cursor"];
        Self {
            case,
            index,
            operation,
            inputs: inputs
                .map(|input| (input.name.value.as_str(), input.value.value.as_str()))
                .filter(|(name, _)| !paging.contains(name))
                .collect(),
            context: context(case),
        }
    }

    pub(super) fn call(&'c self, body: Option<&'c [u8]>) -> Call<'c> {
        let input = |name: &str| {
            let found = self
                .case
                .file
                .inputs
                .iter()
                .find(|input| input.name.value == name);
            found.map(|input| input.value.value.as_str())
        };
        Call {
            operation: self.index,
            inputs: &self.inputs,
            body,
            page: PageRequest {
                limit: input("limit").and_then(|limit| limit.parse().ok()),
                cursor: input("cursor"),
            },
            context: self.context,
        }
    }

    /// The context as a request of the call tells it.
    pub(super) fn received(&self) -> ReceivedContext {
        let owned = |value: Option<&str>| value.map(str::to_owned);
        ReceivedContext {
            idempotency_key: owned(self.context.idempotency_key),
            if_match: owned(self.context.if_match),
            caller_kind: owned(self.context.caller_kind),
            caller_id: owned(self.context.caller_id),
            ..ReceivedContext::default()
        }
    }

    /// Tells whether the case holds in a direction.
    pub(super) fn runs(&self, direction: Direction) -> bool {
        self.case
            .file
            .direction
            .as_ref()
            .is_none_or(|only| only.value == direction)
    }

    /// The canonical body of the call, where the case's documents are those of the answer.
    pub(super) fn asked(&self) -> Option<&'c [u8]> {
        self.case.documents.get("body.json").map(Vec::as_slice)
    }

    /// The document that the native one is written over.
    pub(super) fn base(&self) -> Option<&'c [u8]> {
        base(self.case)
    }

    /// The same as an answer.
    pub(super) fn base_answer(&self) -> Option<NativeAnswer<'c>> {
        let body = self.base()?;
        Some(NativeAnswer {
            status: 200,
            headers: &[],
            content_type: Some(self.content_type()),
            body,
        })
    }

    /// The media type of the native document, by the ending of its file.
    pub(super) fn content_type(&self) -> &'static str {
        content_type(self.case)
    }
}

/// The document that the native one is written over.
fn base(case: &CaseFolder) -> Option<&[u8]> {
    let name = case.file.base.as_ref()?;
    case.documents.get(&name.value).map(Vec::as_slice)
}

/// The media type of the native document, by the ending of its file.
pub(super) fn content_type(case: &CaseFolder) -> &'static str {
    let names = case.documents.keys();
    match names.filter_map(|name| name.strip_prefix("native.")).next() {
        Some("xml") => "application/xml",
        Some("form") => "application/x-www-form-urlencoded",
        _ if base(case).is_some_and(|base| base.trim_ascii_start().starts_with(b"<")) => {
            "application/xml"
        }
        _ => "application/json",
    }
}

pub(super) fn context(case: &CaseFolder) -> Context<'_> {
    let mut context = Context {
        request_id: "case",
        ..Context::default()
    };
    for (path, value) in &case.file.context {
        let value = value.value.as_str();
        match path.to_string().as_str() {
            "requestId" => context.request_id = value,
            "traceId" => context.trace_id = value,
            "idempotencyKey" => context.idempotency_key = Some(value),
            "ifMatch" => context.if_match = Some(value),
            "caller.kind" => context.caller_kind = Some(value),
            "caller.id" => context.caller_id = Some(value),
            "now" => {
                let now = DateTime::parse(value.as_bytes()).and_then(DateTime::instant);
                context.now_unix_ms = now.map_or(0, |now| now.as_millisecond());
            }
            _ => {}
        }
    }
    context
}
