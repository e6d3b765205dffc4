//! The store in a Redis that several processes share.
//!
//! A change is one script, so that nothing comes between comparing and replacing. Redis keeps what it was told as its own
//! configuration says: with `appendfsync everysec` a crash of its machine, and with asynchronous replicas a failover, can
//! lose what was written last, and a write whose entry was lost is sent again when it is repeated. Where that matters,
//! `appendfsync always` and `min-replicas-to-write` narrow it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, Script};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::store::{Change, Swapped};
use super::{EntryKey, JournalFault};

/// How long one change may take.
const DEADLINE: Duration = Duration::from_millis(250);
/// How long nothing is asked of a Redis that did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// What every entry's name begins with.
const PREFIX: &[u8] = b"interlingua:journal:";

/// Compares, and replaces or removes: the expected bytes and the new ones, each behind a mark of whether there are any,
/// and how long they are kept in milliseconds. Gives back nothing, or what stood there instead.
const SWAP: &str = r"
local found = redis.call('GET', KEYS[1])
local wanted = false
if ARGV[1] == '1' then wanted = ARGV[2] end
if found ~= wanted then return {0, found} end
if ARGV[3] == '1' then redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5]) else redis.call('DEL', KEYS[1]) end
return {1, false}
";

/// A journal in a Redis.
pub struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    swap: Script,
    began: Instant,
    /// Until when nothing is asked; milliseconds since `began`.
    paused: AtomicU64,
}

/// An address that is no Redis'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no `redis://[user:password@]host[:port][/database]`")]
pub struct AddressFault;

/// The address may hold a password.
impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redis")
    }
}

// === impl Redis ===

impl Redis {
    /// Takes an address, and who asks there; nothing is connected yet.
    ///
    /// # Errors
    /// It is no address of a Redis.
    pub fn new(
        address: &str,
        username: Option<&str>,
        password: Option<&SecretString>,
    ) -> Result<Self, AddressFault> {
        let info = address.into_connection_info().map_err(|_| AddressFault)?;
        let mut settings = info.redis_settings().clone();
        if let Some(username) = username {
            settings = settings.set_username(username);
        }
        if let Some(password) = password {
            settings = settings.set_password(password.expose_secret());
        }
        let info = info.set_redis_settings(settings);
        Ok(Self {
            client: Client::open(info).map_err(|_| AddressFault)?,
            connection: OnceCell::new(),
            swap: Script::new(SWAP),
            began: Instant::now(),
            paused: AtomicU64::new(0),
        })
    }

    pub(super) async fn swap(
        &self,
        key: &EntryKey,
        change: &Change,
    ) -> Result<Swapped, JournalFault> {
        let mut call = self.swap.prepare_invoke();
        call.key(name(key));
        for bytes in [&change.expected, &change.new] {
            call.arg(u8::from(bytes.is_some()));
            call.arg(bytes.as_deref().unwrap_or_default());
        }
        call.arg(u64::try_from(change.retention.as_millis()).unwrap_or(u64::MAX));
        let (done, found): (u8, Option<Vec<u8>>) = self
            .ask(async |connection| call.invoke_async(connection).await)
            .await?;
        Ok(if done == 1 {
            Swapped::Done
        } else {
            Swapped::Differs(found)
        })
    }

    /// Asks, unless the last question found nobody a moment ago.
    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut ConnectionManager) -> redis::RedisResult<T>,
    ) -> Result<T, JournalFault> {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.paused.load(Ordering::Relaxed) {
            return Err(JournalFault::Unavailable);
        }
        let answer = timeout(DEADLINE, async {
            let mut connection = self.connected().await?;
            question(&mut connection).await
        })
        .await;
        if let Ok(Ok(answer)) = answer {
            return Ok(answer);
        }
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        self.paused
            .store(now.saturating_add(pause), Ordering::Relaxed);
        Err(JournalFault::Unavailable)
    }

    async fn connected(&self) -> redis::RedisResult<ConnectionManager> {
        let connection = self
            .connection
            .get_or_try_init(|| {
                let config = ConnectionManagerConfig::new();
                ConnectionManager::new_with_config(self.client.clone(), config)
            })
            .await?;
        Ok(connection.clone())
    }
}

fn name(key: &EntryKey) -> Vec<u8> {
    [PREFIX, key.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::journal::Keys;

    /// A server of its own, which ends with the test.
    struct Server {
        process: Child,
        port: u16,
        _folder: tempfile::TempDir,
    }

    impl Server {
        fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let process = Command::new("redis-server")
                .args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                ])
                .args(["--requirepass", "word", "--dir"])
                .arg(folder.path())
                .stdout(Stdio::null())
                .spawn()
                .expect("redis-server of Debian's package redis-server");
            Self {
                process,
                port,
                _folder: folder,
            }
        }

        fn address(&self) -> String {
            format!("redis://127.0.0.1:{}/0", self.port)
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    fn key(name: &str) -> EntryKey {
        let keys = Keys::derive(&"secret".to_owned().into()).unwrap();
        keys.entry("", "", name)
    }

    fn change(expected: Option<&[u8]>, new: Option<&[u8]>, retention: Duration) -> Change {
        Change {
            expected: expected.map(<[u8]>::to_vec),
            new: new.map(<[u8]>::to_vec),
            retention,
            now_unix_ms: 0,
        }
    }

    /// What stands there: no entry is what is expected.
    async fn standing(redis: &Redis, name: &str) -> Result<Option<Vec<u8>>, JournalFault> {
        let change = change(Some(b"nothing"), None, Duration::from_secs(1));
        match redis.swap(&key(name), &change).await? {
            Swapped::Differs(found) => Ok(found),
            Swapped::Done => panic!("an entry that nobody wrote"),
        }
    }

    /// Asks until the server is there.
    async fn reached(server: &Server) -> Redis {
        let password = "word".to_owned().into();
        loop {
            let redis = Redis::new(&server.address(), None, Some(&password)).unwrap();
            if standing(&redis, "none").await.is_ok() {
                return redis;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    #[ignore = "needs redis-server"]
    async fn an_entry_is_replaced_only_where_it_is_what_was_expected() {
        let server = Server::start();
        let redis = reached(&server).await;
        let (a, hour) = (key("a"), Duration::from_secs(3600));
        // Bytes that a text could not hold.
        let (one, two): (&[u8], &[u8]) = (b"\x00\xff1", b"\x00\xff2");
        let swap = |expected, new| {
            let change = change(expected, new, hour);
            let redis = &redis;
            async move { redis.swap(&a, &change).await }
        };
        assert_eq!(swap(None, Some(one)).await, Ok(Swapped::Done));
        let differs = Swapped::Differs(Some(one.to_vec()));
        assert_eq!(swap(None, Some(two)).await, Ok(differs.clone()));
        assert_eq!(swap(Some(two), Some(two)).await, Ok(differs));
        assert_eq!(swap(Some(one), Some(two)).await, Ok(Swapped::Done));
        assert_eq!(standing(&redis, "a").await, Ok(Some(two.to_vec())));
        assert_eq!(swap(Some(two), None).await, Ok(Swapped::Done));
        assert_eq!(standing(&redis, "a").await, Ok(None));
        assert_eq!(swap(Some(two), None).await, Ok(Swapped::Differs(None)));
    }

    #[tokio::test]
    #[ignore = "needs redis-server"]
    async fn an_entry_ends_with_its_time() {
        let server = Server::start();
        let redis = reached(&server).await;
        let (a, moment) = (key("a"), Duration::from_millis(20));
        let change = change(None, Some(b"1"), moment);
        assert_eq!(redis.swap(&a, &change).await, Ok(Swapped::Done));
        while standing(&redis, "a").await != Ok(None) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    #[ignore = "needs redis-server"]
    async fn a_server_that_is_gone_is_told_at_once() {
        let mut server = Server::start();
        let redis = reached(&server).await;
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        let change = change(None, Some(b"1"), Duration::from_secs(60));
        while redis.swap(&key("a"), &change).await != Err(JournalFault::Unavailable) {
            tokio::task::yield_now().await;
        }
        // Nothing is asked for a while, so that calls do not wait for who is not there.
        let asked = Instant::now();
        for _ in 0..100 {
            let again = redis.swap(&key("a"), &change).await;
            assert_eq!(again, Err(JournalFault::Unavailable));
        }
        assert!(asked.elapsed() < PAUSE, "{:?}", asked.elapsed());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["", "http://h", "redis://h:port", "redis://h/x"] {
            assert!(Redis::new(address, None, None).is_err(), "{address}");
        }
    }
}
