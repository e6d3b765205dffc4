//! `explain`: where a value comes from and where it goes.

use std::io;

use clap::Args;

use super::console::{Console, Exit};
use super::files::Files;
use crate::diag::Report;
use crate::mapping::explain;

/// Tell by which rules a place of an operation is carried, or why it is not
///
/// The place is canonical or native, from the root of the body or the resource, or the name of an input, a query or
/// a header; without brackets it means every item of a list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua explain acme getCustomer contacts.addresses.postalCode
  interlingua explain acme updateCustomer billingContact.zip")]
pub(super) struct Explain {
    /// The upstream, by its mapping's name
    upstream: String,
    /// The canonical operation
    operation: String,
    /// The place
    place: String,
    #[command(flatten)]
    files: Files,
}

// === impl Explain ===

impl Explain {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.catalog();
        if report.has_errors() {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        }
        match explain::explain(&catalog, &self.upstream, &self.operation, &self.place) {
            Ok(explanation) => {
                console.say(explanation.to_string())?;
                Ok(Exit::Ok)
            }
            Err(fault) => {
                let mut report = Report::new();
                report.push(*fault);
                console.faults(&report, &catalog.sources)?;
                Ok(Exit::Usage)
            }
        }
    }
}
