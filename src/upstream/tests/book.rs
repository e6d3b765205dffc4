//! Names that lead where a test says.

use std::future::{pending, ready};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use super::super::addresses::{Finding, Resolve};
use super::*;
use crate::telemetry::{Metrics, Telemetry};

/// What looking a name up comes to.
#[derive(Debug, Clone)]
pub(super) enum Says {
    Leads(Vec<IpAddr>),
    Nothing,
    Never,
}

/// One name for all, and how often it was looked up.
#[derive(Debug, Clone)]
pub(super) struct Book(Arc<Mutex<(Says, usize)>>);

impl Book {
    pub(super) fn leading(to: &[&str]) -> Self {
        let book = Self(Arc::new(Mutex::new((Says::Nothing, 0))));
        book.leads(to);
        book
    }

    pub(super) fn leads(&self, to: &[&str]) {
        let to = to.iter().map(|address| address.parse().unwrap());
        self.says(Says::Leads(to.collect()));
    }

    pub(super) fn says(&self, says: Says) {
        self.0.lock().unwrap().0 = says;
    }

    pub(super) fn asked(&self) -> usize {
        self.0.lock().unwrap().1
    }

    /// A client of `billing.example`, and what it counts.
    pub(super) fn client(&self, port: u16, conduct: &Conduct) -> (UpstreamClient, Metrics) {
        let telemetry = Telemetry {
            metrics: Metrics::new("0").unwrap(),
            access_log: false,
            traces: Default::default(),
        };
        let means = Means {
            origin: Origin::of(&format!("http://billing.example:{port}")).unwrap(),
            vouching: None,
            watch: Watch::new(&telemetry, "alpha"),
        };
        let book = Arc::new(self.clone());
        let tls = || Err(TlsFault::NoRoots);
        let client = UpstreamClient::found_by(book, means, conduct, &Limits::default(), tls);
        (client.unwrap(), telemetry.metrics)
    }
}

impl Resolve for Book {
    fn find(&self, host: &str, port: u16) -> Finding {
        assert_eq!(host, "billing.example");
        let mut page = self.0.lock().unwrap();
        page.1 = page.1.saturating_add(1);
        match &page.0 {
            Says::Leads(to) => {
                let to = to.iter().map(|address| SocketAddr::new(*address, port));
                Box::pin(ready(Ok(to.collect())))
            }
            Says::Nothing => Box::pin(ready(Err(io::Error::other("no such name")))),
            Says::Never => Box::pin(pending()),
        }
    }
}

/// As it is where nobody sets anything, but that loopback is called.
pub(super) fn on_loopback() -> Conduct {
    let mut conduct = Conduct::default();
    conduct.addresses.allow = vec!["127.0.0.0/8".parse().unwrap()];
    conduct
}

pub(super) async fn get(client: &UpstreamClient) -> Result<Bytes, Failure> {
    let request = Request::get("/x").body(Bytes::new()).unwrap();
    let outbound = Outbound {
        request,
        is_repeatable: true,
        trace: None,
    };
    let answer = client.clone().oneshot(outbound).await?;
    Ok(answer.into_body())
}

/// What a metric of the upstream says.
pub(super) fn counted(metrics: &Metrics, name: &str, labels: &str) -> u64 {
    let text = metrics.encode().unwrap();
    let series = format!("interlingua_upstream_{name}{{{labels}upstream=\"alpha\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&series));
    line.map_or(0, |count| count.parse().unwrap())
}
