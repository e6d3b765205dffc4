//! Several pieces of work at one time, so many and no more.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

enum Slot<F: Future> {
    Working(Pin<Box<F>>),
    Done(F::Output),
}

/// Does all, at most `at_once` at one time, begun in their order; the results stand in that order.
pub(super) async fn together<F: Future>(
    work: impl IntoIterator<Item = F>,
    at_once: usize,
) -> Vec<F::Output> {
    let mut slots: Vec<Slot<F>> = work
        .into_iter()
        .map(|work| Slot::Working(Box::pin(work)))
        .collect();
    poll_fn(|cx| {
        let mut working: usize = 0;
        for slot in &mut slots {
            let Slot::Working(work) = slot else {
                continue;
            };
            if working == at_once {
                break;
            }
            match work.as_mut().poll(cx) {
                Poll::Ready(done) => *slot = Slot::Done(done),
                Poll::Pending => working = working.saturating_add(1),
            }
        }
        if working == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let done = slots.into_iter().filter_map(|slot| match slot {
        Slot::Done(done) => Some(done),
        Slot::Working(_) => None,
    });
    done.collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn so_many_work_at_one_time_and_results_stand_in_order() {
        let begun = Cell::new(0);
        let (ends, waits): (Vec<_>, Vec<_>) = (0..4).map(|_| oneshot::channel::<u8>()).unzip();
        let work = waits.into_iter().map(|wait| {
            let begun = &begun;
            async move {
                begun.set(begun.get() + 1);
                wait.await.unwrap()
            }
        });
        let mut all = pin!(together(work, 2));
        let mut cx = Context::from_waker(Waker::noop());
        let mut ends: Vec<_> = ends.into_iter().map(Some).collect();

        assert!(all.as_mut().poll(&mut cx).is_pending());
        assert_eq!(begun.get(), 2);
        for (at, begun_then) in [(1, 3), (2, 4), (3, 4)] {
            ends[at]
                .take()
                .unwrap()
                .send(u8::try_from(at).unwrap())
                .unwrap();
            assert!(all.as_mut().poll(&mut cx).is_pending());
            assert_eq!(begun.get(), begun_then);
        }
        ends[0].take().unwrap().send(0).unwrap();
        assert_eq!(all.as_mut().poll(&mut cx), Poll::Ready(vec![0, 1, 2, 3]));
    }

    #[test]
    fn nothing_to_do_is_done() {
        let mut none = pin!(together(Vec::<std::future::Ready<u8>>::new(), 2));
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(none.as_mut().poll(&mut cx), Poll::Ready(Vec::new()));
    }
}
