//! The codecs against documents written for each rule of their formats, and against other readers.

mod xml;
