//! The documents that are translated: one of each kind, and lists of them of any size.

/// A customer with both contacts, as the upstream's document shows it.
pub(crate) const CUSTOMER: &str = include_str!("documents/customer.xml");

/// An account in the indented form of the upstream's document.
pub(crate) const ACCOUNT: &str = include_str!("documents/account.json");

/// A list of customers of about this many bytes; keys and names differ from item to item.
pub(crate) fn customers(bytes: usize) -> String {
    let mut list = String::from("<list>\n");
    let mut number = 0;
    while list.len() < bytes {
        let (_, customer) = CUSTOMER.split_once('\n').unwrap();
        list.push_str(&numbered(customer, "\"340\"", "\"", number));
        number += 1;
    }
    list.push_str("</list>\n");
    list
}

/// A list of accounts of about this many bytes; keys differ from item to item.
pub(crate) fn accounts(bytes: usize) -> String {
    let mut list = String::from("[");
    let mut number = 0;
    while list.len() < bytes {
        if number > 0 {
            list.push(',');
        }
        list.push_str(&numbered(
            ACCOUNT.trim_end(),
            "\"8211990010009223\"",
            "\"",
            number,
        ));
        number += 1;
    }
    list.push_str("]\n");
    list
}

/// The document with another number of as many digits in place of its key.
fn numbered(document: &str, key: &str, quote: &str, number: usize) -> String {
    let digits = key.len() - 2 * quote.len();
    let modulus = 10_usize.pow(u32::try_from(digits.min(9)).unwrap());
    let number = format!("{:0digits$}", number % modulus);
    document.replacen(key, &format!("{quote}{number}{quote}"), 1)
}
