//! XML 1.0 (Fifth Edition) and Namespaces in XML 1.0, for documents without a DOCTYPE.

mod sink;

pub use sink::{Name, XmlSink};
