use super::*;

fn open(folder: &tempfile::TempDir) -> Journal {
    open_with(folder, "secret")
}

fn open_with(folder: &tempfile::TempDir, secret: &str) -> Journal {
    let store = Store::Embedded(Embedded::open(&folder.path().join("journal")).unwrap());
    let day = Duration::from_secs(24 * 60 * 60);
    Journal::new(store, &secret.to_owned().into(), day).unwrap()
}

/// The same store as another process would find it.
fn reopen(journal: Journal, folder: &tempfile::TempDir) -> Journal {
    drop(journal);
    open(folder)
}

fn attempt(journal: &Journal, request: &str) -> Attempt {
    Attempt {
        fingerprint: journal.keys().fingerprint([request.as_bytes()]),
        upstream: "billing".to_owned(),
        trace_id: String::new(),
        trace: Some(Trace {
            text: "r-1".to_owned(),
            path: "/v1/customers".to_owned(),
        }),
        ends_unix_ms: 10_000,
        settles_unix_ms: 20_000,
    }
}

fn answer() -> Answer {
    Answer {
        status: 201,
        headers: vec![("location".to_owned(), b"/v1/customers/billing:1".to_vec())],
        body: br#"{"id":"billing:1"}"#.to_vec(),
    }
}

async fn begin(journal: &Journal, request: &str, now_unix_ms: u64) -> Begun {
    begin_as(journal, request, now_unix_ms).await.1
}

async fn begin_as(journal: &Journal, request: &str, now_unix_ms: u64) -> (Held, Begun) {
    let held = journal.prepare(key(journal), attempt(journal, request));
    let held = held.unwrap();
    let begun = journal.begin(&held, now_unix_ms).await.unwrap();
    (held, begun)
}

fn key(journal: &Journal) -> EntryKey {
    journal.keys().entry("caller", "createCustomer", "k")
}

async fn opened(journal: &Journal, now_unix_ms: u64) -> Held {
    match begin_as(journal, "a", now_unix_ms).await {
        (held, Begun::Open) => held,
        (_, other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_is_given_again_for_the_same_request_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 0).await;
    assert!(matches!(begin(&journal, "a", 1).await, Begun::InFlight));
    assert!(matches!(begin(&journal, "b", 1).await, Begun::Reused));
    let end = End::Answered(answer());
    journal.finish(first, end, 2).await.unwrap();
    let Begun::Answered(again) = begin(&journal, "a", 3).await else {
        panic!("no answer");
    };
    assert_eq!(again, answer());
    assert!(matches!(begin(&journal, "b", 3).await, Begun::Reused));
    // The same after a restart.
    let journal = reopen(journal, &folder);
    assert!(matches!(begin(&journal, "a", 4).await, Begun::Answered(_)));
}

#[tokio::test]
async fn an_answer_is_forgotten_after_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 1_000).await;
    let end = End::Answered(answer());
    journal.finish(first, end, 2_000).await.unwrap();
    let day = 24 * 60 * 60 * 1_000;
    assert!(matches!(
        begin(&journal, "b", 1_999 + day).await,
        Begun::Reused
    ));
    assert!(matches!(
        begin(&journal, "b", 2_000 + day).await,
        Begun::Open
    ));
}

#[tokio::test]
async fn what_was_not_done_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 0).await;
    journal.finish(first, End::NotDone, 1).await.unwrap();
    assert!(matches!(begin(&journal, "b", 2).await, Begun::Open));
}

#[tokio::test]
async fn an_attempt_whose_process_is_gone_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 0).await;
    drop(first);
    // This process may still be about it; another one that finds it cannot be.
    assert!(matches!(
        begin(&journal, "a", 10_000).await,
        Begun::InFlight
    ));
    let journal = reopen(journal, &folder);
    let Begun::Unknown(unsettled) = begin(&journal, "a", 1).await else {
        panic!("known");
    };
    assert_eq!(unsettled.attempt().trace.as_ref().unwrap().text, "r-1");
    assert!(!unsettled.is_settled_at(19_999));
    assert!(unsettled.is_settled_at(20_000));
}

#[tokio::test]
async fn an_attempt_that_is_long_over_is_unknown_in_its_own_process_too() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    drop(opened(&journal, 0).await);
    assert!(matches!(
        begin(&journal, "a", 15_000).await,
        Begun::InFlight
    ));
    assert!(matches!(
        begin(&journal, "a", 15_001).await,
        Begun::Unknown(_)
    ));
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 0).await;
    journal.finish(first, End::Unknown, 1).await.unwrap();
    let unsettled = async || match begin(&journal, "a", 2).await {
        Begun::Unknown(unsettled) => *unsettled,
        other => panic!("{other:?}"),
    };
    let (one, two, three) = (unsettled().await, unsettled().await, unsettled().await);
    // One of two calls that find it makes the attempt again.
    let again = journal.again(one, attempt(&journal, "a"), 3).await.unwrap();
    let late = journal.again(two, attempt(&journal, "a"), 3).await.unwrap();
    assert!(late.is_none());
    let open = again.unwrap();
    // Who settles what is no longer unknown changes nothing.
    journal.finish(three, End::NotDone, 4).await.unwrap();
    assert!(matches!(begin(&journal, "a", 4).await, Begun::InFlight));
    let end = End::Answered(answer());
    journal.finish(open, end, 5).await.unwrap();
    assert!(matches!(begin(&journal, "a", 6).await, Begun::Answered(_)));
}

#[tokio::test]
async fn what_was_unknown_is_answered_once_it_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 0).await;
    journal.finish(first, End::Unknown, 1).await.unwrap();
    let Begun::Unknown(unknown) = begin(&journal, "a", 2).await else {
        panic!("known");
    };
    let end = End::Answered(answer());
    journal.finish(*unknown, end, 3).await.unwrap();
    assert!(matches!(begin(&journal, "a", 4).await, Begun::Answered(_)));
}

#[tokio::test]
async fn entries_of_another_secret_are_not_read_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let key = journal.keys().entry("caller", "createCustomer", "k");
    let first = opened(&journal, 0).await;
    journal.finish(first, End::Unknown, 1).await.unwrap();
    let other = Keys::derive(&"other".to_owned().into()).unwrap();
    let sealed = other.seal(&key, b"anything".to_vec()).unwrap();
    let Begun::Unknown(unknown) = begin(&journal, "a", 2).await else {
        panic!("known");
    };
    let swapped = journal.swap(&key, Some(&unknown.written), Some(&sealed), 2);
    assert_eq!(swapped.await, Ok(Swapped::Done));
    for now in [3, 4] {
        let held = journal.prepare(key, attempt(&journal, "a")).unwrap();
        let fault = journal.begin(&held, now).await;
        assert_eq!(fault.err(), Some(JournalFault::Unreadable));
    }
}

#[tokio::test]
async fn what_is_known_of_a_key_is_told_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let known = async |now| {
        let found = journal.find(&key(&journal), now).await.unwrap();
        found.map(|(held, standing)| (held.attempt().upstream.clone(), standing))
    };
    let billing = |standing| Some(("billing".to_owned(), standing));
    assert_eq!(known(0).await, None);
    let first = opened(&journal, 0).await;
    assert_eq!(known(1).await, billing(Standing::Started));
    assert_eq!(known(15_001).await, billing(Standing::Unknown));
    let end = End::Answered(answer());
    journal.finish(first, end, 2).await.unwrap();
    assert_eq!(known(3).await, billing(Standing::Answered(answer())));
    assert!(matches!(begin(&journal, "a", 4).await, Begun::Answered(_)));
}

/// A caller, or a deadline, may end the wait for a store that has written it down already.
#[tokio::test]
async fn an_attempt_that_was_given_up_before_it_left_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let held = journal.prepare(key(&journal), attempt(&journal, "a"));
    let held = held.unwrap();
    assert!(matches!(journal.begin(&held, 0).await, Ok(Begun::Open)));
    journal.finish(held, End::NotDone, 1).await.unwrap();
    assert!(matches!(begin(&journal, "b", 2).await, Begun::Open));
}

/// What a store keeps says nothing: no text of a request, an answer or a caller stands in its file.
#[tokio::test]
async fn a_file_holds_no_text_of_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder);
    let first = opened(&journal, 0).await;
    let end = End::Answered(answer());
    journal.finish(first, end, 1).await.unwrap();
    drop(reopen(journal, &folder));
    let bytes = std::fs::read(folder.path().join("journal")).unwrap();
    for text in [
        "caller",
        "createCustomer",
        "r-1",
        "/v1/customers",
        "\"id\"",
        "billing",
    ] {
        let there = bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes());
        assert!(!there, "{text}");
    }
}
