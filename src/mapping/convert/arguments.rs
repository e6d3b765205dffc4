//! The arguments of a converter as a mapping gives them, and what is said when they are wrong.

use std::fmt;

use super::info::{Info, Parameter};

/// One argument, a setting already replaced by its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument<'a> {
    /// Its name, if it is written with one (`zone=UTC`).
    pub name: Option<&'a str>,
    /// Its value. Empty where the operator left out the optional setting that it names.
    pub value: &'a str,
}

/// A converter that cannot be made of what the mapping says. Never holds an argument's value: it may be a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    /// The name of the converter, as the mapping writes it.
    pub converter: Box<str>,
    /// Which argument is at fault, counted from 0; `None` if one is missing or the converter is unknown.
    pub argument: Option<usize>,
    /// What is wrong and what is allowed, in a sentence without the converter's name.
    pub message: Box<str>,
}

/// Takes the arguments of one converter apart by the parameters of its description.
#[derive(Debug)]
pub(super) struct Arguments<'a> {
    info: &'static Info,
    given: &'a [Argument<'a>],
}

// === impl Argument ===

impl<'a> Argument<'a> {
    /// An argument told by its place.
    #[must_use]
    pub const fn word(value: &'a str) -> Self {
        Self { name: None, value }
    }

    /// An argument written with its name.
    #[must_use]
    pub const fn named(name: &'a str, value: &'a str) -> Self {
        Self {
            name: Some(name),
            value,
        }
    }
}

// === impl BuildError ===

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.converter, self.message)
    }
}

impl std::error::Error for BuildError {}

// === impl Arguments ===

impl<'a> Arguments<'a> {
    /// Checks that every argument belongs to a parameter and every required parameter has an argument.
    pub(super) fn new(info: &'static Info, given: &'a [Argument<'a>]) -> Result<Self, BuildError> {
        let arguments = Self { info, given };
        for (index, argument) in given.iter().enumerate() {
            let Some(parameter) = arguments.parameter_of(index) else {
                return Err(arguments.fault(Some(index), arguments.surplus(argument)));
            };
            let first = arguments.find(parameter.name).map(|(first, _)| first);
            if first != Some(index) {
                return Err(
                    arguments.fault(Some(index), format!("`{}` is given twice", parameter.name))
                );
            }
        }
        for parameter in info
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
        {
            if arguments.find(parameter.name).is_none() {
                let message = format!(
                    "`{}` is missing; it must be {}",
                    parameter.name, parameter.allowed
                );
                return Err(arguments.fault(None, message));
            }
        }
        Ok(arguments)
    }

    /// The value of a parameter, if it was given.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.find(name).map(|(_, value)| value)
    }

    /// The value of a required parameter; [`Self::new`] has seen that it is there.
    pub(super) fn required(&self, name: &str) -> &'a str {
        self.get(name).unwrap_or_default()
    }

    /// The error that the argument of this parameter is not what is allowed.
    pub(super) fn not_allowed(&self, name: &str) -> BuildError {
        let allowed = self
            .info
            .parameters
            .iter()
            .find(|parameter| parameter.name == name);
        let allowed = allowed.map_or("", |parameter| parameter.allowed);
        self.fault(
            self.find(name).map(|(index, _)| index),
            format!("`{name}` must be {allowed}"),
        )
    }

    /// The error about this parameter in words of the converter's own.
    pub(super) fn wrong(&self, name: &str, message: impl Into<Box<str>>) -> BuildError {
        self.fault(self.find(name).map(|(index, _)| index), message)
    }

    /// A parameter that is one of a few words.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, BuildError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let found = words.iter().find(|(word, _)| *word == value);
        found
            .map(|(_, meaning)| Some(*meaning))
            .ok_or_else(|| self.not_allowed(name))
    }

    fn find(&self, name: &str) -> Option<(usize, &'a str)> {
        let mut given = self.given.iter().enumerate();
        given.find_map(|(index, argument)| {
            let parameter = self.parameter_of(index)?;
            (parameter.name == name).then_some((index, argument.value))
        })
    }

    /// The parameter that the argument at `index` is for: by its name, or by its place among those without one.
    fn parameter_of(&self, index: usize) -> Option<&'static Parameter> {
        let mut parameters = self.info.parameters.iter();
        match self.given.get(index)?.name {
            Some(name) => parameters.find(|parameter| parameter.named && parameter.name == name),
            None => {
                let before = self
                    .given
                    .iter()
                    .take(index)
                    .filter(|argument| argument.name.is_none())
                    .count();
                parameters.filter(|parameter| !parameter.named).nth(before)
            }
        }
    }

    fn surplus(&self, argument: &Argument<'_>) -> String {
        let mut names: Vec<String> = Vec::new();
        for parameter in self.info.parameters {
            let mark = if parameter.named { "=" } else { "" };
            names.push(format!("`{}{mark}`", parameter.name));
        }
        let what = match argument.name {
            Some(name) => format!("there is no parameter `{name}=`"),
            None => "this argument is one too many".to_owned(),
        };
        match names.as_slice() {
            [] => format!("{what}; it takes none"),
            names => format!("{what}; it takes {}", names.join(", ")),
        }
    }

    fn fault(&self, argument: Option<usize>, message: impl Into<Box<str>>) -> BuildError {
        BuildError {
            converter: self.info.name.into(),
            argument,
            message: message.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static INFO: Info = Info {
        name: "sample",
        summary: "",
        parameters: &[
            Parameter::required("style", "`a` or `b`"),
            Parameter::optional("case", "`lower`"),
            Parameter::optional("zone", "a zone").with_name(),
        ],
        examples: &[],
    };

    #[test]
    fn places_and_names_find_their_parameters() {
        let given = [
            Argument::named("zone", "UTC"),
            Argument::word("a"),
            Argument::word("lower"),
        ];
        let arguments = Arguments::new(&INFO, &given).unwrap();
        assert_eq!(arguments.required("style"), "a");
        assert_eq!(arguments.get("case"), Some("lower"));
        assert_eq!(arguments.get("zone"), Some("UTC"));
        assert_eq!(
            arguments.choice("style", &[("a", 1), ("b", 2)]),
            Ok(Some(1))
        );
    }

    #[test]
    fn faults_name_the_argument_and_what_is_allowed() {
        let fault = |given: &[Argument<'_>]| Arguments::new(&INFO, given).map(|_| ()).unwrap_err();
        let missing = fault(&[]);
        assert_eq!(
            (missing.argument, &*missing.message),
            (None, "`style` is missing; it must be `a` or `b`")
        );
        let many = fault(&[
            Argument::word("a"),
            Argument::word("lower"),
            Argument::word("x"),
        ]);
        assert_eq!(
            (many.argument, &*many.message),
            (
                Some(2),
                "this argument is one too many; it takes `style`, `case`, `zone=`"
            )
        );
        let unknown = fault(&[Argument::word("a"), Argument::named("case", "lower")]);
        assert_eq!(
            (unknown.argument, &*unknown.message),
            (
                Some(1),
                "there is no parameter `case=`; it takes `style`, `case`, `zone=`"
            )
        );
        let twice = fault(&[
            Argument::word("a"),
            Argument::named("zone", "x"),
            Argument::named("zone", "y"),
        ]);
        assert_eq!(
            (twice.argument, &*twice.message),
            (Some(2), "`zone` is given twice")
        );
        let given = [Argument::word("c")];
        let arguments = Arguments::new(&INFO, &given).unwrap();
        let other = arguments.choice("style", &[("a", 1)]).unwrap_err();
        assert_eq!(other.to_string(), "`sample`: `style` must be `a` or `b`");
    }
}
