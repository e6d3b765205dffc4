//! The operators' listeners.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use interlingua::admin::{
    Admin, Control, Hosts, Loaded, Observed, Probes, Quit, Readiness, Reloaded, Reloads, View,
};
use interlingua::telemetry::{Metrics, Telemetry};
use interlingua::upstream::Whereabouts;
use tokio::sync::{Mutex, mpsc, oneshot};
use tower::ServiceExt;

use crate::support::request;

async fn told<S>(service: S, request: Request<Full<Bytes>>) -> (u16, String)
where
    S: tower::Service<
            Request<Full<Bytes>>,
            Response = Response<Full<Bytes>>,
            Error = std::convert::Infallible,
        >,
{
    let Ok(response) = service.oneshot(request).await;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn probes_tell_life_readiness_and_metrics() {
    let readiness = Readiness::default();
    let probes = Probes::new(readiness.clone(), Metrics::new("9.9").unwrap());
    let get = |path| told(probes.clone(), request("GET", path, &[], ""));

    assert_eq!(get("/livez").await, (200, "ok\n".to_owned()));
    assert_eq!(get("/readyz").await.0, 503);
    readiness.start();
    assert_eq!(get("/readyz").await.0, 200);
    readiness.drain();
    assert_eq!(get("/readyz").await.0, 503);
    assert_eq!(get("/livez").await.0, 200);
    let (status, metrics) = get("/metrics").await;
    assert_eq!(status, 200);
    assert!(metrics.contains(r#"interlingua_build_info{version="9.9"} 1"#));
    assert_eq!(get("/mappings").await.0, 404);
    assert_eq!(
        told(probes.clone(), request("POST", "/readyz", &[], ""))
            .await
            .0,
        405
    );
}

#[tokio::test]
async fn the_admin_listener_lists_mappings_to_this_machine_alone() {
    let loaded = Loaded {
        upstream: "alpha-2".into(),
        mapping: "alpha".into(),
        version: "sha256:12".into(),
    };
    let config = serde_json::json!({ "listen": "127.0.0.1:1" });
    let admin = Admin::new(Hosts::default(), View::new("ab12", &[loaded], &config));
    let get = |path, headers: &'static [(&str, &str)]| {
        told(admin.clone(), request("GET", path, headers, ""))
    };

    let (status, text) = get("/mappings", &[("host", "localhost:9901")]).await;
    assert_eq!(status, 200);
    let listing: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "version": "ab12",
        "mappings": [{ "upstream": "alpha-2", "mapping": "alpha", "version": "sha256:12" }]
    });
    assert_eq!(listing, expected);

    for headers in [
        &[][..],
        &[("host", "evil.example")],
        &[("host", "localhost"), ("origin", "https://evil.example")],
    ] {
        let (status, text) = get("/mappings", headers).await;
        assert_eq!(status, 403, "{headers:?}");
        assert!(
            text.contains(r#""code":"forbidden""#) && !text.contains("evil"),
            "{text}"
        );
    }
    let (status, text) = get("/config", &[("host", "localhost")]).await;
    assert_eq!(
        (status, text.as_str()),
        (200, r#"{"listen":"127.0.0.1:1"}"#)
    );
    assert_eq!(get("/config", &[("host", "evil.example")]).await.0, 403);
    assert_eq!(get("/secrets", &[("host", "localhost")]).await.0, 404);
}

#[tokio::test]
async fn the_reference_is_a_page_that_loads_nothing() {
    let document = serde_json::json!({ "info": { "title": "An API", "version": "1" } });
    let page = interlingua::admin::page(&document);
    let admin = Admin::new(Hosts::default(), nothing().with_reference(page));
    let asked = request("GET", "/reference", &[("host", "localhost")], "");
    let Ok(response) = admin.oneshot(asked).await;
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let page = std::str::from_utf8(&body).unwrap();
    for outside in [
        "http:", "https:", "<script", " src=", "<link", "url(", "style=",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let digest = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, digest);
    assert!(policy.contains(&format!("'sha256-{digest}'")), "{digest}");
}

/// A view of nothing.
fn nothing() -> View {
    View::new("", &[], &serde_json::Value::Null)
}

/// An admin listener that may do what operators ask, and what it acts on.
struct Bench {
    admin: Admin,
    readiness: Readiness,
    quit: Quit,
    metrics: Metrics,
    asked: Mutex<mpsc::Receiver<oneshot::Sender<Reloaded>>>,
}

impl Bench {
    fn new() -> Self {
        let metrics = Metrics::new("9.9").unwrap();
        let (readiness, quit) = (Readiness::default(), Quit::default());
        readiness.start();
        let (reloads, asked) = Reloads::new();
        let control = Control {
            readiness: readiness.clone(),
            quit: quit.clone(),
            log: None,
            reloads: Some(reloads),
            telemetry: Telemetry {
                metrics: metrics.clone(),
                access_log: false,
                traces: Default::default(),
            },
        };
        let view = nothing().with_upstreams([Observed {
            meters: metrics.upstream("alpha"),
            whereabouts: Whereabouts::default(),
        }]);
        let admin = Admin::new(Hosts::default(), view).with_control(control);
        Self {
            admin,
            readiness,
            quit,
            metrics,
            asked: Mutex::new(asked),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let request = request(method, path, &[("host", "localhost:9901")], body);
        told(self.admin.clone(), request).await
    }
}

#[tokio::test]
async fn operators_take_it_out_and_end_it() {
    let bench = Bench::new();
    for path in ["/drain", "/quitquitquit"] {
        assert_eq!(bench.ask("GET", path, "").await.0, 405, "{path}");
    }
    assert!(bench.readiness.is_ready());
    assert_eq!(bench.ask("POST", "/drain", "").await.0, 200);
    assert!(!bench.readiness.is_ready());
    assert_eq!(bench.ask("POST", "/quitquitquit", "").await.0, 202);
    // Asked before anybody waits, it is not lost.
    bench.quit.asked().await;
}

#[tokio::test]
async fn pages_of_others_ask_nothing_of_the_process() {
    let bench = Bench::new();
    for headers in [
        &[("host", "evil.example")][..],
        &[("host", "localhost"), ("origin", "https://evil.example")],
    ] {
        for (method, path) in [
            ("POST", "/drain"),
            ("POST", "/quitquitquit"),
            ("POST", "/reload"),
            ("PUT", "/log-level"),
            ("GET", "/upstreams"),
        ] {
            let request = request(method, path, headers, "trace");
            let (status, _) = told(bench.admin.clone(), request).await;
            assert_eq!(status, 403, "{method} {path}");
        }
    }
    assert!(bench.readiness.is_ready());
    assert!(bench.asked.lock().await.is_empty());
}

#[tokio::test]
async fn operators_have_files_read_again_and_are_told_what_it_came_to() {
    let bench = Bench::new();
    assert_eq!(bench.ask("GET", "/reload", "").await.0, 405);
    for (came, status, text) in [
        (
            Reloaded::Applied {
                version: "ab12".into(),
            },
            200,
            "ab12 serves now\n",
        ),
        (
            Reloaded::Unchanged {
                version: "ab12".into(),
            },
            200,
            "ab12 serves already\n",
        ),
        (
            Reloaded::Refused {
                faults: "error[C001]: no\n".to_owned(),
            },
            422,
            "error[C001]: no\n",
        ),
    ] {
        let answering = async {
            let mut asked = bench.asked.lock().await;
            asked.recv().await.unwrap().send(came).unwrap();
        };
        let (told, ()) = tokio::join!(bench.ask("POST", "/reload", ""), answering);
        assert_eq!(told, (status, text.to_owned()));
    }
    // Nobody hears any more.
    bench.asked.lock().await.close();
    assert_eq!(bench.ask("POST", "/reload", "").await.0, 500);
}

#[tokio::test]
async fn operators_see_another_view_once_it_is_shown() {
    let bench = Bench::new();
    let other = View::new("ef56", &[], &serde_json::json!({ "listen": "x" }));
    bench.admin.show(other);
    let told = bench.ask("GET", "/mappings", "").await.1;
    assert_eq!(told, r#"{"version":"ef56","mappings":[]}"#);
    assert_eq!(
        bench.ask("GET", "/upstreams", "").await.1,
        r#"{"upstreams":[]}"#
    );
}

#[tokio::test]
async fn operators_see_how_upstreams_are() {
    let bench = Bench::new();
    let meters = bench.metrics.upstream("alpha");
    let _held = (meters.running(), meters.connected());
    let (status, text) = bench.ask("GET", "/upstreams", "").await;
    assert_eq!(status, 200);
    let expected = r#"{"upstreams":[{"name":"alpha","suspended":false,"running":1,"waiting":0,"connections":1,"addresses":[]}]}"#;
    assert_eq!(text, expected);
}
