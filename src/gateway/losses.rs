//! Counts what translations could not carry, by place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::translate::{Left, LeftKey, Lost};
use crate::mapping::ast::Word;
use crate::telemetry::events::ValueLost;
use crate::telemetry::{Direction, Event, LossMeter, Metrics, Telemetry};

/// Places that are told apart per upstream, whatever the model declares.
const MOST_PLACES: usize = 1_000;

/// What stands for every place beyond.
pub(super) const ELSEWHERE: &str = "elsewhere";

/// Code of losses whose places nobody looked for.
const UNPLACED: &str = "unplaced";

/// The handles of one upstream's losses.
#[derive(Debug)]
pub(super) struct Losses {
    metrics: Metrics,
    upstream: Box<str>,
    mapping: Box<str>,
    /// Of losses whose places nobody looked for: the usual ones, so nothing is looked up for them.
    unplaced: LossMeter,
    meters: Mutex<BTreeMap<(String, &'static str), Arc<LossMeter>>>,
    /// Of what answers lost at declared places, so that those seen before need no name.
    declared: Mutex<BTreeMap<LeftKey, Arc<LossMeter>>>,
}

// === impl Losses ===

impl Losses {
    pub(super) fn new(metrics: Metrics, upstream: Box<str>, mapping: Box<str>) -> Self {
        Self {
            unplaced: metrics.loss(&upstream, &mapping, ELSEWHERE, UNPLACED),
            metrics,
            upstream,
            mapping,
            meters: Mutex::default(),
            declared: Mutex::default(),
        }
    }

    /// Counts losses of a call; `place` gives what the place of each is called in declared names.
    pub(super) fn count(
        &self,
        lost: &[Lost],
        place: impl Fn(&Lost) -> String,
        direction: Direction,
        request_id: &str,
        telemetry: &Telemetry,
    ) {
        for lost in lost {
            let meter = self.meter(place(lost), lost.code);
            ValueLost {
                meter: &meter,
                direction,
                request_id,
            }
            .emit(telemetry);
        }
    }

    /// Counts what answers lost at declared places; all others are one.
    pub(super) fn count_left(&self, left: &Left, request_id: &str, telemetry: &Telemetry) {
        for at in left.places() {
            let meter = self.declared(left.key(*at), || {
                let place = left.place(*at).unwrap_or_else(|| ELSEWHERE.to_owned());
                self.meter(place, at.code.word())
            });
            for _ in 0..at.count {
                ValueLost {
                    meter: &meter,
                    direction: Direction::ToCanonical,
                    request_id,
                }
                .emit(telemetry);
            }
        }
    }

    /// Counts losses of a call whose places nobody looked for.
    pub(super) fn count_unplaced(
        &self,
        lost: u32,
        direction: Direction,
        request_id: &str,
        telemetry: &Telemetry,
    ) {
        for _ in 0..lost {
            ValueLost {
                meter: &self.unplaced,
                direction,
                request_id,
            }
            .emit(telemetry);
        }
    }

    fn declared(&self, key: LeftKey, meter: impl FnOnce() -> Arc<LossMeter>) -> Arc<LossMeter> {
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = declared.get(&key) {
            return Arc::clone(known);
        }
        let meter = meter();
        if declared.len() < MOST_PLACES {
            declared.insert(key, Arc::clone(&meter));
        }
        meter
    }

    fn meter(&self, place: String, code: &'static str) -> Arc<LossMeter> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = meters.len() >= MOST_PLACES;
        let place = if !is_full || meters.contains_key(&(place.clone(), code)) {
            place
        } else {
            ELSEWHERE.to_owned()
        };
        let meter = meters
            .entry((place, code))
            .or_insert_with_key(|(place, code)| {
                Arc::new(
                    self.metrics
                        .loss(&self.upstream, &self.mapping, place, code),
                )
            });
        Arc::clone(meter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::plan::LayoutId;

    #[test]
    fn what_answers_lost_before_is_counted_without_allocating() {
        let metrics = Metrics::new("0").unwrap();
        let losses = Losses::new(metrics, "alpha".into(), "thing".into());
        let key = |node| LeftKey {
            layout: LayoutId::unique(),
            rule: 0,
            node,
            code: "no-place",
        };
        let (one, other) = (key(1), key(2));
        let made = |name: &str| losses.meter(name.to_owned(), "no-place");
        let first = losses.declared(one, || made("one"));
        let second = losses.declared(other, || made("other"));
        assert!(!Arc::ptr_eq(&first, &second));
        let measured = allocation_counter::measure(|| {
            for (key, known) in [(one, &first), (other, &second)] {
                let again = losses.declared(key, || made("one again"));
                assert!(Arc::ptr_eq(&again, known));
            }
        });
        assert_eq!(measured.count_total, 0);
    }

    #[test]
    fn beyond_a_number_of_places_they_are_not_told_apart() {
        let telemetry = Telemetry {
            metrics: Metrics::new("0").unwrap(),
            access_log: false,
            traces: Default::default(),
        };
        let losses = Losses::new(telemetry.metrics.clone(), "alpha".into(), "thing".into());
        for n in 0..MOST_PLACES + 5 {
            let pointer = format!("m{n}");
            let lost = [Lost {
                code: "no-place",
                pointer,
                parameter: None,
            }];
            let place = |lost: &Lost| lost.pointer.clone();
            losses.count(&lost, place, Direction::ToNative, "r", &telemetry);
        }
        let text = telemetry.metrics.encode().unwrap();
        assert!(text.contains(r#"place="elsewhere",upstream="alpha"} 5"#));
        assert!(text.contains(r#"place="m7",upstream="alpha"} 1"#));
    }
}
