//! One canonical operation as OpenAPI describes it.

use serde_json::{Map, Value, json};

use super::answers::problem_of;
use super::components::{Components, insert};
use super::headers::{of_answer, parameter};
use super::tag;
use crate::gateway::judge::JudgeFault;
use crate::gateway::operation::InputForm;
use crate::mapping::ast::{InputIn, Kind};
use crate::mapping::catalog::{CanonicalAnswer, CanonicalOperation, OperationInput};

/// Refusals that any call may meet.
const ALWAYS: &[u16] = &[400, 401, 403, 408, 422, 429, 500, 501, 502, 503, 504];

/// Describes an operation.
pub(super) fn describe(
    operation: &CanonicalOperation,
    components: &mut Components,
) -> Result<Value, JudgeFault> {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.title,
        "description": operation.description,
        "tags": [tag(&operation.path)],
    });
    if operation.deprecated {
        insert(&mut described, "deprecated", true.into());
    }
    insert(&mut described, "parameters", parameters(operation).into());
    if let Some(body) = &operation.body {
        insert(
            &mut described,
            "requestBody",
            request(operation, body, components)?,
        );
    }
    let mut responses = successes(operation, components)?;
    for status in refusals(operation) {
        responses.insert(status.to_string(), problem_of(status));
    }
    insert(&mut described, "responses", Value::Object(responses));
    Ok(described)
}

fn parameters(operation: &CanonicalOperation) -> Vec<Value> {
    let own = operation.inputs.iter().map(input);
    let is_named = operation.inputs.iter().any(|input| !input.gives.is_empty());
    let mut shared = Vec::new();
    if operation.answer != CanonicalAnswer::None {
        shared.push("Include");
    }
    if !is_named {
        shared.push("InterlinguaUpstream");
    }
    shared.extend(["InterlinguaCaller", "Prefer"]);
    match (operation.reads(), operation.kind) {
        (true, Kind::Get) => shared.extend(["IfNoneMatch", "CacheControl"]),
        (true, Kind::List | Kind::Search) => shared.push("CacheControl"),
        (true, _) => {}
        (false, Kind::Create) => shared.push("IdempotencyKey"),
        (false, _) if is_named => shared.extend(["IfMatch", "IdempotencyKey"]),
        (false, _) => shared.push("IdempotencyKey"),
    }
    shared.extend(["RequestId", "Traceparent"]);
    own.chain(shared.into_iter().map(parameter)).collect()
}

/// An input of the operation itself.
fn input(input: &OperationInput) -> Value {
    let in_path = input.place == InputIn::Path;
    let about = match (
        &*input.name,
        input.gives.iter().any(|name| &**name == "reference"),
    ) {
        ("id", true) => {
            "The id (`upstream:local`), or the caller's own reference (`upstream:ref:value`); percent-encoded as one segment."
        }
        ("id", false) => "The id (`upstream:local`), percent-encoded as one segment.",
        ("limit", _) => "How many items a page may hold.",
        ("cursor", _) => "Where to go on: `page.next` of the page before.",
        _ => "",
    };
    let form = match &*input.name {
        "limit" => InputForm::of(&input.kind).at_least_one(),
        _ => InputForm::of(&input.kind),
    };
    let mut described = json!({
        "name": input.name,
        "in": if in_path { "path" } else { "query" },
        "required": in_path,
        "schema": schema_of(&form),
    });
    if !about.is_empty() {
        insert(&mut described, "description", about.into());
    }
    if form == InputForm::Id {
        insert(&mut described, "example", "billing:341".into());
    }
    described
}

/// What the text of an input may be.
fn schema_of(form: &InputForm) -> Value {
    match form {
        InputForm::Id => {
            json!({ "type": "string", "format": "id", "pattern": "^[a-z0-9][a-z0-9-]*:.+$" })
        }
        InputForm::Text { most } => json!({ "type": "string", "minLength": 1, "maxLength": most }),
        InputForm::Word(words) => {
            let words: Vec<&str> = words.iter().map(|word| &**word).collect();
            json!({ "type": "string", "enum": words })
        }
        InputForm::Integer { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        InputForm::Number => json!({ "type": "number" }),
        InputForm::Boolean => json!({ "type": "boolean" }),
        InputForm::Date => json!({ "type": "string", "format": "date" }),
        InputForm::DateTime => json!({ "type": "string", "format": "date-time" }),
    }
}

fn request(
    operation: &CanonicalOperation,
    body: &str,
    components: &mut Components,
) -> Result<Value, JudgeFault> {
    let is_patch = operation.kind == Kind::Update;
    let schema = if is_patch {
        components.patch_of(body)?
    } else {
        components.of_type(body)?
    };
    let mut content = Map::new();
    if is_patch {
        content.insert(
            "application/merge-patch+json".to_owned(),
            json!({ "schema": schema }),
        );
    }
    content.insert("application/json".to_owned(), json!({ "schema": schema }));
    let about = if is_patch {
        "A merge patch (RFC 7396): what is absent stays, what is null is cleared, a list is replaced whole. Either media type means one."
    } else {
        "Members that only answers have are ignored, those that the upstream cannot carry are told as warnings."
    };
    Ok(json!({ "description": about, "required": true, "content": content }))
}

fn successes(
    operation: &CanonicalOperation,
    components: &mut Components,
) -> Result<Map<String, Value>, JudgeFault> {
    let mut responses = Map::new();
    let status = if operation.kind == Kind::Create {
        "201"
    } else {
        "200"
    };
    let (schema, about) = match &operation.answer {
        CanonicalAnswer::One(name) => (components.answer_of(name)?, "The resource."),
        CanonicalAnswer::Items(name) => (components.list_of(name)?, "A page of resources."),
        CanonicalAnswer::None => (components.warnings_alone()?, "It is done, with warnings."),
    };
    let always = ["X-Request-Id", "Interlingua-Mapping"];
    let mut names = [&always[..], &["Preference-Applied"]].concat();
    match (operation.kind, &operation.answer) {
        (Kind::Get | Kind::Update | Kind::Replace | Kind::Command, CanonicalAnswer::One(_)) => {
            names.push("ETag");
        }
        (Kind::Create, _) => names.extend(["ETag", "Location"]),
        (Kind::List, _) => names.push("Link"),
        _ => {}
    }
    if matches!(operation.kind, Kind::Get | Kind::List | Kind::Search) {
        names.extend(["Cache-Status", "Age"]);
    }
    let response = json!({
        "description": about,
        "headers": of_answer(&names),
        "content": { "application/json": { "schema": schema } }
    });
    responses.insert(status.to_owned(), response);
    let plain =
        |about: &str, names: &[&str]| json!({ "description": about, "headers": of_answer(names) });
    let may_be_empty = !operation.reads() && operation.kind != Kind::Create;
    if may_be_empty {
        let about = match operation.answer {
            CanonicalAnswer::None => "It is done.",
            _ => "It is done; `Prefer: return=minimal` asked for no resource.",
        };
        let names = [&always[..], &["Preference-Applied"]].concat();
        responses.insert("204".to_owned(), plain(about, &names));
    }
    if operation.kind == Kind::Get {
        let about = "The caller has the resource already.";
        responses.insert(
            "304".to_owned(),
            plain(about, &[&always[..], &["ETag"]].concat()),
        );
    }
    Ok(responses)
}

/// The statuses of problems that the operation may come to.
fn refusals(operation: &CanonicalOperation) -> Vec<u16> {
    let mut statuses = ALWAYS.to_vec();
    if operation.inputs.iter().any(|input| !input.gives.is_empty()) {
        statuses.extend([404, 410]);
    }
    if operation.body.is_some() {
        statuses.extend([413, 415]);
    }
    // A reference may fit several resources, for reads too.
    statuses.push(409);
    if !operation.reads() {
        statuses.push(412);
    }
    statuses.sort_unstable();
    statuses
}
