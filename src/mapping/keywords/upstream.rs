//! Keys of an upstream.

use super::form::{Form, Key, MapSpec};
use super::rules::{UNMAPPED, UNMAPPED_ENTRY};
use crate::mapping::ast::{
    Absent, Algorithm, Clear, Encoding, Flag, Lists, OnFailure, PagingIn, PagingStyle, Scheme, Word,
};
use crate::mapping::syntax::Brackets;

const PLACE: Form = Form::Place(Brackets::Some);
const FLAG: Form = Form::Words(Flag::WORDS);
const NAMES: Form = Form::List(&Form::Name);
const ROUTES: Form = Form::List(&Form::Map(&ROUTE));
const ANSWERS: Form = Form::List(&Form::Map(&ANSWER));

/// Connection and operations.
pub static UPSTREAM: MapSpec = MapSpec {
    name: "upstream",
    keys: &[
        Key::required("upstream", Form::Name, "the name of the upstream"),
        Key::new("title", Form::Text, "its title for people"),
        Key::new("native", Form::Name, "the name of its native schema"),
        Key::new("media-type", Form::Text, "the media type of bodies"),
        Key::new(
            "settings",
            Form::Names(&Form::Map(&SETTING)),
            "fields of the operator's configuration",
        ),
        Key::new("base-url", Form::Template, "where calls go"),
        Key::new(
            "clear",
            Form::Words(Clear::WORDS),
            "how a null is written; left out: `refuse`",
        ),
        Key::new(
            "every-call",
            Form::Map(&EVERY_CALL),
            "headers of every call",
        ),
        Key::new(
            "auth",
            Form::Map(&AUTH),
            "how calls prove who they come from",
        ),
        Key::new(
            "calls",
            Form::Names(&Form::Map(&CALL)),
            "calls that steps use",
        ),
        Key::new(
            "operations",
            Form::Names(&Form::Map(&OPERATION)),
            "the canonical operations that are offered",
        ),
        Key::new(
            "errors",
            ANSWERS,
            "answers tried after those of an operation, mapped to Problem",
        ),
        Key::new(
            "machines",
            Form::Names(&Form::Map(&MACHINE)),
            "which states follow which",
        ),
        Key::new(
            "callbacks",
            Form::List(&Form::Map(&CALLBACK)),
            "documents that the upstream sends by itself",
        ),
    ],
};

/// A field of the operator's configuration.
pub static SETTING: MapSpec = MapSpec {
    name: "setting",
    keys: &[
        Key::new("doc", Form::Text, "what it is"),
        Key::new("default", Form::Literal, "its value if none is given"),
        Key::new(
            "enum",
            Form::List(&Form::Literal),
            "the values that it may have",
        ),
        Key::new(
            "minLength",
            Form::Integer(u32::MAX),
            "the fewest characters",
        ),
        Key::new("maxLength", Form::Integer(u32::MAX), "the most characters"),
        Key::new("optional", FLAG, "whether it may be left out"),
        Key::new("secret", FLAG, "whether it is a secret"),
    ],
};

/// What every call has.
pub static EVERY_CALL: MapSpec = MapSpec {
    name: "every-call",
    keys: &[
        Key::new(
            "headers",
            Form::Rules,
            "header rules of requests, context and settings to the left",
        ),
        Key::new(
            "answer-headers",
            Form::Rules,
            "header rules of answers, places of Outcome to the left",
        ),
        Key::new(
            "idempotency",
            Form::Map(&IDEMPOTENCY),
            "how a call is told to be a repetition",
        ),
    ],
};

/// How a call is told to be a repetition.
pub static IDEMPOTENCY: MapSpec = MapSpec {
    name: "idempotency",
    keys: &[
        Key::required("header", Form::Name, "the header that carries the key"),
        Key::new("reads", FLAG, "whether reads carry a fresh one too"),
        Key::new("renew", NAMES, "headers that are made anew in a repetition"),
    ],
};

/// How calls prove who they come from.
pub static AUTH: MapSpec = MapSpec {
    name: "auth",
    keys: &[
        Key::required("scheme", Form::Words(Scheme::WORDS), "the scheme"),
        Key::new("username", Form::Template, "of `basic`"),
        Key::new("password", Form::Template, "of `basic`"),
        Key::new(
            "send",
            Form::Texts(&Form::Template),
            "headers with their values",
        ),
        Key::new("call", Form::Call, "the token request of `oauth2`"),
        Key::new(
            "form",
            Form::Texts(&Form::Template),
            "the form of the token request",
        ),
        Key::new(
            "lifetime",
            Form::Duration,
            "how long a token lives that does not say so itself",
        ),
        Key::new(
            "renew-before",
            Form::Duration,
            "how long before its end a token is renewed",
        ),
        Key::new(
            "window",
            Form::Duration,
            "how far the signed time may be off in the server role",
        ),
        Key::new(
            "algorithm",
            Form::Words(Algorithm::WORDS),
            "how the signature is made",
        ),
        Key::new("key", Form::Map(&AUTH_KEY), "the key of the signature"),
        Key::new("headers", NAMES, "what `{headers}` covers"),
        Key::new(
            "parts",
            Form::List(&Form::Template),
            "what is signed; a part with an absent variable is left out",
        ),
        Key::new("join", Form::Literal, "what stands between the parts"),
        Key::new(
            "certificate",
            Form::Template,
            "the client certificate of TLS with its chain, in PEM",
        ),
        Key::new("private-key", Form::Template, "its key, in PEM"),
    ],
};

/// The key of a signature.
pub static AUTH_KEY: MapSpec = MapSpec {
    name: "auth key",
    keys: &[
        Key::required("from", Form::Setting, "the setting that holds it"),
        Key::new(
            "encoding",
            Form::Words(Encoding::WORDS),
            "how the setting writes it",
        ),
    ],
};

/// A canonical operation as the upstream serves it.
pub static OPERATION: MapSpec = MapSpec {
    name: "operation",
    keys: &[
        Key::new(
            "base",
            Form::Name,
            "the operation that reads the document to be changed",
        ),
        Key::new(
            "absent",
            Form::Words(Absent::WORDS),
            "what the upstream makes of a member that an update lacks",
        ),
        Key::new(
            "lists",
            Form::Words(Lists::WORDS),
            "what the upstream makes of a list in an update; left out: `replaced`",
        ),
        Key::new(
            "keeps",
            Form::List(&PLACE),
            "native places that stay although they are absent",
        ),
        Key::new(
            "routes",
            ROUTES,
            "request shapes; the first whose `when` holds",
        ),
        Key::new("answers", ANSWERS, "answers; the first that fits"),
        Key::new("paging", Form::Map(&PAGING), "how pages are asked for"),
        Key::new(
            "recover",
            Form::Map(&RECOVER),
            "how an unknown outcome is settled",
        ),
        Key::new(
            "cache",
            Form::Duration,
            "how long an answer may be given again without asking the upstream; left out: not at all",
        ),
        Key::new(
            "steps",
            Form::List(&Form::Map(&STEP)),
            "the calls that the operation consists of",
        ),
    ],
};

/// A call that steps use.
pub static CALL: MapSpec = MapSpec {
    name: "call",
    keys: &[
        Key::new(
            "means",
            Form::Name,
            "the operation that the call alone is in the server role",
        ),
        Key::new(
            "of",
            PLACE,
            "the part of the canonical body that is its body",
        ),
        Key::new(
            "routes",
            ROUTES,
            "request shapes; the first whose `when` holds",
        ),
        Key::new("answers", ANSWERS, "answers; the first that fits"),
    ],
};

/// A request shape.
pub static ROUTE: MapSpec = MapSpec {
    name: "route",
    keys: &[
        Key::new(
            "when",
            Form::Cond,
            "a condition over inputs, context and settings",
        ),
        Key::required("call", Form::Call, "method, path and query"),
        Key::new(
            "query",
            Form::Rules,
            "query rules: inputs to native names with converters",
        ),
        Key::new(
            "headers",
            Form::Rules,
            "header rules: inputs to header names with converters",
        ),
        Key::new(
            "fields",
            Form::Rules,
            "rules on the body beside those of its mapping",
        ),
        Key::new(
            "body",
            Form::Document,
            "mapping, `mapping as View`, or native definition; left out: no body",
        ),
        Key::new(
            "in-url",
            Form::Map(&UNMAPPED_ENTRY),
            "sensitive places that the route puts in a URL, with the reason",
        ),
        Key::new(
            "same-call-as",
            Form::Name,
            "another operation with the very same native request",
        ),
        Key::new(
            "answers",
            ANSWERS,
            "answers tried before those of the operation",
        ),
        Key::new(
            "unmapped",
            Form::Map(&UNMAPPED),
            "what the route does not carry",
        ),
    ],
};

/// What an answer looks like and what it means.
pub static ANSWER: MapSpec = MapSpec {
    name: "answer",
    keys: &[
        Key::required(
            "status",
            Form::OneOrMany(&Form::Status),
            "a status, a class such as `2xx`, or a list of them",
        ),
        Key::new("when", Form::Cond, "a condition over Outcome or inputs"),
        Key::new(
            "body",
            Form::WordsOr(&["none", "ignored"], &Form::Document),
            "mapping, `mapping as View`, native definition, `none` or `ignored`",
        ),
        Key::new("why", Form::Text, "why the body is ignored"),
        Key::new(
            "fields",
            Form::Rules,
            "rules on the body beside those of its mapping",
        ),
        Key::new(
            "headers",
            Form::Rules,
            "header rules: places of Outcome to header names",
        ),
        Key::new("problem", Form::Name, "the code of the problem that it is"),
        Key::new(
            "then",
            Form::Name,
            "the operation that reads the whole after a stub",
        ),
        Key::new(
            "unmapped",
            Form::Map(&UNMAPPED),
            "what the answer does not carry",
        ),
    ],
};

/// How pages are asked for.
pub static PAGING: MapSpec = MapSpec {
    name: "paging",
    keys: &[
        Key::required(
            "style",
            Form::Words(PagingStyle::WORDS),
            "by number of members, or by token",
        ),
        Key::new(
            "in",
            Form::Words(PagingIn::WORDS),
            "where the names stand; left out: `query`",
        ),
        Key::new(
            "offset",
            Form::Name,
            "native name of the number of members before the page",
        ),
        Key::new("limit", Form::Name, "native name of the size of a page"),
        Key::new("token", Form::Name, "native name of the cursor"),
        Key::new(
            "default",
            Form::Integer(u32::MAX),
            "the upstream's own size of a page",
        ),
        Key::new(
            "next",
            Form::WordsOr(&["last-id"], &PLACE),
            "where the answer holds the next cursor, or `last-id`",
        ),
    ],
};

/// How an unknown outcome is settled.
pub static RECOVER: MapSpec = MapSpec {
    name: "recover",
    keys: &[
        Key::required("by", PLACE, "the place of the body that is asked for"),
        Key::required("with", Form::Name, "the operation that asks"),
        Key::new(
            "settle-after",
            Form::Duration,
            "when \"absent\" counts as not done",
        ),
    ],
};

/// One of several calls.
pub static STEP: MapSpec = MapSpec {
    name: "step",
    keys: &[
        Key::required("id", Form::Name, "its name"),
        Key::new("when", Form::Cond, "a condition over inputs and `current`"),
        Key::new("call", Form::Name, "the call of `calls` that it is"),
        Key::new("routes", ROUTES, "request shapes of its own"),
        Key::new("answers", ANSWERS, "answers of its own"),
        Key::new(
            "with",
            Form::Names(&PLACE),
            "inputs from answers of earlier steps",
        ),
        Key::new(
            "on-failure",
            Form::Words(OnFailure::WORDS),
            "what its failure means; to be said from the second step on",
        ),
    ],
};

/// Which states follow which.
pub static MACHINE: MapSpec = MapSpec {
    name: "machine",
    keys: &[
        Key::required("field", PLACE, "type and place of the state"),
        Key::required(
            "moves",
            Form::List(&Form::Move),
            "moves such as `active -> suspended, revoked by agent`",
        ),
    ],
};

/// A document that the upstream sends by itself.
pub static CALLBACK: MapSpec = MapSpec {
    name: "callback",
    keys: &[
        Key::required("body", Form::Document, "mapping or native definition"),
        Key::new("fields", Form::Rules, "rules beside those of its mapping"),
        Key::required("event", Form::Name, "the type of the event"),
        Key::new(
            "once",
            PLACE,
            "the place of an item that makes delivery idempotent",
        ),
    ],
};
