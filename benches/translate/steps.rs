//! The steps that are measured and the bars that they must hold.

/// One line of the table: a contestant, what it is compared with, and its bars.
pub(crate) struct Step {
    pub(crate) title: &'static str,
    pub(crate) contestant: &'static str,
    /// Compared in the same run; the bar on the ratio is that to the first.
    pub(crate) references: &'static [&'static str],
    pub(crate) bars: Bars,
}

/// What a step may cost; a missing figure is shown and not judged.
#[derive(Default, Clone, Copy)]
pub(crate) struct Bars {
    /// User-mode instructions of a call.
    pub(crate) instructions: Option<f64>,
    /// Time of a call by that of the first reference.
    pub(crate) ratio: Option<f64>,
    /// Allocations of a warm call.
    pub(crate) allocations: Option<u64>,
    /// Bytes held behind one call, by those of the input.
    pub(crate) memory: Option<f64>,
}

const fn bars(instructions: f64, ratio: Option<f64>, memory: Option<f64>) -> Bars {
    Bars {
        instructions: Some(instructions),
        ratio,
        allocations: Some(0),
        memory,
    }
}

const SHOWN: Bars = Bars {
    instructions: None,
    ratio: None,
    allocations: Some(0),
    memory: Some(0.5),
};

pub(crate) const STEPS: &[Step] = &[
    Step {
        title: "XML 1.2 KB -> canonical JSON",
        contestant: "xml/engine",
        references: &["xml/hand-written"],
        bars: bars(40_000.0, Some(1.2), None),
    },
    Step {
        title: "JSON 2 KB -> canonical JSON",
        contestant: "json/engine",
        references: &["json/serde typed", "json/serde Value"],
        bars: bars(44_000.0, Some(0.6), None),
    },
    Step {
        title: "JSON 2 KB, of no shape that is remembered",
        contestant: "json unlike/engine",
        references: &["json/serde typed"],
        bars: Bars {
            memory: None,
            ..SHOWN
        },
    },
    Step {
        title: "JSON 100 KB -> canonical JSON",
        contestant: "json 100 KB/engine",
        references: &["json 100 KB/serde typed", "json 100 KB/serde Value"],
        bars: bars(2_400_000.0, Some(0.55), Some(0.5)),
    },
    Step {
        title: "canonical JSON -> XML",
        contestant: "write/engine",
        references: &["write/serde typed", "write/serde Value"],
        bars: bars(32_000.0, Some(0.8), None),
    },
    Step {
        title: "the same, jsonschema as judge",
        contestant: "judged/engine",
        references: &["judged/serde typed", "judged/serde Value"],
        bars: bars(70_000.0, Some(1.8), None),
    },
    Step {
        title: "XML reader alone, 1.2 KB",
        contestant: "reader-xml/reader",
        references: &[],
        bars: bars(20_000.0, None, None),
    },
    Step {
        title: "JSON reader alone, 2 KB",
        contestant: "reader-json/reader",
        references: &[],
        bars: bars(27_000.0, None, None),
    },
    Step {
        title: "XML list 10 KB",
        contestant: "xml 10 KB/engine",
        references: &["xml 10 KB/hand-written"],
        bars: SHOWN,
    },
    Step {
        title: "XML list 100 KB",
        contestant: "xml 100 KB/engine",
        references: &["xml 100 KB/hand-written"],
        bars: SHOWN,
    },
    Step {
        title: "XML list 1 MB",
        contestant: "xml 1 MB/engine",
        references: &["xml 1 MB/hand-written"],
        bars: SHOWN,
    },
    Step {
        title: "JSON list 10 KB",
        contestant: "json 10 KB/engine",
        references: &["json 10 KB/serde typed"],
        bars: SHOWN,
    },
    Step {
        title: "JSON list 1 MB",
        contestant: "json 1 MB/engine",
        references: &["json 1 MB/serde typed"],
        bars: SHOWN,
    },
];

/// Smaller and larger lists of one kind: instructions (and time) of a byte may grow by no more than this.
pub(crate) const LINEAR: [(&str, &str); 2] = [
    ("xml 10 KB/engine", "xml 1 MB/engine"),
    ("json 10 KB/engine", "json 1 MB/engine"),
];
pub(crate) const LINEAR_INSTRUCTIONS: f64 = 1.03;
pub(crate) const LINEAR_TIME: f64 = 1.2;

/// What is measured once more without its checks, and the share of instructions that they may cost.
pub(crate) const CHECKED: [(&str, &str); 3] = [
    ("xml/engine", "xml/engine, no checks"),
    ("json/engine", "json/engine, no checks"),
    ("write/engine", "write/engine, no checks"),
];
pub(crate) const CHECKS: f64 = 0.08;
