//! Translate out, send, translate back: once for the call itself, and for the reads before and after it.

use std::time::Instant;

use bytes::Bytes;
use http::header::{IF_MATCH, RETRY_AFTER};
use http::{Request, Response};

use super::native;
use super::sensitive::Native;
use crate::gateway::answer::{Done, Told};
use crate::gateway::cache::Heard;
use crate::gateway::etag;
use crate::gateway::losses::ELSEWHERE;
use crate::gateway::operation::{InputForm, Operation};
use crate::gateway::problem::{Code, Outcome as Sent, Problem, Refusal, cause, redact};
use crate::gateway::record::Record;
use crate::gateway::shared::{Shared, Upstream};
use crate::gateway::translate::{
    Answered, Call, Context, Course, Left, Lost, NativeRequest, OperationIndex, Outcome,
    PageRequest, Refused, RouteIndex, Warning,
};
use crate::gateway::wishes::Wishes;
use crate::telemetry::events::{ExchangeEnd, Exchanged, Translated};
use crate::telemetry::{Direction, Event};
use crate::upstream::{AfterDoubt, Outbound};

/// The exchanges of one call with its upstream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange<'c> {
    pub(super) shared: &'c Shared,
    pub(super) record: &'c Record,
    pub(super) upstream: &'c Upstream,
    pub(super) operation: &'c Operation,
    /// What hears whether answers may be kept, where what is made of them is.
    pub(super) heard: Option<&'c Heard>,
}

/// What the upstream holds before a change.
pub(super) struct Base {
    pub(super) operation: OperationIndex,
    pub(super) response: Response<Bytes>,
    pub(super) outcome: Box<Outcome>,
}

/// A call in the upstream's dialect, and what it could not carry.
pub(super) struct Outgoing {
    pub(super) route: RouteIndex,
    pub(super) request: Request<Bytes>,
    losses: Vec<Lost>,
    lost: u32,
    says_nothing: bool,
}

/// A call, translated and not sent.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every call is the large one, and a box would cost it an allocation"
)]
pub(super) enum Ready {
    /// One request.
    Request(Outgoing),
    /// Several, each made when what it needs of the one before it is known; or none, where nothing is to be changed.
    Steps(Course),
}

// === impl Ready ===

impl Ready {
    pub(super) fn loses(&self) -> bool {
        let (losses, lost) = match self {
            Self::Request(outgoing) => (&outgoing.losses, outgoing.lost),
            Self::Steps(course) => (&course.losses, course.lost),
        };
        lost > 0 || !losses.is_empty()
    }

    /// What it could not carry: those that are named, and how many they are in all.
    pub(super) fn into_losses(self) -> (Vec<Lost>, u32) {
        match self {
            Self::Request(outgoing) => (outgoing.losses, outgoing.lost),
            Self::Steps(course) => (course.losses, course.lost),
        }
    }
}

// === impl Exchange ===

impl Exchange<'_> {
    /// Performs the call: the read before it where the upstream needs one, the call, the read after it.
    ///
    /// # Errors
    /// The problem to tell the caller.
    pub(super) async fn perform(
        &self,
        call: &Call<'_>,
        wishes: &Wishes<'_>,
    ) -> Result<Done, Refusal> {
        let translator = &self.upstream.translator;
        let base = match translator.needs_base(call) {
            Some(operation) => Some(self.read_before(operation, call).await?),
            None => None,
        };
        // What is checked here would mean nothing to the upstream.
        let is_upstreams = match call.context.if_match {
            Some(condition) => self.check(condition, base.as_ref(), call).await?,
            None => false,
        };
        let call = &Call {
            context: Context {
                if_match: call.context.if_match.filter(|_| is_upstreams),
                ..call.context
            },
            ..*call
        };
        let response = base.as_ref().map(|base| &base.response);
        let ready = self.prepare(call, response)?;
        if wishes.strict && ready.loses() {
            let (losses, lost) = ready.into_losses();
            return Err(Box::new(cause::would_lose(losses, lost)));
        }
        self.carry_out(call, wishes, ready, base.as_ref()).await
    }

    /// Translates the call; nothing is sent.
    ///
    /// # Errors
    /// What of the call the upstream cannot be asked.
    pub(super) fn prepare(
        &self,
        call: &Call<'_>,
        base: Option<&Response<Bytes>>,
    ) -> Result<Ready, Refusal> {
        if let Some(course) = self.course(call, base)? {
            return Ok(Ready::Steps(course));
        }
        let outgoing = self.translate_out(call, base)?;
        Ok(if outgoing.says_nothing {
            Ready::Steps(Course {
                legs: Vec::new(),
                losses: outgoing.losses,
                lost: outgoing.lost,
            })
        } else {
            Ready::Request(outgoing)
        })
    }

    /// Sends what was prepared and reads what comes of it.
    ///
    /// # Errors
    /// The problem to tell the caller.
    pub(super) async fn carry_out(
        &self,
        call: &Call<'_>,
        wishes: &Wishes<'_>,
        ready: Ready,
        base: Option<&Base>,
    ) -> Result<Done, Refusal> {
        let outgoing = match ready {
            Ready::Steps(course) => return self.walk(call, wishes, course, base).await,
            Ready::Request(outgoing) => outgoing,
        };
        self.count(&outgoing.losses, outgoing.lost, Direction::ToNative);
        let native = Native {
            route: outgoing.route,
            asked: call.body,
            sent: outgoing.request.body().clone(),
            base: base.map(|base| (base.operation, &base.response)),
        };
        self.record.note(Sent::Unknown);
        let response = self
            .send(call, outgoing.request, self.operation.is_read)
            .await
            .inspect_err(|problem| self.record.note(problem.outcome))?;
        self.record.note(Sent::Answered);
        let status = response.status().as_u16();
        let outcome = self.translate_back(call, &native, &response, self.operation.is_read)?;
        let beside = wishes.native && outcome.lost > 0;
        let beside = beside.then(|| self.beside(call, &native, &response));
        let mut warnings = Told::all_lost(outgoing.losses, outgoing.lost);
        let (outcome, is_whole) = self
            .follow(call, wishes, outcome, &native, &mut warnings)
            .await?;
        Ok(Done {
            outcome,
            warnings,
            native: beside.unwrap_or_default(),
            status,
            is_whole,
        })
    }

    /// What the upstream's answer holds beside the model, without values that need care and numbers of cards wherever
    /// they stand.
    #[cold]
    fn beside(
        &self,
        call: &Call<'_>,
        native: &Native<'_>,
        response: &Response<Bytes>,
    ) -> Vec<(String, String)> {
        let found = native::answer(response, |answer| {
            self.upstream.translator.residue(call, native.route, answer)
        });
        if found.is_empty() {
            return found;
        }
        let sensitive = self.sensitive(call, native);
        let clean = |text: String| redact::redact(&text, &sensitive);
        let shown = |(place, text)| (clean(place), clean(text));
        found.into_iter().map(shown).collect()
    }

    /// Reads what is to be changed. Whatever goes wrong, the change itself was not sent, so that the call may be
    /// repeated as any read may.
    async fn read_before(
        &self,
        operation: OperationIndex,
        call: &Call<'_>,
    ) -> Result<Base, Refusal> {
        let inputs = self.inputs_of(operation, call.inputs);
        let read = self.read(operation, &inputs, call).await;
        let (response, outcome) = read.map_err(|mut problem| {
            problem.outcome = Sent::NotSent;
            problem
        })?;
        Ok(Base {
            operation,
            response,
            outcome,
        })
    }

    /// Those inputs of the call that a read of the same resource takes.
    pub(super) fn inputs_of<'i>(
        &self,
        operation: OperationIndex,
        inputs: &[(&'i str, &'i str)],
    ) -> Vec<(&'i str, &'i str)> {
        let Some(operation) = self.shared.operation(operation) else {
            return Vec::new();
        };
        let takes = |name: &str| {
            operation.inputs.iter().any(|input| match input.form {
                InputForm::Id => name == "id" || (name == "reference" && input.takes_reference),
                _ => *input.name == *name,
            })
        };
        inputs
            .iter()
            .copied()
            .filter(|(name, _)| takes(name))
            .collect()
    }

    /// Sends a read and gives back both what came and what it means. It is a request of its own: under the key of the
    /// call the upstream would take one of the two for a repetition of the other.
    pub(super) async fn read(
        &self,
        operation: OperationIndex,
        inputs: &[(&str, &str)],
        call: &Call<'_>,
    ) -> Result<(Response<Bytes>, Box<Outcome>), Refusal> {
        let read = Call {
            operation,
            inputs,
            body: None,
            page: PageRequest::default(),
            context: Context {
                if_match: None,
                idempotency_key: None,
                nonce: self.shared.identities.nonce(),
                ..call.context
            },
        };
        self.ask(&read, call.body).await
    }

    /// Sends a read; `asked` is what the caller said, of which nothing may be told.
    pub(super) async fn ask(
        &self,
        read: &Call<'_>,
        asked: Option<&[u8]>,
    ) -> Result<(Response<Bytes>, Box<Outcome>), Refusal> {
        let outgoing = self.translate_out(read, None)?;
        let native = Native {
            route: outgoing.route,
            asked,
            sent: outgoing.request.body().clone(),
            base: None,
        };
        let response = self.send(read, outgoing.request, true).await?;
        let outcome = self.translate_back(read, &native, &response, true)?;
        Ok((response, outcome))
    }

    /// Checks `If-Match` against the resource as it is now: the base that was just read, or a read for this alone. True
    /// if that is left to the upstream, whose check leaves no window.
    async fn check(
        &self,
        condition: &str,
        base: Option<&Base>,
        call: &Call<'_>,
    ) -> Result<bool, Refusal> {
        let reader = self.operation.reader;
        let reader = reader.filter(|reader| self.upstream.translator.offers(*reader));
        // What a command changes is read elsewhere than at the command's own path.
        let reader = reader.or(base.map(|base| base.operation));
        let Some(reader) = reader else {
            let detail = "cannot be checked: the upstream does not read this resource";
            let problem = Problem::of_parameter(Code::NotSupportedHere, IF_MATCH.as_str(), detail);
            return Err(Box::new(problem));
        };
        if self.upstream.translator.tells_versions(reader) && self.sends_condition(call, base) {
            return Ok(true);
        }
        let read;
        let outcome = match base.filter(|base| base.operation == reader) {
            Some(base) => &base.outcome,
            None => {
                read = self.read_before(reader, call).await?;
                &read.outcome
            }
        };
        let tag = match (&outcome.etag, &outcome.body) {
            (Some(tag), _) => tag.clone(),
            (None, Some(body)) => etag::of(body),
            (None, None) => String::new(),
        };
        if etag::matches_strongly(condition, &tag) {
            return Ok(false);
        }
        Err(Box::new(Problem::new(Code::PreconditionFailed, "")))
    }

    fn sends_condition(&self, call: &Call<'_>, base: Option<&Base>) -> bool {
        let translator = &self.upstream.translator;
        match base {
            Some(base) => native::answer(&base.response, |base| {
                translator.sends_condition(call, Some(base))
            }),
            None => translator.sends_condition(call, None),
        }
    }

    /// Reads the resource after the call where its answer does not hold it, and tells whether it is whole then.
    pub(super) async fn follow(
        &self,
        call: &Call<'_>,
        wishes: &Wishes<'_>,
        mut outcome: Box<Outcome>,
        native: &Native<'_>,
        warnings: &mut Vec<Told>,
    ) -> Result<(Box<Outcome>, bool), Refusal> {
        warnings.extend(self.told(call, native, std::mem::take(&mut outcome.warnings)));
        let Some((operation, inputs)) = outcome.then.take() else {
            warnings.extend(Told::invalid(outcome.invalid));
            return Ok((outcome, true));
        };
        if wishes.minimal && !self.operation.is_read {
            return Ok((outcome, false));
        }
        let inputs: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        match self.read(operation, &inputs, call).await {
            Ok((_, mut read)) => {
                warnings.extend(self.told(call, native, std::mem::take(&mut read.warnings)));
                warnings.extend(Told::invalid(read.invalid));
                outcome.body = read.body;
                outcome.etag = read.etag.or(outcome.etag);
                outcome.id = outcome.id.or(read.id);
                outcome.reference = outcome.reference.or(read.reference);
                Ok((outcome, self.operation.reader == Some(operation)))
            }
            Err(problem) if self.operation.is_read => Err(problem),
            // The change is made: that it could not be shown must not make it look undone.
            Err(_) => {
                warnings.push(Told::not_read_back());
                Ok((outcome, false))
            }
        }
    }

    /// The upstream's warnings, without values of the call that need care.
    pub(super) fn told(
        &self,
        call: &Call<'_>,
        native: &Native<'_>,
        warnings: Vec<Warning>,
    ) -> Vec<Told> {
        if warnings.is_empty() {
            return Vec::new();
        }
        let sensitive = self.sensitive(call, native);
        let clean = |text: String| redact::redact(&text, &sensitive);
        let told = |warning: Warning| Told {
            detail: clean(warning.detail.unwrap_or_default()).into(),
            code: clean(warning.code).into(),
            pointer: warning.pointer,
            count: None,
            upstream: None,
            problem: None,
        };
        warnings.into_iter().map(told).collect()
    }

    fn translate_out(
        &self,
        call: &Call<'_>,
        base: Option<&Response<Bytes>>,
    ) -> Result<Outgoing, Refusal> {
        let translator = &self.upstream.translator;
        self.outgoing(call, || match base {
            Some(base) => native::answer(base, |base| translator.request(call, Some(base))),
            None => translator.request(call, None),
        })
    }

    /// The steps of the call, if it has several.
    fn course(
        &self,
        call: &Call<'_>,
        base: Option<&Response<Bytes>>,
    ) -> Result<Option<Course>, Refusal> {
        let translator = &self.upstream.translator;
        let course = match base {
            Some(base) => native::answer(base, |base| translator.course(call, Some(base))),
            None => translator.course(call, None),
        };
        course.map_err(|refused| Box::new(cause::refused(refused, &self.upstream.name)))
    }

    /// Makes the request that the translation writes.
    pub(super) fn outgoing(
        &self,
        call: &Call<'_>,
        translate: impl FnOnce() -> Result<NativeRequest, Refused>,
    ) -> Result<Outgoing, Refusal> {
        let started = Instant::now();
        let native = translate();
        let bytes = call.body.map_or(0, <[u8]>::len);
        self.translated(call.operation, Direction::ToNative, bytes, started);
        let mut native =
            native.map_err(|refused| Box::new(cause::refused(refused, &self.upstream.name)))?;
        let losses = std::mem::take(&mut native.losses);
        Ok(Outgoing {
            route: native.route,
            lost: native.lost,
            says_nothing: native.says_nothing,
            request: native::request(&self.upstream.base_path, native)?,
            losses,
        })
    }

    pub(super) async fn send(
        &self,
        call: &Call<'_>,
        request: Request<Bytes>,
        is_read: bool,
    ) -> Result<Response<Bytes>, Refusal> {
        let started = Instant::now();
        let has_key = call.context.idempotency_key.is_some();
        let is_known_again = has_key && self.upstream.translator.knows_repetitions();
        let outbound = Outbound {
            request,
            is_repeatable: is_read || is_known_again,
            trace: self.record.trace.clone(),
        };
        let carried = self.upstream.client.carry(outbound).await;
        if let Some(meters) = self.upstream.meters(call.operation) {
            let end = match &carried {
                Ok(response) => ExchangeEnd::Answered(response.status().as_u16()),
                Err(failure) => ExchangeEnd::Failed {
                    kind: failure.kind.name(),
                    maybe_sent: failure.sent == crate::upstream::Sent::MaybeSent,
                },
            };
            Exchanged {
                meters,
                call: self.record.ids(),
                end,
                duration: started.elapsed(),
            }
            .emit(&self.shared.telemetry);
        }
        if let (Some(heard), Ok(response)) = (self.heard, &carried) {
            heard.hear(response.headers(), call.context.now_unix_ms);
        }
        carried.map_err(|failure| Box::new(cause::failure(failure, &self.upstream.name, is_read)))
    }

    pub(super) fn translate_back(
        &self,
        call: &Call<'_>,
        native: &Native<'_>,
        response: &Response<Bytes>,
        is_read: bool,
    ) -> Result<Box<Outcome>, Refusal> {
        let started = Instant::now();
        let answered = native::answer(response, |answer| {
            self.upstream.translator.answer(call, native.route, answer)
        });
        let bytes = response.body().len();
        self.translated(call.operation, Direction::ToCanonical, bytes, started);
        let name = &self.upstream.name;
        match answered {
            Answered::Outcome(outcome) => {
                self.count_left(&outcome);
                Ok(outcome)
            }
            Answered::Problem(problem) => {
                let retry_after = response.headers().get(RETRY_AFTER);
                let around = cause::Around {
                    upstream: name,
                    retry_after: retry_after.and_then(|value| value.to_str().ok()),
                    now_unix_ms: call.context.now_unix_ms,
                    sensitive: &self.sensitive(call, native),
                    is_read,
                };
                let mut problem = Box::new(cause::upstream_problem(*problem, &around));
                let is_repetition = response.extensions().get::<AfterDoubt>().is_some();
                if is_repetition && !is_read && !problem.settles() {
                    problem.outcome = Sent::Unknown;
                }
                Err(problem)
            }
            Answered::Broken(broken) => {
                let broken = native::explained(broken, response);
                Err(Box::new(cause::broken(&broken, name)))
            }
        }
    }

    fn translated(
        &self,
        operation: OperationIndex,
        direction: Direction,
        bytes: usize,
        started: Instant,
    ) {
        if let Some(meters) = self.upstream.meters(operation) {
            Translated {
                meters,
                direction,
                bytes,
                duration: started.elapsed(),
            }
            .emit(&self.shared.telemetry);
        }
    }

    /// What the place of a loss is called: members of native documents that nobody declared have no names but the
    /// upstream's.
    fn place(&self, lost: &Lost, direction: Direction) -> String {
        let declared = |name: &str| {
            let known = self.operation.inputs.iter();
            matches!(name, "id" | "reference")
                || known.into_iter().any(|input| *input.name == *name)
        };
        match (direction, &lost.parameter, self.operation.body) {
            (_, Some(name), _) if declared(name) => name.clone(),
            (Direction::ToNative, None, Some(body)) => self.shared.judge.place(body, &lost.pointer),
            _ => ELSEWHERE.to_owned(),
        }
    }

    /// Counts what an answer lost, by its declared places as far as it has some.
    fn count_left(&self, outcome: &Outcome) {
        let places = outcome.left.iter().flat_map(Left::places);
        let named = places.map(|at| at.count);
        let named = named.fold(0_u32, u32::saturating_add);
        let losses = &self.upstream.losses;
        let (id, telemetry) = (self.record.id.as_str(), &self.shared.telemetry);
        if let Some(left) = &outcome.left {
            losses.count_left(left, id, telemetry);
        }
        let beyond = outcome.lost.saturating_sub(named);
        losses.count_unplaced(beyond, Direction::ToCanonical, id, telemetry);
    }

    /// Counts losses, those that are named by their places and the rest by their number.
    pub(super) fn count(&self, losses: &[Lost], lost: u32, direction: Direction) {
        let (id, telemetry) = (self.record.id.as_str(), &self.shared.telemetry);
        let meters = &self.upstream.losses;
        if !losses.is_empty() {
            let place = |lost: &Lost| self.place(lost, direction);
            meters.count(losses, place, direction, id, telemetry);
        }
        let named = u32::try_from(losses.len()).unwrap_or(u32::MAX);
        let rest = lost.saturating_sub(named);
        if rest > 0 {
            meters.count_unplaced(rest, direction, id, telemetry);
        }
    }
}
