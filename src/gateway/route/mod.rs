//! From the request line to an operation, its inputs and its upstream.

pub(super) mod choose;
pub(super) mod id;
pub(super) mod inputs;
pub(super) mod path;
pub(super) mod query;

use std::collections::BTreeMap;

use http::{HeaderValue, Method};
use matchit::Router;

use super::translate::OperationIndex;

/// What every path of the canonical API begins with.
pub(super) const PREFIX: &str = "/v1";

/// Most inputs that a path may hold.
const MOST_PARAMETERS: usize = 4;

/// Operations by path and method.
#[derive(Debug)]
pub(super) struct Routes {
    router: Router<Resource>,
}

#[derive(Debug, Default)]
struct Resource {
    operations: Vec<(Method, OperationIndex)>,
    /// What the gateway answers here itself.
    own: Option<Own>,
}

/// What the gateway answers itself, whatever its operations are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// The description of the API.
    Openapi,
    /// The upstreams.
    Upstreams,
    /// One of them.
    Upstream,
    /// What an upstream sends by itself.
    Callback,
    /// What became of a write with a key.
    Outcome,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub(super) enum Route {
    /// To an operation.
    Operation(OperationIndex, Parameters),
    /// To the gateway itself.
    Own(Own, Parameters),
    /// Nowhere: the resource knows these methods only.
    WrongMethod(HeaderValue),
    /// Nowhere: there is no such path.
    Unknown,
}

/// Where in the path its inputs stand, still encoded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parameters {
    ranges: [(usize, usize); MOST_PARAMETERS],
    count: usize,
}

/// Why there are no routes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteFault {
    /// A path that cannot be told from another, or is none.
    #[error("the path {0} cannot be routed")]
    Path(String),
    /// Two operations of one path and method.
    #[error("two operations are {0}")]
    Twice(String),
}

// === impl Routes ===

impl Routes {
    /// Routes operations, each a method and a path under `/v1`, by their position.
    pub(super) fn new<'o>(
        operations: impl IntoIterator<Item = (Method, &'o str)>,
    ) -> Result<Self, RouteFault> {
        let mut resources: BTreeMap<&str, Resource> = BTreeMap::new();
        for (position, (method, path)) in operations.into_iter().enumerate() {
            let fault = || RouteFault::Path(path.to_owned());
            if path.matches('{').count() > MOST_PARAMETERS {
                return Err(fault());
            }
            let index = OperationIndex(u16::try_from(position).map_err(|_| fault())?);
            let resource = resources.entry(path).or_default();
            if resource
                .operations
                .iter()
                .any(|(known, _)| *known == method)
            {
                return Err(RouteFault::Twice(format!("{method} {path}")));
            }
            resource.operations.push((method, index));
        }
        let mut router = Router::new();
        for (path, own) in Own::ALL {
            let resource = Resource {
                own: Some(*own),
                ..Resource::default()
            };
            let inserted = router.insert(*path, resource);
            inserted.map_err(|_| RouteFault::Path((*path).to_owned()))?;
        }
        for (path, resource) in resources {
            router
                .insert([PREFIX, path].concat(), resource)
                .map_err(|_| RouteFault::Path(path.to_owned()))?;
        }
        Ok(Self { router })
    }

    /// Finds the operation of a raw path.
    pub(super) fn find(&self, method: &Method, path: &str) -> Route {
        let Ok(found) = self.router.at(path) else {
            return Route::Unknown;
        };
        // RFC 9110, 9.3.2: HEAD is GET without a body, which the listener leaves out.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        if let Some(own) = found.value.own {
            let (methods, allow): (&[Method], _) = match own {
                Own::Callback => (&[Method::POST], "POST"),
                Own::Outcome => (&[Method::GET, Method::POST], "GET, HEAD, POST"),
                Own::Openapi | Own::Upstreams | Own::Upstream => (&[Method::GET], "GET, HEAD"),
            };
            return if methods.contains(method) {
                Route::Own(own, Parameters::of(path, &found.params))
            } else {
                Route::WrongMethod(HeaderValue::from_static(allow))
            };
        }
        let operations = &found.value.operations;
        match operations.iter().find(|(known, _)| known == method) {
            Some((_, index)) => Route::Operation(*index, Parameters::of(path, &found.params)),
            None => Route::WrongMethod(allow(operations)),
        }
    }
}

// === impl Own ===

impl Own {
    /// Each with its path.
    const ALL: &[(&'static str, Self)] = &[
        ("/openapi.json", Self::Openapi),
        ("/v1/upstreams", Self::Upstreams),
        ("/v1/upstreams/{name}", Self::Upstream),
        ("/v1/callbacks/{name}", Self::Callback),
        ("/v1/outcomes/{key}", Self::Outcome),
    ];
}

#[cold]
fn allow(operations: &[(Method, OperationIndex)]) -> HeaderValue {
    let mut methods: Vec<&str> = operations
        .iter()
        .map(|(method, _)| method.as_str())
        .collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static("GET"))
}

// === impl Parameters ===

impl Parameters {
    fn of(path: &str, params: &matchit::Params<'_, '_>) -> Self {
        let mut parameters = Self::default();
        for ((_, value), range) in params.iter().zip(&mut parameters.ranges) {
            // The value is a slice of the path: its place is the distance between the two.
            let start = value.as_ptr().addr().saturating_sub(path.as_ptr().addr());
            *range = (start, start.saturating_add(value.len()));
            parameters.count = parameters.count.saturating_add(1);
        }
        parameters
    }

    /// The raw segments, in the order of the path.
    pub(super) fn segments<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        self.ranges
            .into_iter()
            .take(self.count)
            .map(move |(start, end)| path.get(start..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        Routes::new([
            (Method::GET, "/things/{id}"),
            (Method::PATCH, "/things/{id}"),
            (Method::POST, "/things/search"),
            (Method::GET, "/things/{id}/parts/{part}"),
        ])
        .unwrap()
    }

    #[test]
    fn segments_stay_encoded() {
        let path = "/v1/things/alpha:a%2Fb/parts/x%20y";
        let Route::Operation(index, parameters) = routes().find(&Method::GET, path) else {
            panic!("no route");
        };
        assert_eq!(index, OperationIndex(3));
        let segments: Vec<_> = parameters.segments(path).collect();
        assert_eq!(segments, ["alpha:a%2Fb", "x%20y"]);
    }

    #[test]
    fn an_unknown_method_says_which_are_known() {
        let Route::WrongMethod(allow) = routes().find(&Method::DELETE, "/v1/things/a:1") else {
            panic!("found");
        };
        assert_eq!(allow, "GET, HEAD, PATCH");
        assert!(matches!(
            routes().find(&Method::HEAD, "/v1/things/a:1"),
            Route::Operation(OperationIndex(0), _)
        ));
    }

    #[test]
    fn what_is_no_path_of_an_operation_is_unknown() {
        for path in [
            "/",
            "/v1",
            "/things/a:1",
            "/v1/things/a:1/",
            "/v1/things//",
            "/v2/things/a:1",
        ] {
            assert!(
                matches!(routes().find(&Method::GET, path), Route::Unknown),
                "{path}"
            );
        }
    }

    #[test]
    fn the_gateways_own_paths_are_read_only() {
        for method in [Method::GET, Method::HEAD] {
            let route = routes().find(&method, "/openapi.json");
            assert!(matches!(route, Route::Own(Own::Openapi, _)), "{method}");
        }
        let Route::WrongMethod(allow) = routes().find(&Method::POST, "/openapi.json") else {
            panic!("found");
        };
        assert_eq!(allow, "GET, HEAD");
    }

    #[test]
    fn callbacks_are_posted() {
        let path = "/v1/callbacks/alpha";
        let route = routes().find(&Method::POST, path);
        assert!(matches!(route, Route::Own(Own::Callback, _)));
        let Route::WrongMethod(allow) = routes().find(&Method::GET, path) else {
            panic!("found");
        };
        assert_eq!(allow, "POST");
    }

    #[test]
    fn two_operations_of_one_name_are_refused() {
        let twice = [(Method::GET, "/a"), (Method::GET, "/a")];
        assert_eq!(
            Routes::new(twice).unwrap_err(),
            RouteFault::Twice("GET /a".to_owned())
        );
    }
}
