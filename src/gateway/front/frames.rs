//! Follows the frames of an HTTP/2 connection, to know whether the next byte belongs to a head.

/// Bytes of a frame's own head (RFC 9113, 4.1).
const HEAD: usize = 9;

const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// Where in its frames a connection stands.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; HEAD],
    /// Bytes of the frame's head that came.
    came: usize,
    /// Bytes of its payload that have not come.
    left: usize,
    /// The frame is one of a list of headers that goes on behind it, or has not come whole.
    is_in_list: bool,
}

// === impl Frames ===

impl Frames {
    /// Follows the frames through these bytes.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.came < HEAD {
                let room = self.head.get_mut(self.came..).unwrap_or_default();
                let count = room.len().min(bytes.len());
                for (place, byte) in room.iter_mut().zip(bytes) {
                    *place = *byte;
                }
                self.came = self.came.saturating_add(count);
                bytes = bytes.get(count..).unwrap_or_default();
                if self.came == HEAD {
                    self.begin();
                }
            } else {
                let count = self.left.min(bytes.len());
                self.left = self.left.saturating_sub(count);
                bytes = bytes.get(count..).unwrap_or_default();
                self.end();
            }
        }
    }

    /// Whether a head has begun that is not whole.
    pub(super) const fn is_in_head(&self) -> bool {
        self.is_in_list || self.came > 0 && self.came < HEAD
    }

    fn begin(&mut self) {
        let [high, middle, low, kind, ..] = self.head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        self.left = usize::try_from(length).unwrap_or(usize::MAX);
        self.is_in_list |= matches!(kind, HEADERS | CONTINUATION);
        self.end();
    }

    /// Ends the frame if all of it has come.
    fn end(&mut self) {
        if self.left > 0 {
            return;
        }
        self.came = 0;
        let [_, _, _, kind, flags, ..] = self.head;
        if matches!(kind, HEADERS | CONTINUATION) && flags & END_HEADERS != 0 {
            self.is_in_list = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.extend(std::iter::repeat_n(b'x', usize::from(length)));
        frame
    }

    #[test]
    fn a_head_lasts_from_its_first_byte_to_the_end_of_its_list() {
        let whole = [
            frame(4, 0, 0),
            frame(HEADERS, 1, 5),
            frame(CONTINUATION, 0, 0),
            frame(CONTINUATION, END_HEADERS, 3),
            frame(0, 1, 7),
        ]
        .concat();
        // Settings, and then data, are no head once it is known what they are.
        let in_head = |at: usize| match at {
            0..9 => at > 0,
            9 => false,
            10..44 => true,
            44 => false,
            _ => at < 53,
        };
        let mut bytewise = Frames::default();
        for (at, byte) in whole.iter().enumerate() {
            assert_eq!(bytewise.is_in_head(), in_head(at), "{at}");
            bytewise.follow(&[*byte]);
            let mut at_once = Frames::default();
            at_once.follow(&whole[..=at]);
            assert_eq!(at_once.is_in_head(), bytewise.is_in_head(), "{at}");
        }
        assert!(!bytewise.is_in_head());
    }
}
