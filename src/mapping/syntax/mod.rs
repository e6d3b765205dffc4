//! The sentences of the language that stand inside texts: places, rules, conditions, templates, calls.
//!
//! ```text
//! rule    = places *( "|" convert )
//! places  = path *( "+" path )
//! path    = "." / step *( "." step )
//! step    = name [ "[" select "]" ]
//! select  = integer / test *( "," test ) / ""
//! test    = path ( "=" / "~=" / "!=" ) literal
//! convert = name [ "(" [ arg *( "," arg ) ] ")" ]
//! arg     = [ name "=" ] ( word [ "as" path ] / quoted )
//! when    = or
//! or      = and *( "or" and )
//! and     = not *( "and" not )
//! not     = [ "not" ] ( cmp / "(" or ")" )
//! cmp     = path [ ( "=" / "!=" / "in" ) ( literal / "(" literal *( "," literal ) ")" ) ]
//! template= text with "{" path [ " as " name ] [ ":" format ] "}"
//! call    = method " " template
//! document= path [ "as" path ]
//! move    = name "->" name *( "," name ) [ "by" name ]
//! name    = 1*( letter / digit / "_" / "-" / "@" / "$" ) / quoted
//! quoted  = "'" text "'" / '"' text '"'
//! ```

mod call;
mod cond;
mod path;
mod print;
mod rule;
mod scan;
mod template;
#[cfg(test)]
mod tests;

pub use call::{Call, Method, QueryPair, call, request_line};
pub use cond::{Cond, CondOp, cond};
pub use path::{
    Brackets, DocumentRef, Path, Select, Step, Test, TestOp, Within, document, path, places, within,
};
pub use rule::{Arg, ArgValue, ConverterCall, Move, RuleText, moves, rule};
pub use template::{Part, Template, Variable, template};
