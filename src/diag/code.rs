//! The one registry of faults: number, gravity, title and explanation.
//!
//! A number stays for ever and is never given twice; titles and explanations may become better.

use std::fmt;
use std::str::FromStr;

/// How grave a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The files cannot be used.
    Error,
    /// The files can be used; something is likely to be wrong.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Severity {
    /// Gives the word for it in texts and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! registry {
    ($($name:ident $severity:ident $title:literal $explanation:literal)*) => {
        /// A fault of the registry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Gives its number, such as `M101`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Gives how grave it is unless a diagnostic says otherwise.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// Gives what it is in one line.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Gives why it is a fault and what to do, for `explain` and the manual.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)* }
            }
        }
    };
}

registry! {
    // Reading a mapping file.
    M001 Error "not YAML"
        "The file is not one YAML 1.2 document of maps, lists and texts. Four things go wrong most often: a name that begins with `@` stands without quotes; a template begins with `{`, which opens a map; `[` or `,` stands in a text inside braces, where it ends the text; a colon followed by a blank stands in a text, where it ends a key. Quotes around the whole text help in all four."
    M002 Error "unknown or duplicate key"
        "Keys are a closed list, so that a slip of the finger is a fault and not a rule without effect. A key may stand once in its map."
    M003 Error "merge key or tag"
        "Merge keys (`<<`) and tags (`!x`) are refused: tools read them differently. Anchors and aliases inside one file serve instead, and `include` for rules."
    M004 Error "not a sentence of the mapping language"
        "A place, rule, condition, call or template does not follow its grammar, or ends too early. A ` #` in an unquoted text begins a comment and cuts the text off: put quotes around the whole."
    M006 Error "mapping language over several lines"
        "Places, rules, conditions, calls and templates stand on one line, plain or in quotes, so that every part of them has a line and a column. Block texts (`|`, `>`) and folded lines are refused there."

    // Names.
    M101 Error "unknown canonical place"
        "The path names no member of the canonical type at hand."
    M102 Error "unknown native place"
        "The path names no member of the native definition at hand."
    M103 Error "unknown name"
        "A mapping, fragment, table, converter, view, definition, setting, operation or call of that name does not exist. Names are local to the folder of the upstream."
    M104 Error "variable without a source"
        "A variable of a path or template is no input, setting or place of the context."
    M105 Error "a view that is not narrower"
        "A view may only add `required`, forbid members with `false`, or narrow a type; everything it accepts must be accepted by the definition that it is a view of."

    // Rules.
    M201 Error "two rules write one place"
        "A place that two rules write has two meanings. Several meanings of one element are one rule over several places (`a + b: n | table(t)`)."
    M202 Error "cycle without progress"
        "Fragments include each other in a circle, or mappings map each other without going deeper into the document."
    M203 Error "rule or route that can never run"
        "No shape of the native document has the member, another rule always takes its value, or the routes before this one take every call."
    M210 Error "types do not fit"
        "The two sides of a rule have types, and so have both sides of each converter; the chain between them must fit."
    M211 Error "lossy chain without `lossy`"
        "The converters of the rule lose something. Say what is lost with `lossy:`; losses are counted and can be refused by a caller."
    M212 Error "`lossy` without loss, `in-url` without need"
        "The converters of the rule lose nothing, or `in-url` names a place that needs no reason. A declaration must not outlive its reason."
    M213 Error "parts may hold the separator"
        "A text is taken apart at the first separator. Unless the schema excludes the separator from all parts but the last, what was joined cannot be taken apart again."
    M215 Error "value outside its form"
        "Each key of the language takes one form of value: a place, a rule, one of some words, a number, a list, a map."
    M216 Error "`entries` beside named members"
        "An object that has members of its own is read and written by their names. `entries` without `key` and `value` takes one whose members are all open."
    M217 Error "flag of a cut list where it is not read"
        "`more` is read of a list of the resource itself, in JSON: elsewhere nothing would look at it, and a list that was cut would pass for a whole one."
    M220 Error "cells of a list overlap"
        "The selectors of one list divide it into cells. Two selectors are equal or differ in a constant for a common path; `~=` compares without case."
    M221 Error "variants overlap"
        "A document fits two variants. The conditions of variants exclude each other on both sides."
    M222 Error "variant missing"
        "An alternative of the native union has neither a variant nor a line under `unmapped`."
    M223 Error "variant that never holds"
        "The conditions of the variant cannot be true together, or the variants before it take every document."
    M224 Error "place carried by some variants only"
        "A place that only some variants carry is lost in the others. Say so under `unmapped` of the others."
    M230 Error "guard over a guarded or foreign place"
        "A guard (`when`) names canonical places of rules without a guard in the same mapping, the context and settings: those are filled first."
    M240 Hint "null that cannot be sent"
        "The place may be null, the upstream keeps absent members and has no word for clearing one (`clear: refuse`): a caller who clears it is answered 422 `cannot-clear`."
    M241 Error "composite needs an untouched part"
        "The converter needs all parts of the value, a patch may bring some of them, and the operation reads no `base` to take the others from."
    M242 Hint "conversion of an open text"
        "The native text is not restricted by its schema. A value that does not convert fails the whole answer unless the rule says `invalid: report`."
    M250 Error "`field-name` outside Problem"
        "The converter looks at the request that was sent, which only a mapping to `Problem` can do."

    // Tables.
    M301 Error "native value without a row"
        "The native enumeration has a value that no row of the table knows, and the table refuses unknown values."
    M302 Error "captured code at a writable place"
        "The table keeps the native code at a canonical place that callers may write: a caller could contradict the row. Make the place `readOnly`."
    M303 Error "literal that its place does not hold"
        "A row of a table, a default, an assumed value, a condition or a selector names a value that the schema of its place does not allow."
    M304 Error "row that is never used"
        "A row before this one takes every value of it in both directions."
    M305 Error "several rows for one canonical value"
        "To the upstream, several rows agree with the same canonical value. Say which one counts with `partial`."
    M306 Error "unknown value without a place for its code"
        "The row for unknown values drops the native code, so the value could not be written again."
    M307 Error "open text through a table that refuses"
        "An answer may bring a code that was never seen; it must not fail the answer. Give the table an `unknown` row."

    // Coverage and data protection.
    M401 Error "place not covered"
        "A value could be lost: a canonical place of a request or a native place of a response that no rule carries needs a line under `unmapped` with the reason."
    M402 Error "required native place that is not written"
        "The view requires the member, and neither a rule nor a `const` writes it."
    M403 Error "required canonical place that is not read"
        "The canonical type requires the member, and no rule reads it."
    M404 Error "personal data in a URL"
        "Places of a sensitivity above none do not stand in a path or query unless the route says why with `in-url`."
    M405 Error "sensitivity that the native schema forbids"
        "The native schema forbids data of this sensitivity at the place that the rule writes."
    M406 Error "`response` on a place that is only written"
        "The place is `writeOnly`: it never stands in an answer."
    M410 Error "coverage file is stale"
        "The generated coverage file differs from what the mappings cover now. Generate it again and review the difference."
    M411 Error "`unmapped` place that is mapped"
        "A rule carries the place; the reason why it is not carried is out of date."
    M420 Error "unused definition"
        "Nothing uses the mapping, table, fragment or call."

    // Operations.
    M510 Error "two routes cannot be told apart"
        "A native request fits both routes. Requests are told apart by method, path, constants in the query, names that must be present, and the shape of the body; otherwise one route says `same-call-as`."
    M511 Error "`same-call-as` that is not the same call"
        "The native requests of the two operations differ."
    M512 Error "answer that never applies"
        "The answers before it take everything that fits it."
    M513 Error "update that does not say what absence means"
        "An update says what the upstream makes of an absent member (`absent: keeps` or `absent: clears`); with `clears` it needs a `base` to read first."
    M514 Warning "write that cannot be repeated safely"
        "After an unknown outcome the gateway cannot find out whether the write was done: the operation has neither `recover` nor does the upstream take an idempotency key."
    M515 Error "step whose failure has no policy"
        "From the second step on, a step says with `on-failure` what its failure means."
    M516 Error "operation that cannot serve here"
        "`base`, `then` and `recover` name an operation that reads, that the upstream offers, that answers the type at hand (or its parent), and whose inputs the call has."
    M517 Error "answer that cannot be kept"
        "`cache` stands with operations of kind `get`, `list` or `search`: all others change something, or are asked for what they do."
    M518 Error "answer that must not be kept"
        "Neither the answer of an operation with `cache` nor what is asked for may hold a place of sensitivity `secret` or `card`."
    M519 Error "answer kept for too long"
        "An answer is kept for one second to one hour: what changes at the upstream by another way shows only afterwards."
    M520 Error "state that the mapping cannot write"
        "A machine names a value that is none of its field, or that no rule can write."
    M530 Error "command without an effect"
        "The sandbox must know what a command does; `{}` says that it changes nothing."

    // Cases.
    M601 Error "case that exercises nothing"
        "The case has no document to translate and no call to compare."
    M602 Error "case that fails"
        "What the mapping makes of one document of the case is not the other one."

    // Laws, held against generated documents.
    L001 Error "law PutGet broken"
        "What the mapping writes does not read as it was. Make the rule's converters undo each other, or declare what is lost with `lossy`."
    L002 Error "law GetPut broken"
        "A document that is read and put over itself changes. A rule writes what it did not read."
    L003 Error "law Create broken"
        "A document that is read and written anew lost or changed something that no converter, default or loss accounts for."
    L004 Error "law PutPut broken"
        "A patch leads to another document if an earlier one touched the same places. What the earlier one wrote shows through."
    L005 Error "law Least change broken"
        "A patch changed bytes of places that it does not touch."
    L006 Error "law Stability broken"
        "Writing what was read reads differently. A lossy rule must lose the same thing every time."
    L007 Error "law Validity broken"
        "What was written is refused by the native schema, or what was read by the model's."
    L008 Error "law Accounting broken"
        "A leaf of a document is neither consumed by a rule nor reported as exactly one loss."
    L009 Error "law Routes broken"
        "The request of a call is understood as another call, or as one with other inputs, or makes another request again. Tell its route from others by path, query, headers or body."
    L010 Error "law Answers broken"
        "An answer of a status that no case of its operation has is taken for what was asked for. Give the case of `errors` that takes it a `problem`."
    L011 Error "law Machines broken"
        "A move that a machine does not allow is sent, or one that it allows is refused. What is read before a change must have the state that is now."

    // Schemas.
    S001 Error "not a schema"
        "The file is no JSON Schema 2020-12 of the kind that is read here, or a keyword has a value outside its form."
    S002 Error "unknown schema keyword"
        "Keywords are a closed list: those of JSON Schema that shapes are made of, `xml` of OpenAPI, and the annotations of Interlingua."
    S003 Error "reference to nothing"
        "A `$ref` names no definition of the files that were read."
    S004 Error "definition in terms of itself"
        "The definition refers to itself without a member or item in between."
    S005 Error "type that has no shape"
        "The combination of keywords gives no shape that documents could be read by."
    S006 Error "annotation at the wrong place"
        "The annotation stands on a type that it means nothing for."
    S007 Error "two members with one spelling"
        "In the format of the document the two members, or their other spellings, cannot be told apart."
    S009 Error "pattern that is refused"
        "Patterns are regular expressions that run in linear time: no look-around, no references back."
    S010 Error "enumeration or constant outside its type"
        "A value of `enum`, `const` or `default` is not of the schema's own type."
    S011 Error "bounds that nothing fits"
        "No value satisfies the minimum and maximum, or the required members, at once."
    S012 Error "list without a key"
        "A list with `x-list-type: map` names with `x-list-map-keys` the members that identify an item; each must be a required text."

    // Configuration.
    C001 Error "not a configuration"
        "The configuration file is not YAML of the kind that is read here."
    C002 Error "unknown setting"
        "Settings are a closed list, so that a slip of the finger is a fault and not a setting without effect."
    C003 Error "setting outside its form"
        "The value is not of the form or in the range of the setting."
    C004 Error "setting missing"
        "The setting has no default and must be given."
    C005 Error "secret in plain text"
        "A secret is `{env: NAME}` or `{file: PATH}` and never stands in the file itself."
    C006 Error "setting that names nothing"
        "The mapping, upstream or operation that the setting names does not exist."
    C007 Error "settings that contradict each other"
        "Each of the settings is well-formed, but not together."
    C008 Error "secret that cannot be read"
        "The variable of the environment is not set, or the file cannot be read."
    C009 Warning "setting without effect"
        "Another setting makes this one meaningless."
    C010 Error "gateway open to strangers"
        "Beyond the machine itself nobody may call unless the configuration names who, or says in so many words that anybody may."
    C011 Error "setting that needs a new process"
        "What listens, keeps the journal and writes the logs is made once, when the process starts: a reload cannot change it."

    // Files.
    F001 Error "file cannot be read"
        "The operating system refused to read the file or folder."
    F002 Error "file is not UTF-8"
        "All files are UTF-8."
    F003 Error "file is too large"
        "The file is larger than any file of its kind should be."
    F004 Error "file is missing"
        "A file that belongs to the folder, or that another file names, does not exist."
    F005 Error "file of an unknown kind"
        "The first key of a file says what it is: `mapping`, `fragment`, `tables`, `upstream`, `sandbox`, `case` or `operations`."
    F006 Error "two definitions of one name"
        "Names are unique in their folder."
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Says that a text is no code of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such code")]
pub struct UnknownCode;

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL
            .iter()
            .find(|code| code.as_str().eq_ignore_ascii_case(text));
        found.copied().ok_or(UnknownCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_number_and_explained() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert_eq!(code.as_str().len(), 4, "{code}");
            assert!(
                !code.title().ends_with('.'),
                "{code}: a title is no sentence"
            );
            assert!(
                code.explanation().ends_with('.'),
                "{code}: an explanation is sentences"
            );
        }
        assert_eq!("m101".parse(), Ok(Code::M101));
        assert_eq!("M999".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn numbers_stand_once_and_in_order() {
        let numbers: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for family in ["M", "S", "C", "F"] {
            let family: Vec<_> = numbers
                .iter()
                .filter(|number| number.starts_with(family))
                .collect();
            assert!(family.is_sorted_by(|a, b| a < b), "{family:?}");
        }
    }

    #[test]
    fn every_check_of_the_language_has_its_code() {
        let checks = "M001 M002 M003 M004 M006 M101 M102 M103 M104 M105 M201 M202 M203 M210 M211 M212 M213 M215 M216 M217 M220 \
            M221 M222 M223 M224 M230 M240 M241 M242 M250 M301 M302 M303 M304 M305 M306 M307 M401 M402 M403 M404 M405 \
            M406 M410 M411 M420 M510 M511 M512 M513 M514 M515 M516 M517 M518 M519 M520 M530 M601 M602";
        let mapping: Vec<_> = Code::ALL
            .iter()
            .map(|code| code.as_str())
            .filter(|code| code.starts_with('M'))
            .collect();
        assert_eq!(mapping, checks.split_whitespace().collect::<Vec<_>>());
    }
}
