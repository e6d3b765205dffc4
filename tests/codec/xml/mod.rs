mod conformance;
mod differential;
mod documents;
mod events;
mod limits;
mod recorder;
mod told;
