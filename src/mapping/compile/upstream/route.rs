//! Routes: the request shapes of an operation.

use super::Names;
use super::answer::{self, Answer};
use super::body::{Bodies, Body};
use super::clears::Clears;
use super::cond::{self, Cond};
use super::envelope::Envelope;
use super::param::{self, Names as ParamNames, Param};
use super::shared::{self, SharedList};
use super::source::{Lookup, Place, Source};
use super::template::{self, Piece, Template};
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{self, Message, Rule};
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::Compiler;
use crate::mapping::syntax::{Method, Part, Path};
use crate::model::shape::{Sensitivity, ShapeId};

/// A request shape.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) when: Option<Cond>,
    pub(crate) method: Method,
    pub(crate) path: Template,
    /// The same between slashes.
    pub(crate) segments: Vec<Template>,
    /// Names and values of the call's own query.
    pub(crate) query: Vec<(Box<str>, Template)>,
    pub(crate) params: Vec<Param>,
    pub(crate) headers: Vec<Param>,
    pub(crate) body: Option<RouteBody>,
    pub(crate) same_call_as: Option<OperationIndex>,
    /// Answers tried before those of the operation.
    pub(crate) answers: Vec<Answer>,
    /// Inputs that the request holds, or that a condition pins to one value.
    pub(crate) carried_inputs: Vec<Box<str>>,
    /// Places of the body that stand outside the native body, or are pinned.
    pub(crate) carried: Vec<Place>,
    /// Names of path and query, as error answers call them, with what they hold.
    pub(crate) url_names: Vec<(Box<str>, Source)>,
    /// The most careful place of the body that stands in path or query.
    pub(crate) in_url: Option<Place>,
    /// The operator has this upstream's URLs without it: the route is none for the client role.
    pub(crate) is_off: bool,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) struct RouteBody {
    pub(crate) body: Body,
    /// The canonical document of the plan holds the body beside inputs and context.
    pub(crate) enveloped: Option<Envelope>,
    /// Places that the absence of a native member clears, in an update of an upstream whose updates do so.
    pub(crate) clearable: Vec<Vec<Box<str>>>,
    /// Lists that go out whole when a patch names them in part.
    pub(crate) shared: Vec<SharedList>,
}

/// What a route is compiled with.
pub(super) struct Around<'r> {
    pub(super) names: &'r Names<'r>,
    pub(super) bodies: &'r Bodies<'r>,
    pub(super) lookup: Lookup<'r>,
    pub(super) further: &'r [Rule],
    /// Rules that write the page into the body.
    pub(super) page: &'r [Rule],
    pub(super) clears: Clears<'r>,
    /// The type of the part of the body that the call is about.
    pub(super) part: Option<ShapeId>,
}

/// Compiles a route; a fault is reported and gives `None`.
pub(super) fn compile(
    route: &ast::Route,
    around: &Around<'_>,
    report: &mut Report,
) -> Option<Route> {
    let lookup = &around.lookup;
    let compiler = &around.bodies.compiler;
    let when = match &route.when {
        Some(when) => Some(cond::compile(when, lookup, report)?),
        None => None,
    };
    let path = template::compile(&route.call.path, lookup, report);
    let mut query = Vec::new();
    for pair in &route.call.query {
        if let Some(value) = template::compile(&pair.value, lookup, report) {
            query.push((pair.name.value.as_str().into(), value));
        }
    }
    let mut params =
        |rules, names| param::compile(rules, names, Message::Request, lookup, compiler, report);
    let (params, headers) = (
        params(&route.query, ParamNames::Query),
        params(&route.headers, ParamNames::Headers),
    );
    let body = match &route.body {
        Some(said) => Some(body(route, said, around, report)?),
        None => None,
    };
    let same_call_as = match &route.same_call_as {
        Some(name) => Some(around.names.operation(name, report)?),
        None => None,
    };
    let answers = answer::compile(
        &route.answers,
        around.further,
        around.names,
        around.bodies,
        &answers_lookup(around),
        report,
    );
    let path = path?;
    let mut compiled = Route {
        when,
        method: route.call.method.value,
        segments: path.segments(),
        path,
        query,
        params,
        headers,
        body,
        same_call_as,
        answers,
        carried_inputs: Vec::new(),
        carried: Vec::new(),
        url_names: url_names(route, lookup),
        in_url: None,
        is_off: false,
    };
    compiled.note_carried();
    compiled.in_url = compiled.careful_in_url().cloned();
    url_sensitivity(&compiled, route, report);
    Some(compiled)
}

/// What error answers call the variables of path and query.
fn url_names(route: &ast::Route, lookup: &Lookup<'_>) -> Vec<(Box<str>, Source)> {
    let variables = |template: &crate::mapping::syntax::Template| {
        let of = |part: &Part| match part {
            Part::Variable(variable) => Some(variable.clone()),
            Part::Literal(_) => None,
        };
        template.parts.iter().filter_map(of).collect::<Vec<_>>()
    };
    let mut names = Vec::new();
    let mut note = |name: Option<&str>, variable: &crate::mapping::syntax::Variable| {
        let own = variable.path.steps.last().map(|step| step.name.as_str());
        let renamed = variable.rename.as_ref().map(|name| name.value.as_str());
        // What is unknown here is told where the template is compiled.
        if let Some(source) = lookup.source(&variable.path, &mut Report::new())
            && let Some(name) = renamed.or(name).or(own)
        {
            names.push((name.into(), source));
        }
    };
    for variable in variables(&route.call.path) {
        note(None, &variable);
    }
    for pair in &route.call.query {
        for variable in variables(&pair.value) {
            note(Some(&pair.name.value), &variable);
        }
    }
    names
}

/// Paths of answers may name the outcome too.
fn answers_lookup<'r>(around: &Around<'r>) -> Lookup<'r> {
    Lookup {
        outcome: around.bodies.outcome,
        ..around.lookup
    }
}

fn body(
    route: &ast::Route,
    said: &crate::mapping::syntax::DocumentRef,
    around: &Around<'_>,
    report: &mut Report,
) -> Option<RouteBody> {
    let lookup = &around.lookup;
    let of_body = |rule: &Rule| {
        rule.places
            .iter()
            .all(|place| place.first_name() == Some("body"))
    };
    if let (Some(_), Some(rule)) = (around.part, route.fields.first()) {
        report.push(beside_part(rule));
        return None;
    }
    if route.fields.iter().all(of_body)
        && around.page.is_empty()
        && let Some(canonical) = around.part.or(lookup.body)
    {
        let fields: Vec<Rule> = route.fields.iter().map(without_body).collect();
        let bodies = Bodies {
            merges: around.clears.merges,
            ..*around.bodies
        };
        let body = bodies.request(said, &fields, canonical, report)?;
        let clearable = around
            .clears
            .places(&body, canonical, &around.bodies.compiler);
        let replaces = around.clears.replaces && around.part.is_none();
        return Some(RouteBody {
            shared: if replaces {
                shared::lists(&body, &around.bodies.compiler)
            } else {
                Vec::new()
            },
            body,
            enveloped: None,
            clearable,
        });
    }
    let fields: Vec<Rule> = route.fields.iter().chain(around.page).cloned().collect();
    let (shapes, canonical, envelope) = Envelope::shapes(lookup, &fields);
    let bodies = Bodies {
        compiler: Compiler {
            canonical: &shapes,
            ..around.bodies.compiler
        },
        known: None,
        merges: around.clears.merges,
        ..*around.bodies
    };
    let body = bodies.wrapped(said, &fields, canonical, report)?;
    let clearable = around.clears.places(&body, canonical, &bodies.compiler);
    let shared = if around.clears.replaces {
        shared::lists_below(&body, &bodies.compiler, "body")
    } else {
        Vec::new()
    };
    Some(RouteBody {
        shared,
        body,
        enveloped: Some(envelope),
        clearable,
    })
}

fn beside_part(rule: &Rule) -> Diagnostic {
    let why = "the body of a part has no rules beside its mapping";
    Diagnostic::new(Code::M215, rule.key, why)
        .help("put the rule into the mapping, or send the value in the URL or a header")
}

/// The same rule from the body's own root.
fn without_body(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    for place in &mut rule.places {
        *place = Path {
            steps: place.steps.get(1..).unwrap_or_default().to_vec(),
            span: place.span,
        };
    }
    rule
}

/// Personal data stands in a URL only with a reason (M404).
fn url_sensitivity(compiled: &Route, route: &ast::Route, report: &mut Report) {
    if route.in_url.is_some() {
        return;
    }
    let span: Span = route.call.span;
    for place in compiled.care_in_url() {
        let message = format!("`{}` needs care and would stand in a URL", place.text);
        report.push(Diagnostic::new(Code::M404, span, message).help(
            "say why with `in-url: { path: ..., why: ... }`, or send it in a header or in the body",
        ));
    }
}

// === impl Route ===

impl Route {
    /// Gives the places of the body that need care and stand in path or query.
    pub(crate) fn care_in_url(&self) -> impl Iterator<Item = &Place> {
        let templates =
            std::iter::once(&self.path).chain(self.query.iter().map(|(_, value)| value));
        let of_templates = templates.flat_map(|template| template.sources());
        let of_params = self.params.iter().flat_map(|param| &param.sources);
        of_templates
            .chain(of_params)
            .filter_map(|source| match source {
                Source::Body(place) if place.sensitivity > Sensitivity::None => Some(place),
                _ => None,
            })
    }

    fn careful_in_url(&self) -> Option<&Place> {
        self.care_in_url().max_by_key(|place| place.sensitivity)
    }

    fn note_carried(&mut self) {
        let mut inputs = Vec::new();
        let mut places = Vec::new();
        let mut note = |source: &Source| match source {
            Source::Input(name) => inputs.push(name.clone()),
            Source::Body(place) => places.push(place.clone()),
            Source::Current(_)
            | Source::Outcome(_)
            | Source::Context(_)
            | Source::Setting(_)
            | Source::Nothing => {}
        };
        self.path.sources().for_each(&mut note);
        self.query
            .iter()
            .flat_map(|(_, value)| value.sources())
            .for_each(&mut note);
        self.params
            .iter()
            .chain(&self.headers)
            .flat_map(|param| &param.sources)
            .for_each(&mut note);
        if let Some(when) = &self.when {
            when.pins().into_iter().for_each(|(source, _)| note(source));
        }
        if let Some(envelope) = self.body.as_ref().and_then(|body| body.enveloped.as_ref()) {
            inputs.extend(envelope.inputs.iter().cloned());
        }
        self.carried_inputs = inputs;
        self.carried = places;
    }

    /// Gives every place that the request is made of.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let templates =
            std::iter::once(&self.path).chain(self.query.iter().map(|(_, value)| value));
        let params = self.params.iter().chain(&self.headers);
        let conditions = self.when.iter().flat_map(Cond::sources);
        templates
            .flat_map(|template| template.sources())
            .chain(params.flat_map(|param| &param.sources))
            .chain(conditions)
    }

    /// Gives the names of the query that must stand there: those of templates and those that `when` asks for.
    pub(crate) fn required_names(&self) -> Vec<&str> {
        let needed = self.when.iter().flat_map(Cond::needs).collect::<Vec<_>>();
        let templated = self
            .query
            .iter()
            .filter(|(_, value)| !value.is_fixed())
            .map(|(name, _)| &**name);
        let asked = self
            .params
            .iter()
            .filter(|param| param.sources.iter().any(|source| needed.contains(&source)))
            .filter_map(|param| param.names.first())
            .map(|name| &**name);
        templated.chain(asked).collect()
    }

    /// Gives what orders routes that fit one request: for each segment whether it is a variable.
    pub(crate) fn variables(&self) -> Vec<bool> {
        self.segments
            .iter()
            .map(|segment| segment.pieces.iter().any(|piece| matches!(piece, Piece::Value { source, .. } if !matches!(source, Source::Setting(_)))))
            .collect()
    }
}
