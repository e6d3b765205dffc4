//! The description of the API as a page for people: made of the OpenAPI document alone, whole by itself, and without a
//! script.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The one style of the page.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
code{background:#8882;padding:0 .2em}table{border-collapse:collapse;width:100%}\
td,th{border-bottom:1px solid #8884;padding:.2rem .5rem;text-align:left;vertical-align:top}\
h2{margin-top:3rem}h3{margin-top:2rem}.old{text-decoration:line-through}nav li{margin:.1rem 0}";

/// What the page may load: nothing. The digest is that of its style.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'sha256-k7ztXP5tlraxwdc0gdpXms18yYoD5HqEOGgePexzBlg='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Writes the page of an OpenAPI document.
#[must_use]
pub fn page(document: &Value) -> String {
    let mut page = String::with_capacity(256 << 10);
    let info = &document["info"];
    page.push_str("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width\"><title>");
    escape(&mut page, text(info, "title"));
    page.push_str("</title><style>");
    page.push_str(STYLE);
    page.push_str("</style></head><body><h1>");
    escape(&mut page, text(info, "title"));
    page.push(' ');
    escape(&mut page, text(info, "version"));
    page.push_str("</h1>");
    paragraph(&mut page, text(info, "description"));
    let operations = operations(document);
    navigation(&mut page, &operations);
    for operation in &operations {
        describe(&mut page, operation);
    }
    page.push_str("<h2>Headers and parameters</h2>");
    let shared = members(at(document, "/components/parameters"));
    let shared: Vec<&Value> = shared.map(|(_, parameter)| parameter).collect();
    parameters(&mut page, &shared);
    page.push_str("<h2>Problems</h2>");
    for (name, response) in members(at(document, "/components/responses")) {
        anchored(&mut page, "h3", "responses", name);
        paragraph(&mut page, text(response, "description"));
    }
    page.push_str("<h2>Types</h2>");
    for (name, schema) in members(at(document, "/components/schemas")) {
        kind(&mut page, name, schema);
    }
    page.push_str("</body></html>\n");
    page
}

/// One operation with where it is.
struct Operation<'d> {
    path: &'d str,
    method: &'d str,
    said: &'d Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = members(&document["paths"]);
    paths
        .flat_map(|(path, item)| {
            members(item).map(move |(method, said)| Operation { path, method, said })
        })
        .collect()
}

fn navigation(page: &mut String, operations: &[Operation<'_>]) {
    page.push_str("<nav><ul>");
    for operation in operations {
        page.push_str("<li><a href=\"#");
        escape(page, text(operation.said, "operationId"));
        page.push_str("\"><code>");
        escape(page, &operation.method.to_uppercase());
        page.push(' ');
        escape(page, operation.path);
        page.push_str("</code></a> ");
        escape(page, text(operation.said, "summary"));
        page.push_str("</li>");
    }
    page.push_str("</ul></nav>");
}

fn describe(page: &mut String, operation: &Operation<'_>) {
    let said = operation.said;
    page.push_str("<h2 id=\"");
    escape(page, text(said, "operationId"));
    page.push_str(if said["deprecated"] == true {
        "\" class=\"old\">"
    } else {
        "\">"
    });
    escape(page, text(said, "summary"));
    page.push_str("</h2><p><code>");
    escape(page, &operation.method.to_uppercase());
    page.push(' ');
    escape(page, operation.path);
    page.push_str("</code></p>");
    paragraph(page, text(said, "description"));
    let own = said["parameters"].as_array().into_iter().flatten();
    let own: Vec<&Value> = own.filter(|one| one.get("$ref").is_none()).collect();
    parameters(page, &own);
    for (media_type, content) in members(at(said, "/requestBody/content")) {
        page.push_str("<p>Body, <code>");
        escape(page, media_type);
        page.push_str("</code>: ");
        shape(page, &content["schema"]);
        page.push_str("</p>");
    }
    page.push_str("<table><tr><th>Status</th><th>Answer</th></tr>");
    for (status, response) in members(&said["responses"]) {
        page.push_str("<tr><td>");
        escape(page, status);
        page.push_str("</td><td>");
        if response.get("$ref").is_some() {
            shape(page, response);
        }
        escape(page, text(response, "description"));
        for (_, content) in members(&response["content"]) {
            page.push(' ');
            shape(page, &content["schema"]);
        }
        page.push_str("</td></tr>");
    }
    page.push_str("</table>");
}

fn parameters(page: &mut String, parameters: &[&Value]) {
    if parameters.is_empty() {
        return;
    }
    page.push_str("<table><tr><th>Input</th><th>In</th><th>What it is</th></tr>");
    for parameter in parameters {
        page.push_str("<tr><td><code>");
        escape(page, text(parameter, "name"));
        page.push_str("</code></td><td>");
        escape(page, text(parameter, "in"));
        page.push_str("</td><td>");
        shape(page, &parameter["schema"]);
        page.push(' ');
        escape(page, text(parameter, "description"));
        page.push_str("</td></tr>");
    }
    page.push_str("</table>");
}

fn kind(page: &mut String, name: &str, schema: &Value) {
    anchored(page, "h3", "schemas", name);
    paragraph(page, text(schema, "description"));
    let required = schema["required"].as_array();
    let is_required = |name: &str| {
        let mut names = required.into_iter().flatten();
        names.any(|required| required == name)
    };
    page.push_str("<table><tr><th>Member</th><th>What it is</th></tr>");
    for (name, member) in members(&schema["properties"]) {
        page.push_str("<tr><td><code>");
        escape(page, name);
        page.push_str("</code></td><td>");
        shape(page, member);
        for (flag, word) in [("readOnly", "answers only"), ("writeOnly", "requests only")] {
            if member[flag] == true {
                let _ = write!(page, " ({word})");
            }
        }
        if is_required(name) {
            page.push_str(" (required)");
        }
        page.push(' ');
        escape(page, text(member, "description"));
        page.push_str("</td></tr>");
    }
    page.push_str("</table>");
}

/// What a schema is, in a few words: a link to a component, or a form.
fn shape(page: &mut String, schema: &Value) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let mut parts = reference.split('/').skip(2);
        let (group, owner) = (parts.next(), parts.next());
        page.push_str("<a href=\"#");
        escape(page, group.unwrap_or_default());
        page.push('-');
        escape(page, owner.unwrap_or_default());
        page.push_str("\">");
        escape(page, name);
        page.push_str("</a>");
        return;
    }
    if let Some(items) = schema.get("items") {
        page.push_str("list of ");
        return shape(page, items);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        for (at, value) in values.iter().enumerate() {
            page.push_str(if at == 0 { "<code>" } else { ", <code>" });
            let plain = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            escape(page, &plain);
            page.push_str("</code>");
        }
        return;
    }
    let form = match schema.get("type") {
        Some(Value::String(form)) => form.clone(),
        Some(Value::Array(forms)) => {
            let forms: Vec<&str> = forms.iter().filter_map(Value::as_str).collect();
            forms.join(" or ")
        }
        _ => String::new(),
    };
    escape(page, &form);
    if let Some(format) = schema.get("format").and_then(Value::as_str) {
        page.push_str(" (");
        escape(page, format);
        page.push(')');
    }
}

fn anchored(page: &mut String, element: &str, group: &str, name: &str) {
    let _ = write!(page, "<{element} id=\"{group}-");
    escape(page, name);
    page.push_str("\">");
    escape(page, name);
    let _ = write!(page, "</{element}>");
}

fn paragraph(page: &mut String, words: &str) {
    page.push_str("<p>");
    escape(page, words);
    page.push_str("</p>");
}

/// Writes a text so that nothing in it is markup, in an element or in quotes.
fn escape(page: &mut String, words: &str) {
    for c in words.chars() {
        match c {
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '&' => page.push_str("&amp;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            c => page.push(c),
        }
    }
}

fn text<'d>(value: &'d Value, name: &str) -> &'d str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn at<'d>(value: &'d Value, place: &str) -> &'d Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members: Option<&Map<String, Value>> = value.as_object();
    let members = members.into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_the_document_is_markup() {
        let evil = "<script>alert('1')</script>\" onload=\"x";
        let document = json!({
            "info": { "title": evil, "version": evil, "description": evil },
            "paths": { (evil): { "get": {
                "operationId": evil, "summary": evil, "description": evil,
                "parameters": [{ "name": evil, "in": evil, "schema": { "enum": [evil, 1] } }],
                "responses": { "200": { "description": evil } }
            } } },
            "components": { "schemas": { (evil): {
                "description": evil,
                "properties": { (evil): { "$ref": evil, "description": evil } }
            } } }
        });
        let page = page(&document);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("onload=\"x"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)"), "{page}");
    }
}
