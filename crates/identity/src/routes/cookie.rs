//! The cookie in which a browser keeps its refresh token, out of reach of the page's own code (docs/decisions/0010).
//!
//! It goes only to `/api/v1/auth`, and never along with a request that another site caused. Whoever is served by TLS
//! gets it marked `Secure` by the front, as every cookie.

use crate::{
    agents::REFRESH_LIFE,
    wire::{Secret, SessionForm, Tokens},
};
use axum::http::{HeaderMap, HeaderValue, header};
use edge::{Fields, Problem};
use zeroize::Zeroizing;

const NAME: &str = "autobroker_session";

/// Which refresh token a request shows: the one in its body or the one in the cookie.
///
/// # Errors
/// 422 unless it names one of them; 401 `token.missing` without the cookie that it speaks of.
pub(super) fn shown(
    in_body: Option<Secret>,
    form: Option<SessionForm>,
    headers: &HeaderMap,
) -> Result<Secret, Problem> {
    let mut fields = Fields::new();
    match (in_body, form) {
        (Some(token), None | Some(SessionForm::Body)) => return Ok(token),
        (None, Some(SessionForm::Cookie)) => return in_cookie(headers).ok_or_else(missing),
        (Some(_), Some(SessionForm::Cookie)) => {
            fields.refuse(
                "refresh_token",
                "not_for_this_session",
                "a cookie's session has no token in the body",
            );
        }
        (None, None | Some(SessionForm::Body)) => {
            fields.refuse("refresh_token", "missing", "give the token, or `\"session\": \"cookie\"`");
        }
    }
    Err(fields.finish().err().map_or_else(missing, Problem::from))
}

fn missing() -> Problem {
    Problem::unauthorised("token.missing", "there is no session in the cookie; sign in")
}

fn in_cookie(headers: &HeaderMap) -> Option<Secret> {
    let mut pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(';'));
    let token = pairs.find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))?;
    Some(Zeroizing::new(token.to_owned()).into())
}

/// Moves the refresh token of an answer into the cookie, when that is where the session is kept.
pub(super) fn placed(mut tokens: Tokens, form: SessionForm) -> (HeaderMap, Tokens) {
    let token = match form {
        SessionForm::Body => None,
        SessionForm::Cookie => tokens.refresh_token.take(),
    };
    let headers = token.map_or_else(HeaderMap::new, |token| set(&token, REFRESH_LIFE.as_secs()));
    (headers, tokens)
}

/// Takes the cookie away.
pub(super) fn cleared() -> HeaderMap {
    set("", 0)
}

fn set(token: &str, seconds: u64) -> HeaderMap {
    let text = format!("{NAME}={token}; Path=/api/v1/auth; Max-Age={seconds}; HttpOnly; SameSite=Strict");
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.insert(header::SET_COOKIE, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        for (cookie, token) in [
            ("autobroker_session=abr_1", Some("abr_1")),
            ("a=b; autobroker_session=abr_1; c=d", Some("abr_1")),
            ("autobroker_sessions=abr_1", None),
            ("x_autobroker_session=abr_1", None),
            ("", None),
        ] {
            let found = in_cookie(&headers(cookie)).map(|secret| secret.reveal().to_string());
            assert_eq!(found.as_deref(), token, "{cookie}");
        }
    }

    #[test]
    fn a_cookie_counts_only_for_a_request_that_names_it() {
        let jar = headers("autobroker_session=abr_1");
        let problem = shown(None, None, &jar).unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.errors[0].field.as_ref()), (422, "refresh_token"));
        let both = Some(Zeroizing::new("abr_2".to_owned()).into());
        assert_eq!(shown(both, Some(SessionForm::Cookie), &jar).unwrap_err().status.as_u16(), 422);
        let none = shown(None, Some(SessionForm::Cookie), &HeaderMap::new()).unwrap_err();
        assert_eq!((none.status.as_u16(), none.code), (401, "token.missing"));
    }
}
