//! One call against the law.

use std::collections::BTreeSet;

use crate::engine::exchange::{
    Accepted, Call, Context, Leg, NativeAnswer, NativeRequest, PageRequest, ReceivedContext, Worker,
};
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{Operation, Place, Source, Upstream};
use crate::mapping::plan::Wire;
use crate::proof::atlas::Atlas;
use crate::proof::calls::{self, Made};
use crate::proof::cases::compare;
use crate::proof::compare::{Comparison, Leave};
use crate::proof::random::Random;
use crate::proof::received::{header_lines, understood};
use crate::proof::tree::{Member, Tree};
use crate::proof::trial::tree_of;

/// What two documents of one meaning may differ in: defaults that one says, and how a converter spells a value.
const LEAVE: Leave = Leave {
    more: true,
    spelling: true,
    read_only: false,
};

/// A call with what stands around it.
struct Trial<'t> {
    upstream: &'t Upstream,
    operation: &'t Operation,
    made: &'t Made<'t>,
    /// What was read before the call.
    base: Option<NativeAnswer<'t>>,
}

/// True if the law holds, false if there is no request or not all is in it.
pub(super) fn hold(
    upstream: &Upstream,
    operation: &Operation,
    made: &Made<'_>,
    random: &mut Random,
    worker: &mut Worker,
) -> Result<bool, String> {
    let read_by = upstream.needs_base(&made.call(operation.index), worker);
    let reader = read_by.and_then(|index| upstream.operation(index));
    let base = reader.and_then(|reader| calls::base(reader, random));
    if base.is_none() && read_by.is_some() {
        return Ok(false);
    }
    let trial = Trial {
        upstream,
        operation,
        made,
        base: base.as_ref().map(calls::Base::answer),
    };
    if operation.steps.is_empty() {
        trial.alone(worker)
    } else {
        trial.steps(worker)
    }
}

// === impl Trial ===

impl Trial<'_> {
    /// An operation of one call.
    fn alone(&self, worker: &mut Worker) -> Result<bool, String> {
        let index = self.operation.index;
        let call = self.made.call(index);
        let Ok(request) = self.upstream.request(&call, self.base.as_ref(), worker) else {
            return Ok(false);
        };
        let is_sent = !request.says_nothing;
        if !is_sent || request.lost > 0 || self.upstream.is_same_call(index, request.route) {
            return Ok(false);
        }
        let heard = self.heard(&request, index, worker)?;
        if heard.alone.is_some() {
            return Err(format!(
                "`{}` is understood as another call",
                line(&request)
            ));
        }
        inputs(
            &request,
            self.made.inputs.iter().map(|(name, _)| *name),
            &heard,
        )?;
        if self.says_less() {
            return Ok(true);
        }
        if !self.operation.puts() {
            self.body(&request, &heard)?;
        }
        // What was put into a document is put into it again.
        let own = self.base.filter(|_| self.operation.puts());
        let own = own.zip(request.body.as_deref());
        let own = own.map(|(base, body)| NativeAnswer { body, ..base });
        let base = own.or(self.base);
        let inputs = pairs(&heard);
        let again = self.again(&heard, &inputs);
        let again = self.upstream.request(&again, base.as_ref(), worker).ok();
        self.same(&request, again.as_ref(), own.is_some())?;
        Ok(true)
    }

    /// An operation of several calls, of which each is held that can be met alone.
    fn steps(&self, worker: &mut Worker) -> Result<bool, String> {
        let call = self.made.call(self.operation.index);
        let course = self.upstream.course(&call, self.base.as_ref(), worker);
        let Ok(Some(course)) = course else {
            return Ok(false);
        };
        if course.lost > 0 {
            return Ok(false);
        }
        let mut held = false;
        for leg in &course.legs {
            held |= self.step(leg, worker)?;
        }
        Ok(held)
    }

    /// One of several calls; false if it is not met alone.
    fn step(&self, leg: &Leg, worker: &mut Worker) -> Result<bool, String> {
        let (upstream, index) = (self.upstream, self.operation.index);
        let call = self.made.call(index);
        let rehearsed = upstream.rehearse(&call, leg.step, self.base.as_ref(), worker);
        let Ok((request, given)) = rehearsed else {
            return Ok(false);
        };
        let Some(meant) = upstream.met_as(index, request.route) else {
            return Ok(false);
        };
        let heard = self.heard(&request, meant, worker)?;
        inputs(&request, given.iter().map(|(name, _)| &**name), &heard)?;
        if !self.says_less() {
            self.body(&request, &heard)?;
            let inputs = pairs(&heard);
            let again = self.again(&heard, &inputs);
            let again = upstream.rehearse(&again, leg.step, self.base.as_ref(), worker);
            let again = again.ok().map(|(request, _)| request);
            self.same(&request, again.as_ref(), false)?;
        }
        Ok(true)
    }

    /// True if a request leaves out what the upstream has already, or holds more of a list than was said: what is
    /// understood of it is another patch.
    fn says_less(&self) -> bool {
        let bodies = self.operation.routes.iter();
        let mut bodies = bodies.filter_map(|route| route.body.as_ref());
        let replaces = bodies.any(|body| !body.shared.is_empty());
        (self.operation.merges || replaces) && self.base.is_some()
    }

    /// What is understood of a request, which must be a call of this operation.
    fn heard(
        &self,
        request: &NativeRequest,
        meant: OperationIndex,
        worker: &mut Worker,
    ) -> Result<Accepted, String> {
        let line = line(request);
        let heard = understood(self.upstream, request, None, worker)
            .map_err(|_| format!("`{line}` is understood as no call"))?;
        if heard.operation == meant {
            Ok(heard)
        } else {
            Err(format!("`{line}` is understood as another call"))
        }
    }

    /// The call that was understood.
    fn again<'c>(&'c self, heard: &'c Accepted, inputs: &'c [(&'c str, &'c str)]) -> Call<'c> {
        let empty = self.made.body.as_ref().map(|_| &b"{}"[..]);
        Call {
            operation: self.operation.index,
            inputs,
            body: heard.body.as_deref().or(empty),
            page: PageRequest {
                limit: heard.limit,
                cursor: heard.cursor.as_deref(),
            },
            context: context(self.made.context, &heard.context),
        }
    }

    /// The body that was understood must say what the call said, up to what converters normalise. Of a part of a body only
    /// the document of the part can be compared.
    fn body(&self, request: &NativeRequest, heard: &Accepted) -> Result<(), String> {
        let index = usize::from(request.route.0);
        let is_part = self.operation.part_of(index).is_some();
        let Some(route) = self.operation.routes.get(index).filter(|_| !is_part) else {
            return Ok(());
        };
        let tree = |body: Option<&[u8]>| {
            let tree = body.and_then(|body| tree_of(Wire::Json, body));
            tree.map_or(Tree::Object(Vec::new()), without_nulls)
        };
        let given = tree(self.made.body.as_deref());
        let found = self.unfilled(tree(heard.body.as_deref()), &given);
        let line = line(request);
        for source in route.sources() {
            if let Source::Body(place) = source
                && leaf(&given, place).is_some()
                && leaf(&found, place).is_none()
            {
                return Err(format!(
                    "what is understood of `{line}` lacks `{}`",
                    place.text
                ));
            }
        }
        let Some(body) = &route.body else {
            return Ok(());
        };
        let within = |tree: Tree| match body.enveloped {
            Some(_) => Tree::Object(vec![Member {
                name: "body".to_owned(),
                attribute: false,
                value: tree,
            }]),
            None => tree,
        };
        let atlas = Atlas::new(&body.body.plan);
        let comparison = Comparison::new(&atlas, true, LEAVE, &[]);
        match comparison.differ(&within(given), &within(found)) {
            Some(difference) => Err(format!(
                "what is understood of `{line}` is another body at `{}`: expected {}, found {}",
                difference.pointer, difference.expected, difference.actual
            )),
            None => Ok(()),
        }
    }

    /// What was understood without the members that only repeat inputs of the call.
    fn unfilled(&self, found: Tree, given: &Tree) -> Tree {
        let Tree::Object(mut members) = found else {
            return found;
        };
        members.retain(|member| {
            let mut fills = self.operation.fills.iter();
            let repeats = fills.any(|fill| {
                let mut inputs = self.made.inputs.iter();
                let said = inputs.find(|(name, _)| **name == *fill.input);
                let value = said.map(|(_, value)| *value);
                *fill.member == *member.name && value.is_some() && member.value.text() == value
            });
            !repeats || given.member(&member.name).is_some()
        });
        Tree::Object(members)
    }

    /// The request that is made again must be the same: its line, its headers without order, and its body, byte for byte
    /// where it is a document that was read, else up to what converters and defaults normalise.
    fn same(
        &self,
        request: &NativeRequest,
        again: Option<&NativeRequest>,
        exactly: bool,
    ) -> Result<(), String> {
        let line_of = line(request);
        let makes = |what: String| Err(format!("what is understood of `{line_of}` makes {what}"));
        let Some(again) = again else {
            return makes("no request".to_owned());
        };
        let other = line(again);
        if other != line_of {
            return makes(format!("`{other}`"));
        }
        let headers = |request: &NativeRequest| header_lines(request).join("\n").into_bytes();
        if let Some(difference) = compare::native(&headers(request), &headers(again), true) {
            return makes(format!("other headers, {difference}"));
        }
        let route = self.operation.routes.get(usize::from(request.route.0));
        let (Some(body), Some(one), Some(other)) = (
            route.and_then(|route| route.body.as_ref()),
            &request.body,
            &again.body,
        ) else {
            return match request.body == again.body {
                true => Ok(()),
                false => makes("another body".to_owned()),
            };
        };
        let plan = &body.body.plan;
        let trees = (tree_of(plan.native.wire, one)).zip(tree_of(plan.native.wire, other));
        let atlas = Atlas::new(plan);
        let comparison = Comparison::new(&atlas, false, LEAVE, &[]);
        let difference = trees.and_then(|(one, other)| comparison.differ(&one, &other));
        match difference {
            Some(difference) => makes(format!(
                "another body at `{}`: expected {}, found {}",
                difference.pointer, difference.expected, difference.actual
            )),
            None if exactly && one != other => makes("other bytes of its body".to_owned()),
            None => Ok(()),
        }
    }
}

/// The context of a call as it was understood. Who calls, and under which key, need not be told by a request.
fn context<'c>(made: Context<'c>, heard: &'c ReceivedContext) -> Context<'c> {
    Context {
        request_id: heard.request_id.as_deref().unwrap_or(made.request_id),
        trace_id: heard.trace_id.as_deref().unwrap_or(made.trace_id),
        caller_kind: heard.caller_kind.as_deref().or(made.caller_kind),
        caller_id: heard.caller_id.as_deref().or(made.caller_id),
        idempotency_key: heard.idempotency_key.as_deref().or(made.idempotency_key),
        if_match: heard.if_match.as_deref(),
        ..made
    }
}

fn line(request: &NativeRequest) -> String {
    format!("{} {}", request.method, request.target)
}

fn pairs(heard: &Accepted) -> Vec<(&str, &str)> {
    let inputs = heard.inputs.iter();
    inputs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The same inputs must be understood as were given.
fn inputs<'g>(
    request: &NativeRequest,
    given: impl Iterator<Item = &'g str>,
    heard: &Accepted,
) -> Result<(), String> {
    let given: BTreeSet<&str> = given.collect();
    let found: BTreeSet<&str> = heard.inputs.iter().map(|(name, _)| &**name).collect();
    if given == found {
        return Ok(());
    }
    let line = line(request);
    Err(format!(
        "`{line}` has inputs {given:?} and is understood with {found:?}"
    ))
}

/// The value at a place that selects no item.
fn leaf<'t>(tree: &'t Tree, place: &Place) -> Option<&'t str> {
    let steps = place.steps.iter();
    let mut plain = steps.map(|step| step.item.is_none().then_some(&*step.name));
    plain
        .try_fold(tree, |tree, name| tree.member(name?))?
        .text()
}

/// A null takes away what is there, which a request may say by leaving it out.
fn without_nulls(tree: Tree) -> Tree {
    match tree {
        Tree::Object(members) => {
            let kept = members
                .into_iter()
                .filter(|member| member.value != Tree::Null);
            let clean = kept.map(|member| Member {
                value: without_nulls(member.value),
                ..member
            });
            Tree::Object(clean.collect())
        }
        other => other,
    }
}
