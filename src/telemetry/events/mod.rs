//! The events, one file each.

mod addresses;
mod cached;
mod callers;
mod event_sent;
mod exchanged;
mod journaled;
mod lifecycle;
mod loss;
mod panicked;
mod part_failed;
mod reload;
mod served;
mod spans;
mod suspended;
mod translated;
mod turned_away;

pub use addresses::{
    AddressBack, AddressRefused, AddressRests, AddressesChanged, LookedUp, Lookup,
};
pub use cached::{AnswerKept, AnswersDropped};
pub use callers::{KeySetExchanged, OpenToAnybody};
pub use event_sent::{EventEnd, EventSent};
pub use exchanged::{ExchangeEnd, Exchanged};
pub use journaled::{Journaled, Met};
pub use lifecycle::{
    CertificateExchanged, ConfigurationLoaded, Draining, LevelChanged, ListenerBound,
    MappingsFound, MappingsLoaded, Stopping,
};
pub use loss::ValueLost;
pub use panicked::Panicked;
pub use part_failed::PartFailed;
pub use reload::{Reload, ReloadFault, ReloadOutcome};
pub use served::CallServed;
pub use spans::{DropCause, SpansDropped, SpansExported};
pub use suspended::{Resumed, Retry, Suspended, SuspensionCause};
pub use translated::Translated;
pub use turned_away::TurnedAway;

#[cfg(test)]
mod tests;
