use crate::shipped::Shipped;
use interlingua::mapping::ast::Message;
use interlingua::proof::atlas::Atlas;
use interlingua::proof::runner::Runner;
#[test]
fn probe() {
    let s = Shipped::all().into_iter().find(|s| s.name == "dxp-ux").unwrap();
    let plan = s.plan("billing-account", None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    let mut r = Runner::new(&atlas);
    let a = r.put(br#"{"attributes":{"k":"x"}}"#, br#"{"id":"a"}"#).unwrap();
    println!("{}", String::from_utf8_lossy(&a.bytes));
    let b = r.put(br#"{"attributes":{"k":""}}"#, &a.bytes).unwrap();
    println!("{}", String::from_utf8_lossy(&b.bytes));
}
