//! Operations that take a client token: a request that is repeated with its token does nothing again, and is answered
//! with what the first one made, as it is by then. Source: the EC2 API reference, "Ensuring idempotency", by which a
//! retry succeeds without further action, and its answer may tell what changed.

use ec2_api::decode::Decode;
use ec2_api::query::Params;
use ec2_api::shape::{Kind, Operation};
use ec2_api::xml::{self, Encode};
use ec2_api::{ApiError, ErrorCode};
use model::client_token::{self, ClientToken, ClientTokenKey, Makes};
use model::{Ctx, Draft, Here};

use super::internal_error;
use crate::errors;

/// How long the client token of an operation can be. Source: the EC2 API reference, "Ensuring idempotency" and, for those
/// that take longer ones, their own pages.
fn token_characters_max(action: &str) -> usize {
    match action {
        "CreateLaunchTemplate" | "CreateLaunchTemplateVersion" | "ModifyLaunchTemplate" => 128,
        "CreateManagedPrefixList" => 255,
        _ => 64,
    }
}

/// What an answer about something that was made is told from.
pub struct Telling<'a> {
    /// Where what was made is found, and whose it is.
    pub here: Here<'a>,
    /// As it was given, for answers that repeat it.
    pub client_token: Option<String>,
    /// Whether it was this request that made it. What EC2 makes in steps is then shown at the first one.
    pub is_new: bool,
}

/// Makes what a request asks for, unless one with its client token did, and tells of it.
pub fn once<M: Makes, T: Encode>(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    params: Params,
    make: impl FnOnce(&mut Draft, &mut Ctx<'_>, Params) -> Result<M, ApiError>,
    tell: fn(&Telling<'_>, M) -> Result<T, ApiError>,
) -> Result<String, ApiError> {
    let token = token(&params)?.map(|key| (key, params.fingerprint()));
    let known = match &token {
        Some((key, fingerprint)) => client_token::find(draft.realm(), ctx.now, key, fingerprint).map_err(errors::answer)?,
        None => None,
    };
    let client_token = token.as_ref().map(|(key, _)| key.token.clone());
    let (made, is_new) = match known {
        Some(made) => (M::recalled(made).ok_or_else(internal_error)?, false),
        None => {
            let made = make(draft, ctx, params)?;
            if let Some((key, fingerprint)) = token {
                draft.put(ClientToken { key, fingerprint, made: Some(made.into()), used: ctx.now });
            }
            (made, true)
        }
    };
    Ok(xml::body(&tell(&Telling { here: draft.here(), client_token, is_new }, made)?))
}

fn token(params: &Params) -> Result<Option<ClientTokenKey>, ApiError> {
    let Some(token) = params.get("ClientToken").filter(|token| !token.is_empty()) else { return Ok(None) };
    let most = token_characters_max(params.action());
    if token.chars().count() > most {
        // [seen] for 64.
        let message = format!("Client token must be less than or equal to {most} characters");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    Ok(Some(ClientTokenKey { action: params.action().to_owned(), token: token.to_owned() }))
}

/// Whether an operation takes a client token, by the structure of its request.
pub const fn takes_token<O: Operation>() -> bool {
    let Kind::Structure(structure) = <O::Input as Decode>::KIND else { return false };
    let mut members = structure.members;
    while let [member, rest @ ..] = members {
        if matches!(member.wire.as_bytes(), b"ClientToken") {
            return true;
        }
        members = rest;
    }
    false
}
