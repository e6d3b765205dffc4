//! Rules of values: the places, the chain between them, and the mappings that a chain names.

use super::{Expander, Roots, RuleKind, Scope, is_status};
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::ast::{self, Message};
use crate::mapping::compile::place::Place;
use crate::mapping::convert::Joined;
use crate::mapping::plan::{Fan, NONE};
use crate::model::shape::Kind;

impl<'a> Expander<'_, 'a> {
    pub(super) fn value(
        &mut self,
        rule: &'a ast::Rule,
        text: &'a crate::mapping::syntax::RuleText,
        canonical: Vec<Place>,
        roots: &Roots,
        scope: &mut Scope,
    ) {
        let mut native = Vec::new();
        for path in &text.places {
            if is_status(path) && self.message == Message::Response {
                native.push(Place::status(scope.native));
                continue;
            }
            match self.native(path, roots, scope) {
                Some(place) => native.push(place),
                None => {
                    // What is wrong behind the place is told as well.
                    if text.chain.iter().all(|call| call.name.value != "map") {
                        let _ = self.chain(&text.chain, false);
                    }
                    return;
                }
            }
        }
        let map = text.chain.iter().find(|call| call.name.value == "map");
        if let (Some(map), [canonical], [native]) = (map, canonical.as_slice(), native.as_slice()) {
            let at = Roots {
                canonical: canonical.clone(),
                native: native.clone(),
                ..roots.clone()
            };
            self.map(map, at, scope);
            return;
        }
        let chain = self.chain(&text.chain, rule.lossy.is_some());
        let Some(chain) = chain else { return };
        let Some(names_field) = self.places(chain, (&canonical, &native), text.span, scope) else {
            return;
        };
        let also = self.also(rule, roots, scope);
        let default = rule.default.as_ref().and_then(|default| {
            let text = match &default.value {
                ast::DefaultValue::Literal(text) => text.as_str(),
                ast::DefaultValue::Setting(name) => self.compiler.setting(name)?,
            };
            let mut places = canonical.iter();
            // What is written without a look is judged here.
            places
                .all(|place| self.holds(place, scope, text, default.span))
                .then(|| text.into())
        });
        let kind = RuleKind::Value {
            chain,
            also,
            default,
            report_invalid: rule.invalid.is_some(),
        };
        self.push(
            rule.key,
            canonical,
            native,
            kind,
            rule.lossy.is_some(),
            roots,
            scope,
        );
        if names_field && let Some(rule) = scope.rules.last_mut() {
            // The pointer is found where the call is known.
            rule.silent |= 1;
        }
    }

    /// Tells a chain the numbers of its rule's places, and whether it names a field; `None` where that cannot stand.
    fn places(
        &mut self,
        chain: u16,
        (canonical, native): (&[Place], &[Place]),
        span: Span,
        scope: &Scope,
    ) -> Option<bool> {
        let narrow = |places: &[Place]| u8::try_from(places.len()).unwrap_or(u8::MAX);
        let Some(chain) = self.chains.get_mut(usize::from(chain)) else {
            return Some(false);
        };
        chain.places = (narrow(native), narrow(canonical));
        let names_field = matches!(&chain.fan, Some(Fan::Joined(Joined::FieldName(_))));
        if names_field && !self.is_field_error(canonical, scope) {
            let message = "`field-name` stands where no error of a field is";
            self.report.push(Diagnostic::new(Code::M250, span, message).help(
                "in a mapping to `Problem`, below `errors`: `pointer + nativeField: ... | field-name(leaf)`",
            ));
            return None;
        }
        Some(names_field)
    }

    /// The further places of a value, each with its chain.
    fn also(&mut self, rule: &'a ast::Rule, roots: &Roots, scope: &Scope) -> Vec<(Place, u16)> {
        let mut also = Vec::new();
        let Some(text) = &rule.also else { return also };
        for path in &text.places {
            let place = self.native(path, roots, scope);
            let chain = self.chain(&text.chain, false);
            if let (Some(place), Some(chain)) = (place, chain) {
                also.push((place, chain));
            }
        }
        also
    }

    /// True if the places are those of an error of a field, in a problem.
    fn is_field_error(&self, places: &[Place], scope: &Scope) -> bool {
        let names: Vec<String> = places
            .iter()
            .map(|place| place.text(self.compiler.canonical, scope.canonical))
            .collect();
        self.of_problem && names == ["pointer", "nativeField"]
    }

    /// A chain of converters; `None` if a fault was reported, [`NONE`] for an empty one.
    pub(super) fn chain(
        &mut self,
        calls: &[crate::mapping::syntax::ConverterCall],
        lossy: bool,
    ) -> Option<u16> {
        if calls.is_empty() {
            return Some(NONE);
        }
        let mut chain = self.compiler.chain(calls, self.report)?;
        chain.lossy = lossy;
        let index = u16::try_from(self.chains.len()).ok()?;
        self.chains.push(chain);
        Some(index)
    }

    /// Expands another mapping at two places.
    fn map(
        &mut self,
        call: &crate::mapping::syntax::ConverterCall,
        mut roots: Roots,
        scope: &mut Scope,
    ) {
        let Some(arg) = call.args.first() else {
            self.report.push(
                Diagnostic::new(Code::M103, call.span, "`map` names no mapping")
                    .help("write `map(address)`"),
            );
            return;
        };
        let name = arg.value.text();
        let Some(mapping) = self.compiler.mapping(&name.value) else {
            self.compiler
                .unknown_mapping(&name.value, name.span, self.report);
            return;
        };
        if !self.takes(mapping, call.span, &roots, scope) {
            return;
        }
        if matches!(
            self.compiler
                .canonical
                .get(roots.canonical.shape(scope.canonical))
                .kind,
            Kind::Any
        ) && let Some(shape) = mapping
            .canonical
            .as_ref()
            .and_then(|name| self.compiler.canonical.definition(&name.value))
        {
            roots.canonical = roots.canonical.reshaped(shape);
        }
        self.mapping(mapping, &roots, scope);
    }
}
