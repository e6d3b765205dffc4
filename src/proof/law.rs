//! The laws by name, and what came of holding them.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::catalog::{Catalog, OperationIndex};
use crate::mapping::compile::upstream::Upstream;

/// The laws of a mapping, numbered as in the language reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// What is written reads as it was.
    PutGet,
    /// What is read and put over its own document changes nothing.
    GetPut,
    /// What is read and written anew is the document, up to declared normalisations.
    Create,
    /// A later patch that touches as much counts alone.
    PutPut,
    /// A patch changes only bytes of what it touches.
    LeastChange,
    /// Writing what was read reads the same.
    Stability,
    /// What is written and what is read is accepted by its schema.
    Validity,
    /// Every leaf is consumed, constant, or one loss.
    Accounting,
}

impl Law {
    /// All of them in order.
    pub const ALL: [Self; 8] = [
        Self::PutGet,
        Self::GetPut,
        Self::Create,
        Self::PutPut,
        Self::LeastChange,
        Self::Stability,
        Self::Validity,
        Self::Accounting,
    ];

    /// Its name, as messages say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PutGet => "PutGet",
            Self::GetPut => "GetPut",
            Self::Create => "Create",
            Self::PutPut => "PutPut",
            Self::LeastChange => "Least change",
            Self::Stability => "Stability",
            Self::Validity => "Validity",
            Self::Accounting => "Accounting",
        }
    }

    /// The fault of a mapping that breaks it.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::PutGet => Code::L001,
            Self::GetPut => Code::L002,
            Self::Create => Code::L003,
            Self::PutPut => Code::L004,
            Self::LeastChange => Code::L005,
            Self::Stability => Code::L006,
            Self::Validity => Code::L007,
            Self::Accounting => Code::L008,
        }
    }
}

/// Where a law does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A JSON pointer into the document that is named first.
    pub pointer: String,
    /// The rule of the place that differs.
    pub rule: Option<u16>,
    /// What the law asks for.
    pub expected: String,
    /// What there is.
    pub actual: String,
}

/// The smallest documents that were found to break a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterExample {
    /// Each document with the part that it plays.
    pub documents: Vec<(&'static str, String)>,
    /// What is wrong with them.
    pub finding: Finding,
    /// The rule's key in the mapping file.
    pub span: Option<Span>,
}

/// How one law fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawOutcome {
    /// The law.
    pub law: Law,
    /// The mapping.
    pub mapping: Box<str>,
    /// Documents for which it held.
    pub held: usize,
    /// Documents that do not count, since the mapping refuses them.
    pub discarded: usize,
    /// Why, with how often.
    pub refusals: BTreeMap<String, usize>,
    /// Of a hundred documents, so many may be discarded.
    pub tolerated: usize,
    /// What breaks it.
    pub counter: Option<CounterExample>,
}

impl LawOutcome {
    /// True if the law holds, and enough documents said so.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.counter.is_none() && !self.is_vacuous()
    }

    /// True if more documents were discarded than is tolerated.
    #[must_use]
    pub fn is_vacuous(&self) -> bool {
        let all = self.held.saturating_add(self.discarded);
        self.discarded.saturating_mul(100) > all.saturating_mul(self.tolerated)
            || self.held == 0 && self.counter.is_none()
    }

    /// The fault to report, if the law does not hold.
    #[must_use]
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let name = self.law.name();
        let Some(counter) = &self.counter else {
            return self.is_vacuous().then(|| {
                Diagnostic::new(
                    self.law.code(),
                    None,
                    format!(
                        "`{}`: too few documents for the law {name}: {} of {} were refused",
                        self.mapping,
                        self.discarded,
                        self.held.saturating_add(self.discarded),
                    ),
                )
                .help(format!("what refused them: {:?}", self.refusals))
            });
        };
        let finding = &counter.finding;
        let at = if finding.pointer.is_empty() {
            "the root"
        } else {
            &finding.pointer
        };
        let mut fault = Diagnostic::new(
            self.law.code(),
            counter.span,
            format!(
                "`{}` breaks the law {name} at {at}: expected {}, got {}",
                self.mapping, finding.expected, finding.actual
            ),
        )
        .help(self.law.code().explanation());
        for (part, document) in &counter.documents {
            fault = fault.note(None, format!("{part}: {document}"));
        }
        Some(fault)
    }
}

/// The fault of an operation that breaks a law over whole calls, told at its name in the mapping.
pub(super) fn of_operation(
    catalog: &Catalog,
    upstream: &Upstream,
    index: OperationIndex,
    code: Code,
    what: &str,
) -> Diagnostic {
    let id = catalog.at(index).map_or("", |operation| &operation.id);
    let set = catalog.mappings.get(&*upstream.mapping);
    let file = set.and_then(|set| set.upstream.as_ref()).into_iter();
    let mut named = file.flat_map(|file| &file.operations);
    let named = named.find(|named| *named.name.value == *id);
    let span = named.map(|named| named.name.span);
    Diagnostic::new(code, span, format!("`{id}` {what}")).help(code.explanation())
}
