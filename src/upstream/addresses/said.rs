//! What an exchange says of the address at which it was made.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::upstream::breaker::asked;
use crate::upstream::failure::{Failure, FailureKind, Sent};

/// What is known of an address after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) enum Said {
    /// It works.
    Works,
    /// It does not.
    Fails,
    /// It wants to be left alone for so long.
    Asks(Duration),
    /// Nothing: the call may be to blame as well, or the gateway.
    Nothing,
}

// === impl Said ===

impl Said {
    /// Silence, broken answers and what stands for a server that cannot serve are of the address. A 500 is an
    /// application's, which fails alike wherever it runs; a 429 asks of the caller and not of one server (RFC 6585, 4). What
    /// kept a connection from being opened was noted when it did.
    pub(in crate::upstream) fn by(result: &Result<Response<Bytes>, Failure>) -> Self {
        match result {
            Ok(answer) => match answer.status() {
                StatusCode::SERVICE_UNAVAILABLE => asked(answer).map_or(Self::Fails, Self::Asks),
                StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Self::Fails,
                StatusCode::NOT_IMPLEMENTED => Self::Works,
                status if status.is_server_error() => Self::Nothing,
                _ => Self::Works,
            },
            Err(failure) if failure.sent == Sent::NotSent => Self::Nothing,
            Err(failure) => match failure.kind {
                FailureKind::BodyTooLarge => Self::Nothing,
                _ => Self::Fails,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    fn answered(status: u16, after: Option<&'static str>) -> Result<Response<Bytes>, Failure> {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Some(after) = after {
            let after = http::HeaderValue::from_static(after);
            answer.headers_mut().insert(RETRY_AFTER, after);
        }
        Ok(answer)
    }

    #[test]
    fn an_address_is_blamed_for_what_another_one_may_do_better() {
        for (status, after, said) in [
            (200, None, Said::Works),
            (404, None, Said::Works),
            (429, Some("9"), Said::Works),
            (500, None, Said::Nothing),
            (501, None, Said::Works),
            (502, None, Said::Fails),
            (503, None, Said::Fails),
            (503, Some("9"), Said::Asks(Duration::from_secs(9))),
            (504, None, Said::Fails),
        ] {
            assert_eq!(Said::by(&answered(status, after)), said, "{status}");
        }
        let dropped = Err(Failure::maybe_sent(FailureKind::Dropped));
        assert_eq!(Said::by(&dropped), Said::Fails);
        let late = Err(Failure::not_sent(FailureKind::TotalTimeout));
        assert_eq!(Said::by(&late), Said::Nothing);
        let large = Err(Failure::maybe_sent(FailureKind::BodyTooLarge));
        assert_eq!(Said::by(&large), Said::Nothing);
    }
}
