//! Reads whose answers are kept: given again where one is good enough, asked for once where it is not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;

use super::several::Asked;
use crate::gateway::cache::{
    Cache, Demand, Found, Heard, Identity, Kept, Landing, Reading, Seat, conditional,
};
use crate::gateway::problem::{Code, Problem, Refusal};
use crate::gateway::route::choose::Chosen;
use crate::gateway::shared::Upstream;
use crate::gateway::translate::Call;
use crate::gateway::wishes::Wishes;
use crate::mapping::ast::Kind;
use crate::telemetry::events::AnswerKept;
use crate::telemetry::{CacheUse, Event};

/// What the cache did (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// The upstream said that nobody is to keep its answer.
const NO_STORE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Where the answer of a read comes from.
pub(super) enum Way<'c> {
    /// No operation of this upstream whose answers are kept, or no read.
    Uncached,
    /// One that is not kept as it was asked for: of several upstreams, or with what they say beside the model.
    Past,
    /// What was kept.
    Fresh(Response<Full<Bytes>>),
    /// The upstream.
    Through(Through<'c>),
}

/// What a read asks for, beside its operation.
#[derive(Clone, Copy)]
pub(super) struct Question<'c> {
    pub(super) inputs: &'c [(&'c str, &'c str)],
    pub(super) limit: Option<u32>,
    /// The cursor, opened.
    pub(super) cursor: Option<&'c str>,
    pub(super) body: Option<&'c [u8]>,
}

/// A read that the upstream has to be asked for, and whose answer may be kept.
pub(super) struct Through<'c> {
    cache: &'c Cache,
    reading: Reading<'c>,
    /// As the mapping and the operator allow.
    lifetime: Duration,
    demand: Demand,
    why: Why,
}

/// Why the upstream is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Nothing is kept that is good.
    Missing,
    /// What is kept is too old.
    Stale,
    /// The caller asked for it.
    Demanded,
}

/// What became of the upstream's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Kept,
    NotKept,
    /// It was somebody else's.
    Shared,
}

/// An answer that was asked for.
enum Answer {
    Kept(Arc<Kept>),
    NotKept(Response<Full<Bytes>>),
}

// === impl Asked ===

impl<'c> Asked<'c> {
    /// Looks for what is kept.
    ///
    /// # Errors
    /// 504 if the caller wants nothing else and there is nothing (RFC 9111, 5.2.1.7).
    pub(super) fn look(
        &self,
        chosen: &Chosen,
        headers: &HeaderMap,
        question: Question<'_>,
    ) -> Result<Way<'c>, Refusal> {
        if !self.operation.is_read {
            return Ok(Way::Uncached);
        }
        let demand = Demand::of(headers);
        let way = match &self.shared.cache {
            Some(cache) => self.way(cache, chosen, demand, question),
            None => Way::Uncached,
        };
        if demand.only_if_cached && !matches!(way, Way::Fresh(_)) {
            return Err(Box::new(Problem::new(Code::NotCached, "")));
        }
        Ok(way)
    }

    fn past(&self) -> Way<'c> {
        self.record.note_cache(CacheUse::Bypass);
        Way::Past
    }

    fn way(
        &self,
        cache: &'c Cache,
        chosen: &Chosen,
        demand: Demand,
        question: Question<'_>,
    ) -> Way<'c> {
        let keeps = |upstream: &Upstream| upstream.lifetime(self.index).is_some();
        let one = match chosen {
            Chosen::One(position) => self.shared.upstream(*position).map(|it| (*position, it)),
            Chosen::Several { .. } if chosen.upstreams(self.shared).any(keeps) => {
                return self.past();
            }
            Chosen::Several { .. } => None,
        };
        let lifetime = one.and_then(|(_, upstream)| upstream.lifetime(self.index));
        let (Some((position, upstream)), Some(lifetime)) = (one, lifetime) else {
            return Way::Uncached;
        };
        if self.wishes.native {
            return self.past();
        }
        let generations = &*upstream.generations;
        let Question {
            inputs,
            limit,
            cursor,
            body,
        } = question;
        let reading = Reading {
            key: cache.key(&Identity {
                upstream: position,
                operation: self.index,
                inputs,
                limit,
                cursor,
                wishes: self.wishes,
                body,
            }),
            generations,
            subject: generations.subject(self.operation.collection, inputs),
            is_got: self.operation.kind != Kind::Search,
        };
        match find(cache, &reading, &demand) {
            Ok(kept) => {
                self.record.note_cache(CacheUse::Hit);
                let mut answer = kept.respond(self.wishes.if_none_match, Instant::now());
                tell(&mut answer, "interlingua; hit");
                Way::Fresh(answer)
            }
            Err(why) => {
                self.record.note_cache(match why {
                    Why::Demanded => CacheUse::Bypass,
                    Why::Stale | Why::Missing => CacheUse::Miss,
                });
                Way::Through(Through {
                    cache,
                    reading,
                    lifetime,
                    demand,
                    why,
                })
            }
        }
    }
}

/// What is kept of a read, if it is good enough.
fn find(cache: &Cache, reading: &Reading<'_>, demand: &Demand) -> Result<Arc<Kept>, Why> {
    if demand.asks_anew() {
        return Err(Why::Demanded);
    }
    match cache.find(reading, demand, Instant::now()) {
        Found::Fresh(kept) => Ok(kept),
        Found::Refused => Err(Why::Demanded),
        Found::Stale => Err(Why::Stale),
        Found::Nothing => Err(Why::Missing),
    }
}

// === impl Through ===

impl Through<'_> {
    /// Asks the upstream, or waits for somebody who is asking for the same.
    ///
    /// # Errors
    /// The problem to tell the caller; those who waited are told the same.
    pub(super) async fn fetch(
        &self,
        asked: &Asked<'_>,
        upstream: &Upstream,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        if self.why == Why::Demanded {
            return self.alone(asked, upstream, call).await;
        }
        loop {
            let stamp = self.reading.stamp();
            match self.cache.flights.board(self.reading.key, stamp) {
                Seat::First(flight) => {
                    // Somebody may have had it by now.
                    if let Ok(kept) = find(self.cache, &self.reading, &self.demand) {
                        flight.land(Landing::Kept(Arc::clone(&kept)));
                        return Ok(self.shared(asked, &kept));
                    }
                    let answer = self.ask(asked, upstream, call, stamp).await;
                    flight.land(match &answer {
                        Ok(Answer::Kept(kept)) => Landing::Kept(Arc::clone(kept)),
                        Ok(Answer::NotKept(_)) => Landing::NotKept,
                        Err(problem) => Landing::Failed(Arc::new(Problem::clone(problem))),
                    });
                    return Ok(self.told(asked, answer?).await);
                }
                Seat::Waiting(waiting) => match waiting.landed().await {
                    Some(Landing::Kept(kept)) => {
                        return Ok(self.shared(asked, &kept));
                    }
                    Some(Landing::Failed(problem)) => {
                        asked.record.note_cache(CacheUse::Collapsed);
                        return Err(Box::new(Problem::clone(&problem)));
                    }
                    // It is for the one who asked: everybody asks for himself, all at one time.
                    Some(Landing::NotKept) => return self.alone(asked, upstream, call).await,
                    // Whoever asked gave up.
                    None => {}
                },
            }
        }
    }

    async fn alone(
        &self,
        asked: &Asked<'_>,
        upstream: &Upstream,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let stamp = self.reading.stamp();
        let answer = self.ask(asked, upstream, call, stamp).await?;
        Ok(self.told(asked, answer).await)
    }

    /// Asks the upstream, and keeps what may be kept.
    async fn ask(
        &self,
        asked: &Asked<'_>,
        upstream: &Upstream,
        call: &Call<'_>,
        stamp: u64,
    ) -> Result<Answer, Refusal> {
        let now = Instant::now();
        let heard = Heard::default();
        // What is kept is whole, whatever this caller has already.
        let wishes = Wishes {
            if_none_match: None,
            ..asked.wishes.clone()
        };
        let asked = Asked {
            wishes: &wishes,
            heard: Some(&heard),
            ..*asked
        };
        let mut answer = asked.serve_one(upstream, call).await?;
        let allowance = heard.allows(self.lifetime);
        let allowance = allowance.filter(|_| !self.demand.no_store);
        if let Some(allowance) = allowance.filter(|_| answer.status() == StatusCode::OK) {
            let content = (answer.headers().clone(), whole(&answer).await);
            let kept = self
                .cache
                .keep(&self.reading, stamp, (now, allowance), content);
            if let Some(kept) = kept {
                count(&asked, upstream, &kept);
                return Ok(Answer::Kept(kept));
            }
        }
        if heard.is_no_store() {
            answer.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        }
        Ok(Answer::NotKept(answer))
    }

    /// The answer to the one who asked.
    async fn told(&self, asked: &Asked<'_>, answer: Answer) -> Response<Full<Bytes>> {
        match answer {
            Answer::Kept(kept) => self.respond(asked, &kept, Then::Kept),
            Answer::NotKept(answer) => {
                let body = whole(&answer).await;
                let headers = answer.into_parts().0.headers;
                let condition = asked.wishes.if_none_match;
                let mut answer = conditional(headers, body, condition);
                tell(&mut answer, status(self.why, Then::NotKept));
                answer
            }
        }
    }

    /// The answer that somebody else has asked for.
    fn shared(&self, asked: &Asked<'_>, kept: &Kept) -> Response<Full<Bytes>> {
        asked.record.note_cache(CacheUse::Collapsed);
        self.respond(asked, kept, Then::Shared)
    }

    fn respond(&self, asked: &Asked<'_>, kept: &Kept, then: Then) -> Response<Full<Bytes>> {
        let mut answer = kept.respond(asked.wishes.if_none_match, Instant::now());
        tell(&mut answer, status(self.why, then));
        answer
    }
}

fn count(asked: &Asked<'_>, upstream: &Upstream, kept: &Kept) {
    if let Some(meters) = upstream.meters(asked.index) {
        AnswerKept {
            meters,
            request_id: asked.record.id.as_str(),
            bytes: kept.weight(),
        }
        .emit(&asked.shared.telemetry);
    }
}

/// Says of an answer that the cache was passed by.
pub(super) fn passed(mut answer: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    tell(&mut answer, "interlingua; fwd=bypass");
    answer
}

fn tell(answer: &mut Response<Full<Bytes>>, status: &'static str) {
    let status = HeaderValue::from_static(status);
    answer.headers_mut().insert(CACHE_STATUS, status);
}

/// RFC 9211, 2.2 and 2.4 to 2.6.
const fn status(why: Why, then: Then) -> &'static str {
    match (why, then) {
        (Why::Missing, Then::Kept) => "interlingua; fwd=miss; stored",
        (Why::Missing, Then::NotKept) => "interlingua; fwd=miss",
        (Why::Missing, Then::Shared) => "interlingua; fwd=miss; collapsed",
        (Why::Stale, Then::Kept) => "interlingua; fwd=stale; stored",
        (Why::Stale, Then::NotKept) => "interlingua; fwd=stale",
        (Why::Stale, Then::Shared) => "interlingua; fwd=stale; collapsed",
        (Why::Demanded, Then::Kept) => "interlingua; fwd=request; stored",
        (Why::Demanded, Then::NotKept | Then::Shared) => "interlingua; fwd=request",
    }
}

/// The bytes of an answer, which are all there.
async fn whole(answer: &Response<Full<Bytes>>) -> Bytes {
    let Ok(body) = answer.body().clone().collect().await;
    body.to_bytes()
}
