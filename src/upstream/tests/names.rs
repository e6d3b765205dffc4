//! Names: where they lead, when that changes, when nobody knows, and where they must not lead.

use tokio::time::{Instant, sleep};

use super::book::{Book, Says, counted, get, on_loopback};
use super::peer::two_sockets;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn unreachable() -> Failure {
    Failure::not_sent(FailureKind::Unreachable)
}

#[tokio::test(start_paused = true)]
async fn fault_28_another_address_is_called_within_an_interval() {
    // Called every second, it is looked up beside the calls; called every ten, before them.
    for between in [1, 10] {
        let [one, two] = two_sockets();
        let port = one.local_addr().unwrap().port();
        let answers = vec![answer("one"); 32];
        let (one, two) = (
            Peer::at(one, &answers),
            Peer::at(two, &vec![answer("two"); 32]),
        );
        let book = Book::leading(&["127.0.0.1"]);
        let (client, _) = book.client(port, &on_loopback());
        assert_eq!(get(&client).await.unwrap(), "one");
        let known = Instant::now();
        book.leads(&["127.0.0.2"]);

        for _ in 0..12 {
            sleep(between * SECOND).await;
            let answered = get(&client).await.unwrap();
            let is_late = known.elapsed() > 6 * SECOND;
            assert!(!is_late || answered == "two", "{:?}", known.elapsed());
        }

        assert_eq!((one.connections(), two.connections() > 0), (1, true));
        // Not more often than every five seconds.
        let most = known.elapsed().as_secs() / 5;
        let asked = u64::try_from(book.asked()).unwrap();
        assert!(asked <= most.saturating_add(1), "{asked} of {most}");
    }
}

#[tokio::test(start_paused = true)]
async fn fault_27_the_last_addresses_count_until_they_are_stale() {
    for between in [1, 10] {
        let [socket, _] = two_sockets();
        let port = socket.local_addr().unwrap().port();
        let _peer = Peer::at(socket, &vec![answer("one"); 400]);
        let book = Book::leading(&["127.0.0.1"]);
        let (client, metrics) = book.client(port, &on_loopback());
        get(&client).await.unwrap();
        book.says(Says::Nothing);
        let known = Instant::now();

        while known.elapsed() < 299 * SECOND {
            assert_eq!(get(&client).await.unwrap(), "one", "{:?}", known.elapsed());
            sleep(between * SECOND).await;
        }
        sleep(10 * SECOND).await;
        assert_eq!(get(&client).await, Err(unreachable()));
        assert!(counted(&metrics, "lookups_total", r#"outcome="failed","#) > 1);

        book.leads(&["127.0.0.1"]);
        sleep(6 * SECOND).await;
        assert_eq!(get(&client).await.unwrap(), "one");
    }
}

#[tokio::test(start_paused = true)]
async fn fault_27_a_look_up_that_hangs_costs_two_seconds_once() {
    let book = Book::leading(&[]);
    book.says(Says::Never);
    let mut conduct = once();
    conduct.deadlines.connect = 10 * SECOND;
    conduct.pool.concurrency = 64;
    let (client, metrics) = book.client(80, &conduct);
    let start = Instant::now();

    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { get(&client).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Err(unreachable()));
    }

    assert_eq!(start.elapsed(), 2 * SECOND);
    assert_eq!(book.asked(), 1);
    assert_eq!(
        counted(&metrics, "lookups_total", r#"outcome="timeout","#),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn fault_27_nobody_waits_for_a_look_up_once_an_address_is_known() {
    let [socket, _] = two_sockets();
    let port = socket.local_addr().unwrap().port();
    let _peer = Peer::at(socket, &vec![answer("one"); 64]);
    let book = Book::leading(&["127.0.0.1"]);
    let (client, metrics) = book.client(port, &on_loopback());
    get(&client).await.unwrap();
    book.says(Says::Never);

    for _ in 0..60 {
        sleep(SECOND).await;
        let start = Instant::now();
        assert_eq!(get(&client).await.unwrap(), "one");
        assert!(start.elapsed() < SECOND / 10, "{:?}", start.elapsed());
    }

    // It is looked for all the time, but only once at one time.
    assert_eq!(book.asked(), 2);
    assert!(counted(&metrics, "lookups_total", r#"outcome="timeout","#) > 5);
}

#[tokio::test(start_paused = true)]
async fn fault_27_after_a_pause_a_name_server_that_hangs_costs_half_of_the_time_to_connect() {
    let [socket, _] = two_sockets();
    let port = socket.local_addr().unwrap().port();
    let _peer = Peer::at(socket, &vec![answer("one"); 4]);
    let book = Book::leading(&["127.0.0.1"]);
    let (client, _) = book.client(port, &on_loopback());
    get(&client).await.unwrap();
    book.says(Says::Never);
    sleep(60 * SECOND).await;
    let start = Instant::now();

    assert_eq!(get(&client).await.unwrap(), "one");

    assert_eq!(start.elapsed(), SECOND / 2);
}

#[tokio::test]
async fn fault_27_a_thousand_calls_are_one_look_up() {
    let [socket, _] = two_sockets();
    let port = socket.local_addr().unwrap().port();
    let _peer = Peer::at(socket, &vec![answer("one"); 1_000]);
    let book = Book::leading(&["127.0.0.1"]);
    let mut conduct = on_loopback();
    conduct.addresses.refresh = 3_600 * SECOND;
    let (client, metrics) = book.client(port, &conduct);

    for _ in 0..1_000 {
        get(&client).await.unwrap();
    }

    assert_eq!(book.asked(), 1);
    assert_eq!(counted(&metrics, "lookups_total", r#"outcome="found","#), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_nobody_calls_is_not_looked_up() {
    let [socket, _] = two_sockets();
    let port = socket.local_addr().unwrap().port();
    let _peer = Peer::at(socket, &[answer("one")]);
    let book = Book::leading(&["127.0.0.1"]);
    let (client, _) = book.client(port, &on_loopback());
    assert_eq!(book.asked(), 0);
    get(&client).await.unwrap();

    sleep(3_600 * SECOND).await;

    assert_eq!(book.asked(), 1);
}

#[tokio::test]
async fn abuse_13_no_connection_leads_where_no_upstream_is() {
    let [socket, _] = two_sockets();
    let port = socket.local_addr().unwrap().port();
    let peer = Peer::at(socket, &[answer("never")]);
    // The second and third end at loopback, too, where a system is asked to connect to them.
    for (to, range) in [
        ("127.0.0.1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::ffff:127.0.0.1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("fd00:ec2::254", "metadata"),
    ] {
        let book = Book::leading(&[to]);
        let (client, metrics) = book.client(port, &Conduct::default());

        for _ in 0..2 {
            let failure = get(&client).await.unwrap_err();
            assert_eq!(
                failure,
                Failure::not_sent(FailureKind::AddressRefused),
                "{to}"
            );
        }

        let refused = counted(
            &metrics,
            "addresses_refused_total",
            &format!("cause=\"{range}\","),
        );
        assert_eq!(refused, 1, "{to}");
        assert_eq!(
            counted(&metrics, "lookups_total", r#"outcome="refused","#),
            1
        );
    }
    assert_eq!(peer.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn fault_28_a_name_that_is_bound_to_this_machine_later_is_not_followed_there() {
    let [here, there] = two_sockets();
    let port = here.local_addr().unwrap().port();
    let here = Peer::at(here, &[answer("never")]);
    let _there = Peer::at(there, &vec![answer("there"); 64]);
    let mut conduct = on_loopback();
    conduct.addresses.allow = vec!["127.0.0.2".parse().unwrap()];
    conduct.addresses.stale = 60 * SECOND;
    // One of two is no reason to refuse the other.
    let book = Book::leading(&["127.0.0.2", "127.0.0.1"]);
    let (client, _) = book.client(port, &conduct);
    assert_eq!(get(&client).await.unwrap(), "there");
    book.leads(&["127.0.0.1"]);
    let known = Instant::now();

    while known.elapsed() < 59 * SECOND {
        assert_eq!(get(&client).await.unwrap(), "there");
        sleep(2 * SECOND).await;
    }
    sleep(10 * SECOND).await;

    let failure = get(&client).await.unwrap_err();
    assert_eq!(failure, Failure::not_sent(FailureKind::AddressRefused));
    assert_eq!(here.connections(), 0);
}

#[tokio::test]
async fn abuse_13_an_address_in_the_configuration_is_called_only_where_an_upstream_may_be() {
    let means = Means {
        origin: Origin::of("http://169.254.169.254/latest").unwrap(),
        ..to(80)
    };
    let client = UpstreamClient::new(means, &once(), &Limits::default(), || {
        Err(TlsFault::NoRoots)
    });

    let failure = get(&client.unwrap()).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::AddressRefused));
}

#[tokio::test]
async fn operators_see_where_an_upstream_is() {
    let [socket, _] = two_sockets();
    let port = socket.local_addr().unwrap().port();
    let _peer = Peer::at(socket, &[answer("one")]);
    let book = Book::leading(&["127.0.0.1"]);
    let (client, metrics) = book.client(port, &on_loopback());
    let whereabouts = client.whereabouts();
    assert_eq!(whereabouts.now(), []);
    get(&client).await.unwrap();

    let now = AddressNow {
        address: ([127, 0, 0, 1], port).into(),
        is_resting: false,
        running: 0,
    };
    assert_eq!(whereabouts.now(), [now]);
    assert_eq!(counted(&metrics, "addresses", r#"state="in-use","#), 1);
    assert_eq!(counted(&metrics, "addresses", r#"state="resting","#), 0);
}
