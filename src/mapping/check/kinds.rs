//! What stands at a place, as converters see it.

use crate::mapping::convert::ValueType;
use crate::model::shape::{Form, Format, Kind, Scalar, ShapeId, Shapes};

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    /// Whatever there is, as it stands.
    Anything,
    Object,
    List,
    /// One value of one of these types.
    Value(Vec<ValueType>),
}

/// What a shape holds.
pub(super) fn holds(shapes: &Shapes, shape: ShapeId) -> Holds {
    match &shapes.get(shape).kind {
        Kind::Any => Holds::Anything,
        Kind::Object(_) => Holds::Object,
        Kind::List(_) => Holds::List,
        Kind::Scalar(scalar) => Holds::Value(types(scalar)),
    }
}

/// The types of a scalar's value.
pub(super) fn types(scalar: &Scalar) -> Vec<ValueType> {
    let format = scalar.format.filter(|_| scalar.form == Form::Text);
    let own = match format {
        // Carried as a lexeme, whether the other side has a number or a text.
        Some(Format::Decimal) => return vec![ValueType::Text, ValueType::Number],
        Some(Format::Id) => ValueType::Id,
        Some(Format::Date) => ValueType::Date,
        Some(Format::DateTime) => ValueType::DateTime,
        Some(Format::Month) => ValueType::Month,
        Some(Format::LanguageTag) => ValueType::Language,
        Some(Format::Country) => ValueType::Country,
        Some(Format::Phone) => ValueType::Phone,
        Some(Format::CurrencyCode | Format::Region | Format::Email | Format::Pointer) | None => {
            of_form(scalar.form)
        }
    };
    let mut types = vec![own];
    types.extend(scalar.also.map(of_form));
    types
}

const fn of_form(form: Form) -> ValueType {
    match form {
        Form::Text => ValueType::Text,
        Form::Integer => ValueType::Integer,
        Form::Number => ValueType::Number,
        Form::Boolean => ValueType::Boolean,
    }
}

/// Tells whether a native value may stand at a canonical place without a converter, and the reverse.
pub(super) fn moves(native: ValueType, canonical: ValueType) -> bool {
    native.fits(canonical) && (!native.is_text() || canonical.is_text())
}

/// Tells whether the schema leaves a text open: no list of values, no pattern, no format.
pub(super) fn is_open_text(shapes: &Shapes, shape: ShapeId) -> bool {
    shapes.get(shape).scalar().is_some_and(|scalar| {
        scalar.form == Form::Text
            && scalar.values.is_empty()
            && scalar.constant.is_none()
            && scalar.pattern.is_none()
            && scalar.format.is_none()
    })
}

/// The types in words, with an article.
pub(super) fn words(types: &[ValueType]) -> String {
    let names: Vec<&str> = types.iter().map(|one| one.name()).collect();
    let article = match types.first() {
        Some(ValueType::Integer | ValueType::Id) => "an",
        _ => "a",
    };
    format!("{article} {}", names.join(" or "))
}
