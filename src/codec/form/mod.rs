//! `application/x-www-form-urlencoded` (WHATWG URL Standard, section 5).
