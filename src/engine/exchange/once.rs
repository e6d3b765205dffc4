//! Server role: what tells a repetition of a call from another call under the same key.

use std::fmt;

use super::accept::{Accepted, NotAccepted, ReceivedRequest};
use super::received::header;
use crate::mapping::compile::upstream::{Operation, Param, Upstream};

/// A call under a key by which the upstream knows its repetitions.
pub struct Repeatable {
    /// The key.
    pub key: Vec<u8>,
    /// What every repetition says again: the call, its body, and the headers that are not made anew.
    pub said: Vec<u8>,
}

// === impl Repeatable ===

impl fmt::Debug for Repeatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeatable").finish_non_exhaustive()
    }
}

// === impl Upstream ===

impl Upstream {
    /// Gives the key of a received call, with what its repetitions have in common with it; none where the upstream
    /// knows none.
    #[must_use]
    pub fn repeatable(
        &self,
        accepted: &Accepted,
        request: &ReceivedRequest<'_>,
    ) -> Option<Repeatable> {
        let idempotency = self.idempotency.as_ref()?;
        let key = header(request, &idempotency.header)?.into_owned();
        let operation = self.served(accepted)?;
        let route = operation.routes.get(usize::from(accepted.route.0))?;
        let rules = self.headers.iter().chain(&route.headers);
        let names = rules.flat_map(|param: &Param| &param.names);
        let mut names: Vec<&str> = names.map(|name| &**name).collect();
        names.retain(|name| !idempotency.renew.iter().any(|renewed| **renewed == **name));
        names.sort_unstable();
        names.dedup();
        let headers = names.into_iter().map(|name| header(request, name));
        let headers = headers.map(|value| value.unwrap_or_default().into_owned());
        let place = [
            accepted.operation.0,
            accepted.route.0,
            accepted.alone.unwrap_or(u16::MAX),
        ];
        let place = place.into_iter().map(|part| part.to_be_bytes().to_vec());
        let inputs = accepted
            .inputs
            .iter()
            .flat_map(|(name, value)| [name, value]);
        let inputs = inputs.map(|text| text.clone().into_bytes());
        let mut said = Vec::new();
        for part in place
            .chain(inputs)
            .chain(headers)
            .chain([request.body.to_vec()])
        {
            // Lengths keep parts apart.
            said.extend_from_slice(&part.len().to_be_bytes());
            said.extend_from_slice(&part);
        }
        Some(Repeatable { key, said })
    }

    /// Asks a received call for the key that every such call of the gateway has.
    pub(super) fn demands_key(
        &self,
        operation: &Operation,
        request: &ReceivedRequest<'_>,
    ) -> Result<(), NotAccepted> {
        let idempotency = self.idempotency.as_ref();
        let idempotency = idempotency.filter(|said| said.reads || !operation.reads);
        let missing = idempotency.filter(|said| {
            header(request, &said.header).is_none_or(|key| key.trim_ascii().is_empty())
        });
        missing.map_or(Ok(()), |said| {
            Err(NotAccepted::Value {
                name: said.spelled.to_string(),
                why: "a key by which repetitions are known",
                is_missing: true,
            })
        })
    }
}
