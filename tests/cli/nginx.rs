//! The gateway in front of nginx as it is packaged: a peer that this project did not write.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::get;
use crate::serve::Gateway;

/// Longest time that nginx may take to listen.
const START: Duration = Duration::from_secs(20);

/// A running nginx that answers with one document; it ends with the test.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// Starts it with directives of its `http` block, on a port that is free.
    fn start(folder: &Path, address: SocketAddr, directives: &str) -> Self {
        let path = folder.display();
        let configuration = format!(
            "daemon off; master_process off; pid {path}/pid; error_log {path}/log;
             events {{ worker_connections 64; }}
             http {{
               access_log off; default_type application/xml; types {{ }}
               client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
               fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
               {directives}
               server {{ listen {address}; root {path}; location / {{ rewrite ^ /customer.xml break; }} }}
             }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        std::fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/gateway/customer.xml"),
            folder.join("customer.xml"),
        )
        .unwrap();
        let child = program()
            .arg("-c")
            .arg(&file)
            .arg("-p")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx runs (Debian: apt-get install nginx-light)");
        let mut nginx = Self { child, address };
        nginx.await_listening();
        nginx
    }

    fn await_listening(&mut self) {
        let end = Instant::now() + START;
        while TcpStream::connect(self.address).is_err() {
            assert_eq!(self.child.try_wait().unwrap(), None, "nginx ended");
            assert!(Instant::now() < end, "nginx does not listen");
            std::thread::yield_now();
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// nginx; Debian keeps servers out of a user's path.
fn program() -> Command {
    let packaged = Path::new("/usr/sbin/nginx");
    Command::new(if packaged.exists() {
        packaged
    } else {
        Path::new("nginx")
    })
}

fn free_address() -> SocketAddr {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    held.local_addr().unwrap()
}

#[test]
#[ignore = "needs nginx (Debian: nginx-light); run by `bash tests/run`"]
fn calls_go_on_while_the_upstream_closes_its_connections_and_after_it_was_away() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    // It closes every connection after two answers, and chunks them.
    let directives = "keepalive_requests 2; gzip off; chunked_transfer_encoding on;";
    let nginx = Nginx::start(folder.path(), address, directives);
    let gateway = Gateway::over(address);
    let customer = |status| {
        let answer = get(gateway.traffic, "/v1/customers/blue:340");
        assert_eq!(answer.status, status, "{answer:?}");
        answer.json()
    };
    for _ in 0..9 {
        assert_eq!(customer(200)["name"]["full"], "Bill Joseph");
    }
    drop(nginx);
    assert_eq!(customer(503)["code"], "upstream-unreachable");
    let _again = Nginx::start(folder.path(), address, directives);
    assert_eq!(customer(200)["name"]["full"], "Bill Joseph");
}
