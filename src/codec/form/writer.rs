//! Writes a form.

use super::percent;

/// Appends pairs to a buffer in the order given.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    /// Begins a form at the buffer's end.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// Appends one pair; a list is written as one pair an item, all of one name.
    pub fn pair(&mut self, name: &[u8], value: &[u8]) {
        if self.out.len() > self.start {
            self.out.push(b'&');
        }
        encode(self.out, name);
        self.out.push(b'=');
        encode(self.out, value);
    }
}

/// Appends a text encoded by the WHATWG form set: letters, digits and `*-._` stand, a space becomes `+`.
pub fn encode(out: &mut Vec<u8>, text: &[u8]) {
    let mut words = text.split(|byte| *byte == b' ');
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_');
    if let Some(first) = words.next() {
        percent::encode_all_but(out, first, kept);
    }
    for word in words {
        out.push(b'+');
        percent::encode_all_but(out, word, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_joined_and_encoded_by_the_form_set() {
        let mut out = b"body:".to_vec();
        let mut form = Writer::new(&mut out);
        form.pair(b"a b", b"1+1=2");
        form.pair("é".as_bytes(), b"*-._~");
        form.pair(b"", b"  ");
        assert_eq!(out, b"body:a+b=1%2B1%3D2&%C3%A9=*-._%7E&=++");
    }
}
