//! A translation that does as it is told and remembers what it was asked.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use interlingua::gateway::translate::{
    Answered, Call, Context, Course, Earlier, Event, Leg, Lost, NativeAnswer, NativeRequest,
    OperationIndex, Outcome, ReceivedDocument, Refused, RouteIndex, StepIndex, Translate,
};

use super::CATALOG;

type OnRequest = Box<dyn Fn(&Seen) -> Result<NativeRequest, Refused> + Send + Sync>;
type OnEvents = Box<dyn Fn(&ReceivedDocument<'_>) -> Vec<Event> + Send + Sync>;
type OnAnswer = Box<dyn Fn(&Seen, &NativeAnswer<'_>) -> Answered + Send + Sync>;

/// A scripted translation.
pub(crate) struct Fake {
    pub(crate) offers: Option<&'static [&'static str]>,
    pub(crate) bases: Vec<(&'static str, &'static str)>,
    pub(crate) tells_versions: bool,
    /// How long answers of some operations are kept.
    pub(crate) lifetimes: Vec<(&'static str, Duration)>,
    /// The steps of every call, if it takes several.
    pub(crate) legs: Vec<Leg>,
    pub(crate) on_request: OnRequest,
    pub(crate) on_answer: OnAnswer,
    pub(crate) on_events: OnEvents,
    pub(crate) seen: Mutex<Vec<Seen>>,
}

/// A call as the translation saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) operation: String,
    pub(crate) inputs: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    pub(crate) limit: Option<u32>,
    pub(crate) cursor: Option<String>,
    pub(crate) base: Option<String>,
    pub(crate) caller: (Option<String>, Option<String>),
    pub(crate) if_match: Option<String>,
    pub(crate) nonce: [u8; 12],
}

/// An outcome with this body: a list if it is one.
pub(crate) fn outcome(body: &str) -> Outcome {
    Outcome {
        body: Some(body.as_bytes().to_vec()),
        is_list: body.starts_with('['),
        ..Outcome::default()
    }
}

pub(crate) fn lost(code: &'static str, pointer: &str) -> Lost {
    Lost {
        code,
        pointer: pointer.to_owned(),
        parameter: None,
    }
}

// === impl Fake ===

impl Default for Fake {
    /// Offers everything, sends the canonical body as it is and takes the native body for the resource.
    fn default() -> Self {
        Self {
            offers: None,
            bases: Vec::new(),
            tells_versions: false,
            lifetimes: Vec::new(),
            legs: Vec::new(),
            on_request: Box::new(|seen| Ok(seen.request())),
            on_answer: Box::new(|_, answer| {
                let body = std::str::from_utf8(answer.body).unwrap();
                let outcome = if body.is_empty() {
                    Outcome::default()
                } else {
                    outcome(body)
                };
                Answered::Outcome(Box::new(outcome))
            }),
            on_events: Box::new(|_| Vec::new()),
            seen: Mutex::default(),
        }
    }
}

impl Fake {
    pub(crate) fn offering(offers: &'static [&'static str]) -> Self {
        Self {
            offers: Some(offers),
            ..Self::default()
        }
    }

    /// Every answer means this.
    pub(crate) fn meaning(answered: Answered) -> Self {
        Self {
            on_answer: Box::new(move |_, _| answered.clone()),
            ..Self::default()
        }
    }

    /// Every call is translated with these losses.
    pub(crate) fn losing(losses: Vec<Lost>) -> Self {
        Self {
            on_request: Box::new(move |seen| {
                Ok(NativeRequest {
                    losses: losses.clone(),
                    ..seen.request()
                })
            }),
            ..Self::default()
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

fn id(operation: OperationIndex) -> &'static str {
    &CATALOG.at(operation).unwrap().id
}

// === impl Seen ===

impl Seen {
    fn of(call: &Call<'_>, base: Option<&NativeAnswer<'_>>) -> Self {
        let own = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let inputs = call
            .inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            operation: id(call.operation).to_owned(),
            inputs: inputs.collect(),
            body: call.body.map(own),
            limit: call.page.limit,
            cursor: call.page.cursor.map(str::to_owned),
            base: base.map(|base| own(base.body)),
            caller: (
                call.context.caller_kind.map(str::to_owned),
                call.context.caller_id.map(str::to_owned),
            ),
            if_match: call.context.if_match.map(str::to_owned),
            nonce: call.context.nonce,
        }
    }

    /// The request that says what was asked.
    pub(crate) fn request(&self) -> NativeRequest {
        NativeRequest {
            route: RouteIndex(0),
            method: "POST",
            target: format!("/{}", self.operation),
            headers: vec![("x-fake".into(), b"1".to_vec())],
            body: self.body.clone().map(String::into_bytes),
            content_type: Some("text/xml".into()),
            accept: Some("text/xml".into()),
            losses: Vec::new(),
            lost: 0,
            says_nothing: false,
        }
    }

    pub(crate) fn inputs(&self) -> Vec<(&str, &str)> {
        self.inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

impl Translate for Fake {
    fn offers(&self, operation: OperationIndex) -> bool {
        self.offers
            .is_none_or(|offers| offers.contains(&id(operation)))
    }

    fn needs_base(&self, call: &Call<'_>) -> Option<OperationIndex> {
        self.base_of(call.operation)
    }

    fn lifetime(&self, operation: OperationIndex) -> Option<Duration> {
        let operation = id(operation);
        let mut known = self.lifetimes.iter();
        let (_, lifetime) = known.find(|(known, _)| *known == operation)?;
        Some(*lifetime)
    }

    fn knows_repetitions(&self) -> bool {
        true
    }

    fn tells_versions(&self, _: OperationIndex) -> bool {
        self.tells_versions
    }

    fn sends_condition(&self, _: &Call<'_>, _: Option<&NativeAnswer<'_>>) -> bool {
        self.tells_versions
    }

    fn request(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused> {
        let seen = Seen::of(call, base);
        self.seen.lock().unwrap().push(seen.clone());
        (self.on_request)(&seen)
    }

    fn base_of(&self, operation: OperationIndex) -> Option<OperationIndex> {
        let of = id(operation);
        let (_, base) = self.bases.iter().find(|(operation, _)| *operation == of)?;
        CATALOG.operation(base).map(|(index, _)| index)
    }

    fn course(
        &self,
        _: &Call<'_>,
        _: Option<&NativeAnswer<'_>>,
    ) -> Result<Option<Course>, Refused> {
        Ok((!self.legs.is_empty()).then(|| Course {
            legs: self.legs.clone(),
            ..Course::default()
        }))
    }

    fn step(
        &self,
        call: &Call<'_>,
        _: StepIndex,
        _: &[Earlier<'_>],
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused> {
        self.request(call, base)
    }

    fn answer(&self, call: &Call<'_>, _: RouteIndex, answer: &NativeAnswer<'_>) -> Answered {
        (self.on_answer)(&Seen::of(call, None), answer)
    }

    fn events(&self, document: &ReceivedDocument<'_>, _: &Context<'_>) -> Vec<Event> {
        (self.on_events)(document)
    }

    fn sent_with_care(&self, _: &Call<'_>, _: RouteIndex, _: &[u8]) -> Vec<String> {
        Vec::new()
    }

    fn read_with_care(&self, _: &Call<'_>, _: OperationIndex, _: &NativeAnswer<'_>) -> Vec<String> {
        Vec::new()
    }
}
