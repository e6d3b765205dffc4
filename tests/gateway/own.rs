//! What the gateway answers itself.

use http::Request;

use crate::support::World;

#[tokio::test]
async fn the_description_is_served_with_a_tag_and_kept_by_it() {
    let world = World::answering([]);
    let answer = world.get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/openapi+json;version=3.1"
    );
    assert_eq!(answer.json()["openapi"], "3.1.0");
    let tag = answer.header("etag").to_owned();
    let request = Request::get("/openapi.json")
        .header("host", "a")
        .header("if-none-match", &tag);
    let again = world.call(request.body(Default::default()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), tag);
}

#[tokio::test]
async fn the_description_cannot_be_written() {
    let world = World::answering([]);
    let request = Request::post("/openapi.json")
        .header("host", "a")
        .body(Default::default());
    let answer = world.call(request.unwrap()).await;
    assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()));
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn upstreams_are_listed_and_each_tells_what_it_can_do() {
    let world = World::answering([]);
    let listed = world.get("/v1/upstreams").await.json();
    let names: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["alpha", "beta"]);
    assert_eq!(listed["items"][0]["operations"][0], "getCustomer");

    let one = world.get("/v1/upstreams/beta").await;
    assert_eq!(
        (one.status.as_u16(), &one.json()["name"]),
        (200, &"beta".into())
    );
    assert!(!one.header("etag").is_empty());
    for path in [
        "/v1/upstreams/gamma",
        "/v1/upstreams/%zz",
        "/v1/upstreams/..",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{path}");
    }
    assert!(world.wire.sent().is_empty());
}
