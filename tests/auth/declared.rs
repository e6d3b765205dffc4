//! The schemes that upstreams of the world have, as files declare them.

/// An HMAC over all of a request, its parts joined by colons.
pub(crate) const JOINED: &str = "
settings:
  base-url: { doc: scheme and host }
  client-key: { doc: public }
  secret: { secret: true }
  channel: { default: Agent }
every-call:
  headers:
    settings.channel: channel
    settings.client-key: client_key
    context.now: timestamp | datetime('yyyy-MM-dd HH:mm:ss.SSSxx')
    context.caller.kind: requestor_type
  idempotency: { header: idempotent_request_key, reads: true, renew: [timestamp] }
auth:
  scheme: signature
  algorithm: hmac-sha256
  key: { from: settings.secret, encoding: text }
  headers: [channel, client_key, idempotent_request_key, requestor_type, timestamp]
  parts: ['{method}', '{path}', '{query}', '{headers}', '{body}']
  join: ':'
  send: { Authorization: 'OWN1 Credential={settings.client-key},Signature={signature}' }
  window: 300s
";

pub(crate) const OF_JOINED: &[(&str, &str)] = &[
    ("base-url", "http://depot.example"),
    ("client-key", "987654321"),
    ("secret", "planted-hmac-secret"),
];

/// HTTP signatures as the draft of Cavage has them, with a digest of the body.
pub(crate) const CAVAGE: &str = "
settings:
  base-url: { doc: scheme and host }
  merchant: { doc: public }
  key-id: { doc: public }
  secret: { secret: true }
  target-name: { default: (request-target), enum: [request-target, (request-target)] }
auth:
  scheme: signature
  algorithm: hmac-sha256
  key: { from: settings.secret, encoding: base64 }
  parts:
    - 'host: {host}'
    - 'date: {header.Date}'
    - '{settings.target-name}: {method:lower} {target}'
    - 'digest: {header.Digest}'
    - 'v-c-merchant-id: {settings.merchant}'
  join: \"\\n\"
  send:
    v-c-merchant-id: '{settings.merchant}'
    Date: '{now:http-date}'
    Digest: 'SHA-256={body:sha256-base64}'
    Signature: 'keyid=\"{settings.key-id}\", algorithm=\"HmacSHA256\", headers=\"{names}\", signature=\"{signature}\"'
  window: 300s
";

pub(crate) const OF_CAVAGE: &[(&str, &str)] = &[
    ("base-url", "http://api.example"),
    ("merchant", "shop"),
    ("key-id", "key-1"),
    ("secret", super::KEY),
];

/// HTTP message signatures of RFC 9421.
pub(crate) const MESSAGE: &str = "
settings:
  base-url: { doc: scheme and host }
  key-id: { doc: public }
  secret: { secret: true }
auth:
  scheme: signature
  algorithm: hmac-sha256
  key: { from: settings.secret, encoding: base64 }
  parts:
    - '\"@method\": {method}'
    - '\"@target-uri\": https://{host}{target}'
    - '\"content-digest\": {header.Content-Digest}'
    - '\"@signature-params\": ({names});created={now:unix};keyid=\"{settings.key-id}\"'
  send:
    Content-Digest: 'sha-256=:{body:sha256-base64}:'
    Signature-Input: 'sig1=({names});created={now:unix};keyid=\"{settings.key-id}\"'
    Signature: 'sig1=:{signature}:'
  window: 300s
";

pub(crate) const OF_MESSAGE: &[(&str, &str)] = &[
    ("base-url", "http://api.example"),
    ("key-id", "key-1"),
    ("secret", super::KEY),
];

/// OAuth2 client credentials.
pub(crate) const TOKEN: &str = "
settings:
  base-url: { doc: scheme and host }
  client-id: { doc: public }
  client-secret: { secret: true }
auth:
  scheme: oauth2
  call: POST /oauth/token
  form: { grant_type: client_credentials, client_id: '{settings.client-id}', client_secret: '{settings.client-secret}', scope: merchant }
  lifetime: 1200s
  renew-before: 60s
  send: { Authorization: 'Bearer {token}' }
";

pub(crate) const OF_TOKEN: &[(&str, &str)] = &[
    ("base-url", "http://api.example"),
    ("client-id", "client 1"),
    ("client-secret", "planted&client=secret"),
];
