//! Upstreams.

use super::build::Build;
use super::sentence;
use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::mapping::ast::{
    AnswerBody, AnswerCase, CallDef, Callback, EveryCall, Idempotency, Machine, Operation, Paging,
    PagingNext, PagingStyle, Recover, Route, Setting, Step, Text, UpstreamFile,
};
use crate::mapping::syntax;
use crate::mapping::yaml::{Entry, Node};

// === impl Build ===

impl Build<'_> {
    /// Reads the media type of bodies: one whose format is known.
    fn media_type(&mut self, node: &Node) -> Option<Text> {
        const FORM: &str = "application/x-www-form-urlencoded";
        const KNOWN: [&str; 3] = ["application/json", "application/xml", FORM];
        let said = self.text(node.get("media-type"))?;
        let essence = said
            .value
            .split(';')
            .next()
            .unwrap_or("")
            .trim()
            .to_ascii_lowercase();
        let ends = ["/json", "+json", "/xml", "+xml"];
        if essence != FORM && !ends.iter().any(|end| essence.ends_with(end)) {
            let help = "bodies are JSON, XML or a form, and their media type says which";
            let message = format!("`{}` is no media type whose format is known", said.value);
            let near = did_you_mean(&essence, KNOWN);
            self.push(
                Diagnostic::new(Code::M215, said.span, message)
                    .help(help)
                    .maybe_help(near),
            );
        }
        Some(said)
    }

    pub(super) fn upstream(&mut self, node: &Node, top: Span) -> Option<UpstreamFile> {
        let auth = Self::key(node, "auth").unwrap_or(top);
        Some(UpstreamFile {
            key: top,
            name: self.text(node.get("upstream"))?,
            title: self.text(node.get("title")),
            native: self.text(node.get("native")),
            media_type: self.media_type(node),
            settings: self.names(node.get("settings"), |build, entry| {
                Some(build.setting(&entry.value))
            }),
            base_url: self.sentence(node.get("base-url"), syntax::template),
            clear: self.word(node.get("clear")),
            every_call: self.every_call(node),
            auth: node.get("auth").and_then(|node| self.auth(node, auth)),
            calls: self.names(node.get("calls"), |build, entry| Some(build.call(entry))),
            operations: self.names(node.get("operations"), |build, entry| {
                Some(build.operation(entry))
            }),
            errors: self.list(node.get("errors"), Self::answer),
            machines: self.names(node.get("machines"), Self::machine),
            callbacks: self.list(node.get("callbacks"), Self::callback),
        })
    }

    fn setting(&mut self, node: &Node) -> Setting {
        Setting {
            doc: self.text(node.get("doc")),
            default: self.text(node.get("default")),
            allowed: self.texts(node.get("enum")),
            min_length: self.number(node.get("minLength")),
            max_length: self.number(node.get("maxLength")),
            optional: self.flag(node.get("optional")),
            secret: self.flag(node.get("secret")),
        }
    }

    fn every_call(&mut self, file: &Node) -> EveryCall {
        let Some(node) = file.get("every-call") else {
            return EveryCall::default();
        };
        let idempotency = node.get("idempotency").and_then(|node| {
            Some(Idempotency {
                header: self.text(node.get("header"))?,
                reads: self.flag(node.get("reads")),
                renew: self.texts(node.get("renew")),
            })
        });
        EveryCall {
            key: Self::key(file, "every-call"),
            headers: self.rules(node.get("headers")),
            answer_headers: self.rules(node.get("answer-headers")),
            idempotency,
        }
    }

    fn call(&mut self, entry: &Entry) -> CallDef {
        let node = &entry.value;
        CallDef {
            key: entry.key.span,
            means: self.text(node.get("means")),
            of: self.place(node.get("of")),
            routes: self.list(node.get("routes"), Self::route),
            answers: self.list(node.get("answers"), Self::answer),
        }
    }

    fn operation(&mut self, entry: &Entry) -> Operation {
        let node = &entry.value;
        match (Self::key(node, "routes"), Self::key(node, "steps")) {
            (Some(_), Some(span)) => {
                self.fault(
                    span,
                    "`routes` and `steps` exclude each other",
                    "routes stand in the steps",
                );
            }
            (None, None)
                if Self::is_misspelt(node, "routes") || Self::is_misspelt(node, "steps") => {}
            (None, None) => {
                let help = "an operation has `routes`, or `steps` that have some";
                self.fault(entry.key.span, "the operation has no call", help);
            }
            _ => {}
        }
        let paging = Self::key(node, "paging").unwrap_or(entry.key.span);
        let recover = Self::key(node, "recover").unwrap_or(entry.key.span);
        Operation {
            key: entry.key.span,
            base: self.text(node.get("base")),
            absent: self.word(node.get("absent")),
            lists: self.word(node.get("lists")),
            keeps: self.list(node.get("keeps"), |build, node| build.place(Some(node))),
            routes: self.list(node.get("routes"), Self::route),
            answers: self.list(node.get("answers"), Self::answer),
            paging: node
                .get("paging")
                .and_then(|node| self.paging(node, paging)),
            recover: node
                .get("recover")
                .and_then(|node| self.recover(node, recover)),
            cache: self.short(node.get("cache"), sentence::duration),
            steps: self.list(node.get("steps"), Self::step),
        }
    }

    fn route(&mut self, node: &Node) -> Option<Route> {
        Some(Route {
            span: Self::first_key(node),
            when: self.sentence(node.get("when"), syntax::cond),
            call: self.sentence(node.get("call"), syntax::call)?,
            query: self.rules(node.get("query")),
            headers: self.rules(node.get("headers")),
            fields: self.rules(node.get("fields")),
            body: self.document(node.get("body")),
            in_url: node
                .get("in-url")
                .and_then(|node| self.unmapped_entry(node)),
            same_call_as: self.text(node.get("same-call-as")),
            answers: self.list(node.get("answers"), Self::answer),
            unmapped: self.unmapped(node.get("unmapped")),
        })
    }

    fn answer(&mut self, node: &Node) -> Option<AnswerCase> {
        let status = self.many(node.get("status"), |build, node| {
            build.short(Some(node), sentence::status)
        });
        if status.is_empty() {
            return None;
        }
        let body = self.answer_body(node);
        Some(AnswerCase {
            span: Self::first_key(node),
            status,
            when: self.sentence(node.get("when"), syntax::cond),
            body,
            why: self.text(node.get("why")),
            fields: self.rules(node.get("fields")),
            headers: self.rules(node.get("headers")),
            problem: self.text(node.get("problem")),
            then: self.text(node.get("then")),
            unmapped: self.unmapped(node.get("unmapped")),
        })
    }

    fn answer_body(&mut self, node: &Node) -> Option<Spanned<AnswerBody>> {
        let body = node.get("body");
        let ignored = body
            .and_then(Node::as_scalar)
            .is_some_and(|body| body.text == "ignored");
        match (Self::key(node, "why"), ignored) {
            (Some(span), false) => {
                self.fault(span, "`why` stands beside `body: ignored`", "leave it out")
            }
            (None, true) => {
                let span = Self::key(node, "body").unwrap_or(node.span);
                self.fault(
                    span,
                    "`body: ignored` lacks `why`",
                    "say why the body of the answer is not read",
                );
            }
            _ => {}
        }
        if body.is_none() && node.get("problem").is_none() {
            let help = "`none` is an empty body, `ignored` any; only an answer with `problem` may leave it out";
            self.fault(
                Self::first_key(node),
                "this map (answer) lacks `body`",
                help,
            );
        }
        let read = match self.scalar(body)?.text.as_str() {
            "none" => AnswerBody::None,
            "ignored" => AnswerBody::Ignored,
            _ => AnswerBody::Document(self.document(body)?),
        };
        Some(Spanned::new(read, body?.span))
    }

    fn paging(&mut self, node: &Node, key: Span) -> Option<Paging> {
        let style = self.word::<PagingStyle>(node.get("style"))?;
        let (needed, foreign): (&[&str], &[&str]) = match style.value {
            PagingStyle::Offset => (&["offset"], &["token", "next"]),
            PagingStyle::Token => (&["token", "next"], &["offset"]),
        };
        for name in needed.iter().filter(|name| node.get(name).is_none()) {
            self.fault(
                style.span,
                format!("this style of paging lacks `{name}`"),
                "`offset` counts members; `token` repeats what the last answer said",
            );
        }
        for span in foreign.iter().filter_map(|name| Self::key(node, name)) {
            self.fault(
                span,
                "the key means nothing with this style of paging",
                "`offset` counts members; `token` repeats what the last answer said",
            );
        }
        let next = match node.get("next").and_then(Node::as_scalar) {
            Some(next) if next.text == "last-id" => Some(PagingNext::LastId(next.span)),
            _ => self.place(node.get("next")).map(PagingNext::Path),
        };
        Some(Paging {
            key,
            style,
            place: self.word(node.get("in")),
            offset: self.text(node.get("offset")),
            limit: self.text(node.get("limit")),
            token: self.text(node.get("token")),
            default: self.number(node.get("default")),
            next,
        })
    }

    fn recover(&mut self, node: &Node, key: Span) -> Option<Recover> {
        Some(Recover {
            key,
            by: self.place(node.get("by"))?,
            with: self.text(node.get("with"))?,
            settle_after: self.short(node.get("settle-after"), sentence::duration),
        })
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let own = Self::key(node, "routes").or(Self::key(node, "answers"));
        match (node.get("call"), own) {
            (Some(_), Some(span)) => {
                let help = "a step is a call of `calls`, or has `routes` and `answers` of its own";
                self.fault(
                    span,
                    "`call` excludes routes and answers of the step's own",
                    help,
                );
            }
            (None, _) if node.get("routes").is_none() => {
                let help = "a step is a call of `calls`, or has `routes` and `answers` of its own";
                self.fault(Self::first_key(node), "the step has no call", help);
            }
            _ => {}
        }
        Some(Step {
            id: self.text(node.get("id"))?,
            when: self.sentence(node.get("when"), syntax::cond),
            call: self.text(node.get("call")),
            routes: self.list(node.get("routes"), Self::route),
            answers: self.list(node.get("answers"), Self::answer),
            with: self.names(node.get("with"), |build, entry| {
                build.place(Some(&entry.value))
            }),
            on_failure: self.word(node.get("on-failure")),
        })
    }

    fn machine(&mut self, entry: &Entry) -> Option<Machine> {
        let node = &entry.value;
        Some(Machine {
            key: entry.key.span,
            field: self.place(node.get("field"))?,
            moves: self.list(node.get("moves"), |build, node| {
                build.sentence(Some(node), syntax::moves)
            }),
        })
    }

    fn callback(&mut self, node: &Node) -> Option<Callback> {
        Some(Callback {
            span: Self::first_key(node),
            body: self.document(node.get("body"))?,
            fields: self.rules(node.get("fields")),
            event: self.text(node.get("event"))?,
            once: self.place(node.get("once")),
        })
    }
}
