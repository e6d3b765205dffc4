//! XML to canonical JSON by hand: a scanner for this dialect alone, one struct of ranges, one writer.

use memchr::memchr;

use super::push_phone;

#[derive(Default)]
struct Customer<'a> {
    id: &'a [u8],
    name: &'a [u8],
    status: &'a [u8],
    reference: &'a [u8],
    locale: &'a [u8],
    business: &'a [u8],
    terms_value: &'a [u8],
    terms_units: &'a [u8],
    currency: &'a [u8],
    billing: Contact<'a>,
    sales: Contact<'a>,
}

#[derive(Default)]
struct Contact<'a> {
    present: bool,
    username: &'a [u8],
    first: &'a [u8],
    last: &'a [u8],
    email: &'a [u8],
    phone: &'a [u8],
    street: &'a [u8],
    city: &'a [u8],
    state: &'a [u8],
    zip: &'a [u8],
    country: &'a [u8],
}

/// Translates one customer.
pub(crate) fn customer(input: &[u8], out: &mut Vec<u8>) {
    let mut scanner = Scanner::new(input);
    let mut customer = Customer::default();
    read(&mut scanner, &mut customer);
    write(&customer, out);
}

/// Translates a list of customers.
pub(crate) fn customers(input: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"items\":[");
    let mut scanner = Scanner::new(input);
    loop {
        let mut customer = Customer::default();
        if !read(&mut scanner, &mut customer) {
            break;
        }
        if out.last() != Some(&b'[') {
            out.push(b',');
        }
        write(&customer, out);
    }
    out.extend_from_slice(b"]}");
}

/// A small scanner, as one writes it for one dialect: tags with their attributes, end tags that must match.
struct Scanner<'a> {
    input: &'a [u8],
    at: usize,
    open: Vec<&'a [u8]>,
    /// The value of the attribute `id` of the start tag that was read last.
    id: &'a [u8],
}

enum Tag<'a> {
    Start(&'a [u8]),
    End(&'a [u8]),
}

impl<'a> Scanner<'a> {
    fn new(input: &'a [u8]) -> Self {
        assert!(std::str::from_utf8(input).is_ok());
        Self {
            input,
            at: 0,
            open: Vec::new(),
            id: b"",
        }
    }

    fn byte(&self) -> u8 {
        self.input.get(self.at).copied().unwrap_or(0)
    }

    fn until(&mut self, stops: impl Fn(u8) -> bool) -> &'a [u8] {
        let start = self.at;
        while self.at < self.input.len() && !stops(self.input[self.at]) {
            self.at += 1;
        }
        &self.input[start..self.at]
    }

    /// The next tag; the end of an empty element is left out.
    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let rest = &self.input[self.at..];
            self.at += memchr(b'<', rest)? + 1;
            match self.byte() {
                b'?' | b'!' => _ = self.until(|byte| byte == b'>'),
                b'/' => {
                    self.at += 1;
                    let name = self.until(|byte| byte == b'>');
                    self.at += 1;
                    assert!(self.open.pop() == Some(name));
                    return Some(Tag::End(name));
                }
                _ => return Some(Tag::Start(self.start())),
            }
        }
    }

    fn start(&mut self) -> &'a [u8] {
        let name = self.until(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
        self.id = b"";
        loop {
            self.until(|byte| !byte.is_ascii_whitespace());
            match self.byte() {
                b'/' => {
                    self.at += 2;
                    return name;
                }
                b'>' => {
                    self.at += 1;
                    self.open.push(name);
                    return name;
                }
                _ => self.attribute(),
            }
        }
    }

    fn attribute(&mut self) {
        let name = self.until(|byte| byte == b'=');
        self.at += 1;
        let quote = self.byte();
        self.at += 1;
        let value = self.until(|byte| byte == quote);
        self.at += 1;
        if name == b"id" {
            self.id = value;
        }
    }

    /// The text in front of the next tag.
    fn text(&mut self) -> &'a [u8] {
        self.until(|byte| byte == b'<')
    }
}

/// Reads up to the end of the next customer; false if there is none.
fn read<'a>(scanner: &mut Scanner<'a>, customer: &mut Customer<'a>) -> bool {
    let mut contact: Option<Contact<'a>> = None;
    while let Some(tag) = scanner.next() {
        match tag {
            Tag::End(b"billingContact") => customer.billing = contact.take().unwrap_or_default(),
            Tag::End(b"salesContact") => customer.sales = contact.take().unwrap_or_default(),
            Tag::End(b"customer") => return true,
            Tag::End(_) => {}
            Tag::Start(b"billingContact" | b"salesContact") => {
                contact = Some(Contact {
                    present: true,
                    ..Contact::default()
                });
            }
            Tag::Start(name) => match &mut contact {
                Some(contact) => contact_element(scanner, name, contact),
                None => customer_element(scanner, name, customer),
            },
        }
    }
    false
}

fn contact_element<'a>(scanner: &mut Scanner<'a>, name: &[u8], contact: &mut Contact<'a>) {
    match name {
        b"username" => contact.username = scanner.text(),
        b"firstName" => contact.first = scanner.text(),
        b"lastName" => contact.last = scanner.text(),
        b"emailPrimary" => contact.email = scanner.text().trim_ascii(),
        b"workPhone" => contact.phone = scanner.text(),
        b"street1" => contact.street = scanner.text(),
        b"city" => contact.city = scanner.text(),
        b"state" => contact.state = scanner.text(),
        b"zip" => contact.zip = scanner.text(),
        b"countryCode" => contact.country = scanner.text(),
        _ => {}
    }
}

fn customer_element<'a>(scanner: &mut Scanner<'a>, name: &[u8], customer: &mut Customer<'a>) {
    match name {
        b"customer" => customer.id = scanner.id,
        b"currency" => customer.currency = scanner.id,
        b"name" => customer.name = scanner.text(),
        b"status" => customer.status = scanner.text(),
        b"extCustomerRef" => customer.reference = scanner.text(),
        b"locale" => customer.locale = scanner.text(),
        b"isBusinessAccount" => customer.business = scanner.text(),
        b"paymentTermsValue" => customer.terms_value = scanner.text(),
        b"paymentTermsUnits" => customer.terms_units = scanner.text(),
        _ => {}
    }
}

fn write(customer: &Customer<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":\"blubilling:");
    escaped(out, customer.id);
    out.push(b'"');
    member(out, b",\"reference\":\"", customer.reference);
    if !customer.business.is_empty() {
        let organization = customer.business.eq_ignore_ascii_case(b"true");
        let kind: &[u8] = if organization {
            b"organization"
        } else {
            b"person"
        };
        member(out, b",\"kind\":\"", kind);
    }
    if !customer.name.is_empty() {
        out.extend_from_slice(b",\"name\":{\"full\":\"");
        escaped(out, customer.name);
        out.extend_from_slice(b"\"}");
    }
    if !customer.locale.is_empty() {
        out.extend_from_slice(b",\"language\":\"");
        let start = out.len();
        escaped(out, customer.locale);
        for byte in &mut out[start..] {
            if *byte == b'_' {
                *byte = b'-';
            }
        }
        out.push(b'"');
    }
    write_status(out, customer.status);
    out.extend_from_slice(b",\"contacts\":[");
    write_contact(out, b"billing", &customer.billing);
    write_contact(out, b"sales", &customer.sales);
    out.push(b']');
    member(out, b",\"currency\":\"", customer.currency);
    write_terms(out, customer);
    out.push(b'}');
}

fn write_status(out: &mut Vec<u8>, native: &[u8]) {
    let (status, stage): (&[u8], &[u8]) = match native {
        b"Active" => (b"active", b""),
        b"Overdue1" => (b"overdue", b"1"),
        b"Overdue2" => (b"overdue", b"2"),
        b"Overdue3" => (b"overdue", b"3"),
        b"Suspended1" => (b"suspended", b"1"),
        b"Suspended2" => (b"suspended", b"2"),
        b"Suspended3" => (b"suspended", b"3"),
        b"InActive1" => (b"inactive", b"1"),
        b"InActive2" => (b"inactive", b"2"),
        _ => (b"unknown", b""),
    };
    member(out, b",\"status\":\"", status);
    member(out, b",\"statusStage\":\"", stage);
    member(out, b",\"nativeStatus\":\"", native);
}

fn write_terms(out: &mut Vec<u8>, customer: &Customer<'_>) {
    if customer.terms_value.is_empty() {
        return;
    }
    let unit: &[u8] = match customer.terms_units {
        b"Days" => b"day",
        b"Weeks" => b"week",
        b"Months" => b"month",
        b"Quarters" => b"quarter",
        _ => b"year",
    };
    out.extend_from_slice(b",\"paymentTerms\":{\"value\":");
    out.extend_from_slice(customer.terms_value);
    member(out, b",\"unit\":\"", unit);
    out.push(b'}');
}

fn write_contact(out: &mut Vec<u8>, role: &[u8], contact: &Contact<'_>) {
    if !contact.present {
        return;
    }
    if out.last() == Some(&b'}') {
        out.push(b',');
    }
    out.extend_from_slice(b"{\"role\":\"");
    out.extend_from_slice(role);
    out.extend_from_slice(b"\",\"name\":{\"first\":\"");
    escaped(out, contact.first);
    member(out, b"\",\"last\":\"", contact.last);
    out.push(b'}');
    member(out, b",\"email\":\"", contact.email);
    out.extend_from_slice(b",\"phones\":[{\"type\":\"work\",\"number\":\"");
    push_phone(out, contact.phone);
    out.extend_from_slice(b"\"}],\"addresses\":[{\"use\":\"postal\"");
    member(out, b",\"line1\":\"", contact.street);
    member(out, b",\"city\":\"", contact.city);
    member(out, b",\"region\":\"", contact.state);
    member(out, b",\"postalCode\":\"", contact.zip);
    let country: &[u8] = match contact.country {
        b"usa" => b"US",
        b"can" => b"CA",
        b"mex" => b"MX",
        _ => b"",
    };
    member(out, b",\"country\":\"", country);
    out.extend_from_slice(b"}],\"login\":{\"username\":\"");
    escaped(out, contact.username);
    out.extend_from_slice(b"\"}}");
}

fn member(out: &mut Vec<u8>, open: &[u8], text: &[u8]) {
    if !text.is_empty() {
        out.extend_from_slice(open);
        escaped(out, text);
        out.push(b'"');
    }
}

/// Entities of XML to characters, and characters to escapes of JSON.
fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    if !text
        .iter()
        .any(|byte| matches!(byte, b'&' | b'"' | b'\\' | 0..b' '))
    {
        out.extend_from_slice(text);
        return;
    }
    let text = String::from_utf8_lossy(text)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&");
    let quoted = serde_json::to_string(&text).unwrap();
    out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
}
