//! Seeds with something changed, the same ones every time.

/// The generator xorshift64* (Vigna 2016): one seed, one sequence.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        number as usize % bound.max(1)
    }
}

/// Makes changes of seeds.
#[derive(Debug)]
pub(crate) struct Changes<'s> {
    seeds: &'s [Vec<u8>],
    random: Random,
}

/// Bytes that mean something in one format or another.
const TELLING: &[u8] = b"\"\\{}[]:,<>/&=;%+-.0e \t\r\n\0\x7f\x80\xC3\xFE\xFF";

/// Most bytes of a piece that is moved.
const PIECE: usize = 48;

/// Longer ones say nothing that these do not.
const LONGEST: usize = 8 << 10;

impl<'s> Changes<'s> {
    pub(crate) fn of(seeds: &'s [Vec<u8>]) -> Self {
        assert!(!seeds.is_empty());
        Self {
            seeds,
            random: Random(0x9e37_79b9_7f4a_7c15),
        }
    }

    /// The next one.
    pub(crate) fn draw(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let mut bytes = self.seeds[random.below(self.seeds.len())].clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len() + 1);
            let end = (at + 1 + random.below(PIECE)).min(bytes.len());
            match random.below(8) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end.max(at))),
                2 => bytes.insert(at, TELLING[random.below(TELLING.len())]),
                3 => {
                    let piece = bytes[at..end.max(at)].to_vec();
                    for _ in 0..=random.below(3) {
                        bytes.splice(at..at, piece.iter().copied());
                    }
                }
                4 => {
                    let other = &self.seeds[random.below(self.seeds.len())];
                    let from = random.below(other.len() + 1);
                    let to = (from + random.below(2 * PIECE)).min(other.len());
                    bytes.splice(at..end.max(at), other[from..to].iter().copied());
                }
                5 if at < bytes.len() => bytes[at] = TELLING[random.below(TELLING.len())],
                6 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
                _ if at < bytes.len() => bytes[at] = random.below(256) as u8,
                _ => {}
            }
        }
        bytes.truncate(LONGEST);
        bytes
    }
}
