//! What a command line says that would count for nothing.

use super::{Direction, Translate, input};
use crate::cli::settings::repeated;
use crate::diag::nearest::known_names;
use crate::mapping::ast::{Kind, Message};
use crate::mapping::catalog::CanonicalOperation;

/// What is wrong, and what to do about it.
type Misgiven = (String, Option<String>);

// === impl Translate ===

impl Translate {
    /// Says which flag has no use for what is asked.
    pub(super) fn useless(&self) -> Option<Misgiven> {
        let is_call = self.operation.is_some();
        let to_native = self.direction == Direction::ToNative;
        let help = |help: &str| Some(help.to_owned());
        if self.status.is_some() && !(is_call && self.message() == Message::Response) {
            let message = "`--status` is of no use: only the answer of an operation has one";
            let help = help("say `--message response` or `-d to-canonical` beside `--operation`");
            return Some((message.to_owned(), help));
        }
        if self.base.is_some() && !to_native {
            let message = "`--base` is of no use: only a native document is written over one";
            return Some((message.to_owned(), help("leave `-d to-canonical` out")));
        }
        if self.patch && is_call {
            let message = "`--patch` is of no use: the operation says whether its body is a patch";
            return Some((message.to_owned(), help("it stands beside `--mapping`")));
        }
        if !self.inputs.is_empty() && !is_call {
            let message = "`--input` is of no use: only a call has inputs";
            return Some((message.to_owned(), help("it stands beside `--operation`")));
        }
        None
    }

    /// Says which input the operation does not have, and which it has; or which is given twice.
    pub(super) fn misgiven(&self, operation: &CanonicalOperation) -> Option<Misgiven> {
        let twice = |name| (format!("`{name}` is given twice"), None);
        self.stranger(operation)
            .or_else(|| repeated(&self.inputs).map(twice))
    }

    /// Says which document an operation has no use for: its own, or the one that it would be written over.
    pub(super) fn untaken(
        &self,
        operation: &CanonicalOperation,
        takes: bool,
        reads_first: bool,
    ) -> Option<Misgiven> {
        if !takes && let Some(help) = input::stray(self.file.as_deref()) {
            let message = format!("`{}` takes no document", operation.id);
            return Some((message, Some(help.to_owned())));
        }
        (self.base.is_some() && !reads_first).then(|| {
            let what = format!("`{}` changes nothing that is read first", operation.id);
            (format!("`--base` is of no use: {what}"), None)
        })
    }

    fn stranger(&self, operation: &CanonicalOperation) -> Option<Misgiven> {
        // The page of a search stands among its criteria.
        let paged = matches!(operation.kind, Kind::List | Kind::Search);
        let page = ["limit", "cursor"].into_iter().filter(|_| paged);
        let known: Vec<&str> = operation.names().chain(page).collect();
        let mut given = self.inputs.iter().map(|(name, _)| name.as_str());
        let name = given.find(|name| !known.contains(name))?;
        let message = format!("`{name}` is no input of `{}`", operation.id);
        let help = if known.is_empty() {
            Some("it has none".to_owned())
        } else {
            known_names(name, known)
        };
        Some((message, help))
    }
}
