//! What a sandbox names: operations, places, types, cases and calls (M101, M103, M303).

use super::calls::problem;
use super::literals::{comparisons, scalar};
use super::requests::{Offer, offers};
use crate::diag::nearest::{did_you_mean, known_names, offered};
use crate::diag::{Code, Diagnostic, Report, Spanned};
use crate::mapping::ast::{AppendValue, Curl, Effect, Named, SandboxFile, Text, Value};
use crate::mapping::compile::literal::judge;
use crate::mapping::schema;
use crate::mapping::survey::Survey;
use crate::mapping::syntax::Path;
use crate::model::shape::ShapeId;

/// Checks the sandbox of a folder.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let Some(sandbox) = &survey.set.sandbox else {
        return;
    };
    settings(survey, sandbox, report);
    if let Some(file) = survey.file()
        && file.name.value != sandbox.upstream.value
    {
        let message = format!(
            "there is no upstream `{}` in this folder",
            sandbox.upstream.value
        );
        report.push(
            Diagnostic::new(Code::M103, sandbox.upstream.span, message)
                .help(format!(
                    "write `sandbox: {}`, as `upstream:` says",
                    file.name.value
                ))
                .note(file.name.span, "the upstream of the folder"),
        );
    }
    for lines in &sandbox.effects {
        let found = offers(survey).find(|offer| *offer.canonical.id == *lines.name.value);
        match found {
            Some(offer) => {
                for line in &lines.value {
                    Line {
                        survey,
                        offer: &offer,
                        report,
                    }
                    .check(line);
                }
            }
            None => report.push(not_offered(survey, &lines.name)),
        }
    }
    for curl in &sandbox.curl {
        report.extend(call(survey, curl));
    }
    for body in sandbox.records.iter().flat_map(|record| &record.body) {
        let name = body.name.to_string();
        if survey.compiler.mapping(&name).is_none() {
            let known = survey
                .set
                .mappings
                .iter()
                .map(|file| file.name.value.as_str());
            report.push(
                Diagnostic::new(
                    Code::M103,
                    body.span,
                    format!("there is no mapping `{name}`"),
                )
                .help(offered(&name, known)),
            );
        }
    }
}

/// Settings that the upstream does not ask for, or that have another value than it allows.
fn settings(survey: &Survey<'_>, sandbox: &SandboxFile, report: &mut Report) {
    let Some(file) = survey.file() else { return };
    for given in &sandbox.settings {
        let name = &given.name.value;
        if !file.settings.iter().any(|asked| asked.name.value == *name) {
            let known = file.settings.iter().map(|asked| asked.name.value.as_str());
            report.push(
                Diagnostic::new(
                    Code::M103,
                    given.name.span,
                    format!("there is no setting `{name}`"),
                )
                .help("settings are asked for under `settings` of the upstream's file")
                .maybe_help(did_you_mean(name, known)),
            );
        }
    }
}

fn not_offered(survey: &Survey<'_>, name: &Text) -> Diagnostic {
    let file = survey.file().into_iter().flat_map(|file| &file.operations);
    let known: Vec<&str> = file.map(|one| one.name.value.as_str()).collect();
    let message = format!("the upstream has no operation `{}`", name.value);
    Diagnostic::new(Code::M103, name.span, message).help(offered(&name.value, known))
}

/// A call to try is one of the canonical operations.
fn call(survey: &Survey<'_>, curl: &Curl) -> Option<Diagnostic> {
    let target = &curl.call.target;
    let path = target.value.split('?').next().unwrap_or_default();
    let fits = |pattern: &str| {
        let pattern = format!("/v1{pattern}");
        let (left, right) = (pattern.split('/'), path.split('/'));
        left.clone().count() == right.clone().count()
            && left
                .zip(right)
                .all(|(one, other)| one == other || (one.starts_with('{') && !other.is_empty()))
    };
    let mut operations = survey.catalog.operations.iter();
    let known = operations
        .any(|operation| operation.method == curl.call.method.value && fits(&operation.path));
    (!known).then(|| {
        let message = format!("no canonical operation has the path `{path}` with this method");
        Diagnostic::new(Code::M103, target.span, message)
            .help("`interlingua schema` lists the operations; their paths begin with `/v1`")
    })
}

/// A line of an operation's effects.
struct Line<'l, 'a> {
    survey: &'l Survey<'a>,
    offer: &'l Offer<'a>,
    report: &'l mut Report,
}

impl Line<'_, '_> {
    fn check(&mut self, line: &Effect) {
        if let Some(when) = &line.when {
            for path in when.paths() {
                self.source(path);
            }
            for (path, literals) in comparisons(when) {
                self.compared(path, literals);
            }
        }
        for (path, value) in line.require.iter().chain(&line.remember) {
            self.source(path);
            self.value(value, &[]);
        }
        let changed = self.changed();
        for (path, value) in &line.set {
            self.place(path, &changed, value);
        }
        for made in &line.append {
            self.made(made);
        }
        self.report.extend(line.problem.as_ref().and_then(problem));
        self.report
            .extend(line.answer.as_ref().and_then(|name| self.case(name)));
    }

    fn compared(&mut self, path: &Path, literals: &[Spanned<String>]) {
        if let Some(scalar) = scalar(self.survey, self.offer, path) {
            let what = path.to_string();
            for literal in literals {
                let fault = judge(&scalar, &literal.value, literal.span, &what, false);
                self.report.extend(fault);
            }
        }
    }

    /// The types that the record of the operation may have: what is answered, sent, or read at the same path.
    fn changed(&self) -> Vec<ShapeId> {
        let own = self.offer.canonical;
        let operations = &self.survey.catalog.operations;
        let above = |path: &str| {
            own.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let beside = operations
            .iter()
            .filter(|other| above(&other.path) && other.path.contains('{'));
        let mut names: Vec<&str> = own.answer_type().into_iter().collect();
        names.extend(own.body.as_deref());
        names.extend(beside.filter_map(|other| other.answer_type()));
        names.extend(
            own.within
                .as_ref()
                .and_then(|within| within.place.first_name()),
        );
        let model = &self.survey.catalog.canonical;
        names
            .into_iter()
            .filter_map(|name| model.definition(name))
            .collect()
    }

    fn made(&mut self, made: &Named<AppendValue>) {
        let model = &self.survey.catalog.canonical;
        let name = &made.name;
        let Some(shape) = model.definition(&name.value) else {
            let known = model.definitions().map(|(name, _)| name);
            let message = format!("the model has no type `{}`", name.value);
            return self.report.push(
                Diagnostic::new(Code::M101, name.span, message).help(offered(&name.value, known)),
            );
        };
        match &made.value {
            AppendValue::Place(path) => self.source(path),
            AppendValue::Places(places) => {
                for (path, value) in places {
                    self.place(path, &[shape], value);
                }
            }
        }
    }

    /// A place of one of some types, and what is put there.
    fn place(&mut self, path: &Path, roots: &[ShapeId], value: &Value) {
        let model = &self.survey.catalog.canonical;
        let mut found = roots.iter().map(|root| schema::path(model, *root, path));
        let held = found.clone().find_map(Result::ok);
        match (held, found.next()) {
            (Some(held), _) => self.value(value, &[held.shape]),
            (None, Some(Err(unknown))) => self.report.push(unknown.diagnostic(Code::M101)),
            (None, _) => {}
        }
    }

    fn value(&mut self, value: &Value, held: &[ShapeId]) {
        match value {
            Value::Place(path) => self.source(path),
            Value::Literal(literal) => {
                let model = &self.survey.catalog.canonical;
                for shape in held.iter().map(|shape| model.get(*shape)) {
                    if let Some(scalar) = shape.scalar() {
                        let (text, what) = (&literal.value, &shape.name);
                        self.report
                            .extend(judge(scalar, text, literal.span, what, false));
                    }
                }
            }
        }
    }

    /// A place that values and conditions may name.
    fn source(&mut self, path: &Path) {
        let rest = Path {
            steps: path.steps.iter().skip(1).cloned().collect(),
            span: path.span,
        };
        let roots = match path.first_name() {
            Some("body") => self.offer.body.into_iter().collect(),
            Some("current") => self.changed(),
            Some("remembered") => return self.source(&rest),
            _ => return,
        };
        let model = &self.survey.catalog.canonical;
        let mut found = roots.iter().map(|root| schema::path(model, *root, &rest));
        if found.clone().all(|found| found.is_err())
            && let Some(Err(unknown)) = found.next()
        {
            self.report.push(unknown.diagnostic(Code::M101));
        }
    }

    /// A case whose native document is the answer.
    fn case(&self, name: &Text) -> Option<Diagnostic> {
        let cases = || {
            let own = &*self.offer.canonical.id;
            let cases = self.survey.set.cases.iter();
            cases.filter(move |case| *case.file.operation.value == *own)
        };
        if cases().any(|case| case.name == name.value) {
            return None;
        }
        let message = format!("`{}` has no case `{}`", self.offer.canonical.id, name.value);
        Some(
            Diagnostic::new(Code::M103, name.span, message)
                .help(format!(
                    "cases of it stand in `cases/{}/`",
                    self.offer.canonical.id
                ))
                .maybe_help(known_names(
                    &name.value,
                    cases().map(|case| case.name.as_str()),
                )),
        )
    }
}
