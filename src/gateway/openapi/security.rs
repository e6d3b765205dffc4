//! How callers prove themselves, where they must.

use serde_json::{Map, Value, json};

/// What proves callers of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schemes {
    /// Keys or tokens, as `Authorization: Bearer`.
    pub bearer: bool,
    /// Client certificates.
    pub certificates: bool,
}

/// Says in a document how callers prove themselves: any one of the schemes does.
pub fn secure(document: &mut Value, schemes: Schemes) {
    let bearer = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "A key of this gateway's operator, or a token (JWT) of the issuer that it names.",
    });
    let certificate = json!({
        "type": "mutualTLS",
        "description": "A client certificate with a name that the operator knows.",
    });
    let named = [
        ("bearer", schemes.bearer, bearer),
        ("certificate", schemes.certificates, certificate),
    ];
    let named = named.into_iter().filter(|(_, is_taken, _)| *is_taken);
    let known: Map<String, Value> = named
        .map(|(name, _, scheme)| (name.to_owned(), scheme))
        .collect();
    if known.is_empty() {
        return;
    }
    let any: Vec<Value> = known.keys().map(|name| json!({ name: [] })).collect();
    if let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.insert("securitySchemes".to_owned(), known.into());
    }
    // What the gateway calls proves itself in its own way.
    let webhooks = document.get_mut("webhooks").and_then(Value::as_object_mut);
    let called = webhooks.into_iter().flat_map(Map::values_mut);
    for operation in called
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        if let Some(operation) = operation.as_object_mut() {
            operation.insert("security".to_owned(), json!([]));
        }
    }
    if let Some(document) = document.as_object_mut() {
        document.insert("security".to_owned(), any.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secured(bearer: bool, certificates: bool) -> Value {
        let mut document = json!({
            "webhooks": { "happened": { "post": {} } },
            "components": {},
        });
        let schemes = Schemes {
            bearer,
            certificates,
        };
        secure(&mut document, schemes);
        document
    }

    #[test]
    fn any_one_of_the_schemes_does() {
        let both = secured(true, true);
        assert_eq!(
            both["security"],
            json!([{ "bearer": [] }, { "certificate": [] }])
        );
        let known = &both["components"]["securitySchemes"];
        assert_eq!(known["certificate"]["type"], "mutualTLS");
        assert_eq!(known["bearer"]["scheme"], "bearer");
        assert_eq!(both["webhooks"]["happened"]["post"]["security"], json!([]));
        assert_eq!(
            secured(false, true)["security"],
            json!([{ "certificate": [] }])
        );
    }

    #[test]
    fn an_open_gateway_says_nothing() {
        let open = secured(false, false);
        assert_eq!(
            open,
            json!({ "webhooks": { "happened": { "post": {} } }, "components": {} })
        );
    }
}
