//! Client tokens: what makes a repeated request answer with what the first one made.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ids::{KindOfId, LaunchTemplateId, ReservationId, ResourceId};
use crate::index::{Entry, Indexed};
use crate::instance::InstanceState;
use crate::launch_template::VersionChoice;
use crate::state::{Draft, Key, Realm};
use crate::time::Timestamp;

/// How long a client token is remembered, in seconds: longer than any SDK retries.
pub const REMEMBERED_SECONDS: i64 = 24 * 3600;

/// Names a token: tokens of different actions do not meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientTokenKey {
    /// The action it was given to.
    pub action: String,
    /// What the client chose.
    pub token: String,
}

impl fmt::Display for ClientTokenKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.action, self.token)
    }
}

/// A token that was used, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientToken {
    /// Which token.
    pub key: ClientTokenKey,
    /// A digest of the other parameters: the same token with others is refused.
    pub fingerprint: String,
    /// What the request made or changed. None: the row is from a time when rows held the answer's text; it is forgotten.
    #[serde(default)]
    pub made: Option<Made>,
    /// When it was used.
    pub used: Timestamp,
}

/// What a request made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Made {
    /// A resource. Of a launch, its reservation.
    Resource(ResourceId),
    /// A version of a launch template, which has no id.
    LaunchTemplateVersion(LaunchTemplateId, i64),
}

/// The type of what an operation makes.
pub trait Makes: Copy + Into<Made> {
    /// What was remembered, if it is of this type.
    fn recalled(made: Made) -> Option<Self>;
}

impl<K: KindOfId> From<K> for Made {
    fn from(id: K) -> Self {
        Self::Resource(id.into())
    }
}

impl<K: KindOfId> Makes for K {
    fn recalled(made: Made) -> Option<Self> {
        match made {
            Made::Resource(id) => K::from_resource(id),
            Made::LaunchTemplateVersion(..) => None,
        }
    }
}

impl From<(LaunchTemplateId, i64)> for Made {
    fn from((template, version): (LaunchTemplateId, i64)) -> Self {
        Self::LaunchTemplateVersion(template, version)
    }
}

impl Makes for (LaunchTemplateId, i64) {
    fn recalled(made: Made) -> Option<Self> {
        match made {
            Made::LaunchTemplateVersion(template, version) => Some((template, version)),
            Made::Resource(_) => None,
        }
    }
}

impl Made {
    /// Refuses what is gone.
    fn ensure_there(self, realm: &Realm) -> Result<(), Error> {
        let (is_there, gone) = match self {
            Self::Resource(ResourceId::Reservation(launch)) => (is_any_left(realm, launch), Error::TokenOfTerminated),
            Self::Resource(id) => (realm.has(id), Error::TokenOfDeleted),
            Self::LaunchTemplateVersion(template, version) => {
                let template = realm.launch_templates.get(&template);
                let is_there = template.is_some_and(|template| template.version(VersionChoice::Number(version)).is_ok());
                (is_there, Error::TokenOfDeleted)
            }
        };
        if is_there { Ok(()) } else { Err(gone) }
    }
}

/// What EC2 does when only some of a launch's instances were terminated is not known; the others are worth telling of.
fn is_any_left(realm: &Realm, launch: ReservationId) -> bool {
    let mut instances = realm.index.instances_of(launch).filter_map(|id| realm.instances.get(&id));
    instances.any(|instance| instance.state != InstanceState::Terminated)
}

impl ClientToken {
    /// EC2 remembers the token of a launch while its instances live, and for some time longer.
    /// Source: the EC2 API reference, "Ensuring idempotency".
    fn is_spent(&self, realm: &Realm, now: Timestamp) -> bool {
        match self.made {
            None => true,
            Some(Made::Resource(launch @ ResourceId::Reservation(_))) if realm.has(launch) => false,
            Some(_) => self.used.plus_seconds(REMEMBERED_SECONDS) <= now,
        }
    }
}

/// What an earlier request with this token made; none: there was none.
///
/// # Errors
/// When the earlier request asked for something else, or what it made is gone.
pub fn find(realm: &Realm, now: Timestamp, key: &ClientTokenKey, fingerprint: &str) -> Result<Option<Made>, Error> {
    let known = realm.client_tokens.get(key).filter(|token| !token.is_spent(realm, now));
    if known.is_some_and(|token| token.fingerprint != fingerprint) {
        return Err(Error::TokenOfOtherRequest);
    }
    let made = known.and_then(|token| token.made);
    made.map_or(Ok(()), |made| made.ensure_there(realm))?;
    Ok(made)
}

/// Forgets the tokens that have had their time.
pub fn purge(draft: &mut Draft, now: Timestamp) {
    let realm = draft.realm();
    let spent = realm.client_tokens.iter().filter(|token| token.is_spent(realm, now));
    let spent: Vec<ClientTokenKey> = spent.map(|token| token.key.clone()).collect();
    spent.into_iter().for_each(|key| draft.delete(Key::ClientToken(key)));
}

impl Indexed for ClientToken {
    fn entries(&self, _out: &mut Vec<Entry>) {}

    fn resource(&self) -> Option<ResourceId> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress_only_internet_gateway::EgressOnlyInternetGateway;
    use crate::ids::{EgressOnlyInternetGatewayId, VpcId};
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::{Row, State};

    const NOON: Timestamp = Timestamp(1_795_374_000_000);
    const GATEWAY: EgressOnlyInternetGatewayId = EgressOnlyInternetGatewayId::from_number(1);

    fn key(token: &str) -> ClientTokenKey {
        ClientTokenKey { action: "CreateEgressOnlyInternetGateway".into(), token: token.into() }
    }

    /// A gateway that a request with the token `once` made at noon.
    fn draft() -> Draft {
        let mut draft = Draft::new(State::default(), Scope { account: AccountId::DEFAULT, region: Region::DEFAULT });
        draft.put(EgressOnlyInternetGateway { id: GATEWAY, vpc: VpcId::from_number(1) });
        draft.put(ClientToken { key: key("once"), fingerprint: "f".into(), made: Some(GATEWAY.into()), used: NOON });
        draft
    }

    #[test]
    fn a_token_finds_what_its_request_made_until_that_is_gone() {
        let mut draft = draft();
        assert_eq!(find(draft.realm(), NOON, &key("once"), "f"), Ok(Some(GATEWAY.into())));
        assert_eq!(find(draft.realm(), NOON, &key("other"), "f"), Ok(None));
        assert_eq!(find(draft.realm(), NOON, &key("once"), "g"), Err(Error::TokenOfOtherRequest));
        draft.delete(Key::EgressOnlyInternetGateway(GATEWAY));
        assert_eq!(find(draft.realm(), NOON, &key("once"), "f"), Err(Error::TokenOfDeleted));
    }

    #[test]
    fn a_token_is_forgotten_after_a_day() {
        let mut draft = draft();
        let tomorrow = NOON.plus_seconds(REMEMBERED_SECONDS);
        purge(&mut draft, tomorrow.plus_seconds(-1));
        assert_eq!(find(draft.realm(), tomorrow.plus_seconds(-1), &key("once"), "f"), Ok(Some(GATEWAY.into())));
        assert_eq!(find(draft.realm(), tomorrow, &key("once"), "f"), Ok(None));
        purge(&mut draft, tomorrow);
        assert!(draft.realm().client_tokens.is_empty());
    }

    /// Reads the one row of a table that it is given.
    struct Json(&'static str);

    impl crate::state::RowParser<String> for Json {
        fn parse<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, String> {
            serde_json::from_str(self.0).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn a_row_that_holds_an_answer_s_text_is_read_and_forgotten() {
        let json = r#"{"key":{"action":"CreateRouteTable","token":"old"},"fingerprint":"f","answer":"<a/>","used":1795374000000}"#;
        let Ok(Row::ClientToken(old)) = Row::read::<String, _>("client_tokens", Json(json)) else { unreachable!() };
        let mut draft = draft();
        draft.put(ClientToken::clone(&old));
        assert_eq!(find(draft.realm(), NOON, &old.key, "other"), Ok(None));
        purge(&mut draft, NOON);
        assert_eq!(draft.realm().client_tokens.len(), 1);
    }
}
