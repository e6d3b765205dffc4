//! The client against the sandbox of the same declaration, over a socket.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use interlingua::config::{Conduct, Limits};
use interlingua::engine::exchange::{Call, Context, PageRequest, Worker};
use interlingua::gateway::listener;
use interlingua::sandbox::{Dialect, Sandbox};
use interlingua::upstream::{
    FailureKind, Means, Origin, Process, TlsFault, UpstreamClient, Vouching, World,
};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::declared::{CAVAGE, JOINED, MESSAGE, OF_CAVAGE, OF_JOINED, OF_MESSAGE, OF_TOKEN, TOKEN};
use crate::{Depot, only_once, untold};

/// Stands for no answer: who issues tokens refused.
const REFUSED: u16 = 0;

/// Puts the sandbox of a declaration on a port, and gives a client of it with these settings.
async fn both(
    lines: &str,
    settings: &[(&'static str, &str)],
    own: &[(&'static str, &str)],
) -> (UpstreamClient, Vouching) {
    let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    let depot = Depot::new(lines, settings);
    let dialect = Dialect::new(
        Arc::clone(&depot.catalog),
        "depot",
        &base,
        Process.unix_ms(),
    );
    let sandbox = Sandbox::new(dialect.unwrap());
    tokio::spawn(async move {
        let limits = Limits::default();
        listener::serve(
            socket,
            sandbox,
            &limits,
            std::future::pending(),
            Duration::ZERO,
        )
        .await
    });
    let mut client = Depot::new(lines, own);
    client.settings[0].1 = base.clone();
    let vouching = Vouching {
        upstream: client.upstream(),
        world: Arc::new(Process),
    };
    let means = Means {
        origin: Origin::of(&base).unwrap(),
        vouching: Some(vouching.clone()),
        watch: untold(),
    };
    let tls = || Err(TlsFault::NoRoots);
    let client = UpstreamClient::new(means, &Conduct::default(), &Limits::default(), tls);
    (client.unwrap(), vouching)
}

/// Creates a customer and gives the status of the answer.
async fn create(client: &UpstreamClient, vouching: &Vouching, catalog: &Depot) -> u16 {
    let call = Call {
        operation: catalog.catalog.operation("createCustomer").unwrap().0,
        inputs: &[],
        body: Some(br#"{"name":{"full":"Bob & Co"}}"#),
        page: PageRequest::default(),
        context: Context {
            now_unix_ms: Process.unix_ms(),
            caller_kind: Some("agent"),
            ..Context::default()
        },
    };
    let native = vouching
        .upstream
        .request(&call, None, &mut Worker::default())
        .unwrap();
    let mut request = Request::post(format!("/v2{}", native.target));
    for (name, value) in &native.headers {
        request = request.header(&**name, value.as_slice());
    }
    request = request.header("content-type", native.content_type.as_deref().unwrap());
    let request = request.body(Bytes::from(native.body.unwrap())).unwrap();
    match client.clone().oneshot(only_once(request)).await {
        Ok(answer) => answer.status().as_u16(),
        Err(failure) => {
            assert_eq!(failure.kind, FailureKind::CredentialsRefused);
            REFUSED
        }
    }
}

#[tokio::test]
async fn every_scheme_is_taken_by_its_own_sandbox_and_refused_with_another_secret() {
    for (lines, settings) in [
        (JOINED, OF_JOINED),
        (CAVAGE, OF_CAVAGE),
        (MESSAGE, OF_MESSAGE),
        (TOKEN, OF_TOKEN),
    ] {
        let depot = Depot::new(lines, settings);
        let (client, vouching) = both(lines, settings, settings).await;
        assert_eq!(create(&client, &vouching, &depot).await, 201, "{lines}");
        assert_eq!(create(&client, &vouching, &depot).await, 201, "{lines}");

        let mut other = settings.to_vec();
        for setting in other
            .iter_mut()
            .filter(|(name, _)| name.ends_with("secret"))
        {
            setting.1 = "b3RoZXI=";
        }
        let (client, vouching) = both(lines, settings, &other).await;
        let refused = create(&client, &vouching, &depot).await;
        let by = if lines == TOKEN { REFUSED } else { 401 };
        assert_eq!(refused, by, "{lines}");
    }
}
