//! Requests that calls become, and calls that become none.

mod bases;
mod pages;
mod refused;
mod written;

use interlingua::engine::exchange::NativeRequest;

pub(super) fn text(bytes: Option<&Vec<u8>>) -> &str {
    bytes.map_or("", |bytes| std::str::from_utf8(bytes).unwrap())
}

pub(super) fn header<'r>(request: &'r NativeRequest, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(other, _)| &**other == name);
    found.map(|(_, value)| std::str::from_utf8(value).unwrap())
}
