//! Key pairs.

use std::collections::BTreeSet;

use ec2_api::shapes::{
    CreateKeyPairRequest, DeleteKeyPairRequest, DeleteKeyPairResult, DescribeKeyPairsRequest, DescribeKeyPairsResult, ImportKeyPairRequest,
    ImportKeyPairResult, KeyPair as Created, KeyPairInfo,
};
use ec2_api::{ApiError, ErrorCode, Timestamp};
use model::ids::KeyPairId;
use model::key_pair::KeyPair;
use model::{Ctx, Draft, Key, Realm};

use super::filter::Filters;
use super::lookup::{self, required, row};
use super::tag_spec::{self, NewTags};
use super::{View, operations};
use crate::key_material::KeyMaterial;
use crate::work;

operations! {
    write_with_key CreateKeyPair => create,
    write ImportKeyPair => import,
    read DescribeKeyPairs => describe,
    write DeleteKeyPair => delete,
}

/// Source: the API reference of CreateKeyPair.
const NAME_CHARACTERS_MAX: usize = 255;

fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, input: CreateKeyPairRequest, key: &KeyMaterial) -> Result<Created, ApiError> {
    // The key was made of this type already.
    let CreateKeyPairRequest { key_name, key_type: _, tag_specifications, key_format, dry_run: _ } = input;
    match key_format.as_deref() {
        None | Some("pem") => {}
        // PuTTY's own format; its tools convert PEM.
        Some("ppk") => lookup::refuse(true, "KeyFormat=ppk")?,
        Some(other) => {
            let message = format!("Value ({other}) for parameter KeyFormat is invalid. Expected: 'pem' or 'ppk'");
            return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
        }
    }
    let pair = put(draft, ctx, required(key_name, "KeyName")?, key, &NewTags::new(tag_specifications, &["key-pair"])?)?;
    Ok(Created {
        key_pair_id: Some(pair.id.to_string()),
        tags: tag_spec::answer(draft.realm(), pair.id),
        key_name: Some(pair.name),
        key_fingerprint: Some(pair.fingerprint),
        key_material: key.private_pem.clone(),
    })
}

fn import(draft: &mut Draft, ctx: &mut Ctx<'_>, input: ImportKeyPairRequest) -> Result<ImportKeyPairResult, ApiError> {
    let ImportKeyPairRequest { tag_specifications, dry_run: _, key_name, public_key_material } = input;
    let name = required(key_name, "KeyName")?;
    let key = KeyMaterial::import(&required(public_key_material, "PublicKeyMaterial")?.0)?;
    let pair = put(draft, ctx, name, &key, &NewTags::new(tag_specifications, &["key-pair"])?)?;
    Ok(ImportKeyPairResult {
        key_fingerprint: Some(pair.fingerprint),
        key_name: Some(pair.name),
        key_pair_id: Some(pair.id.to_string()),
        tags: tag_spec::answer(draft.realm(), pair.id),
    })
}

fn put(draft: &mut Draft, ctx: &mut Ctx<'_>, name: String, key: &KeyMaterial, tags: &NewTags) -> Result<KeyPair, ApiError> {
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || !name.is_ascii() {
        let message = format!("Invalid value '{name}' for keyPairName. It must be 1 to {NAME_CHARACTERS_MAX} ASCII characters.");
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message));
    }
    if draft.realm().index.key_pair_named(&name).is_some() {
        // [seen]
        return Err(ApiError::new(ErrorCode::InvalidKeyPairDuplicate, "The keypair already exists"));
    }
    let pair = KeyPair {
        id: KeyPairId::random(ctx.random),
        public_key: format!("{} {name}", key.public_key),
        name,
        key_type: key.key_type.into(),
        fingerprint: key.fingerprint.clone(),
        created: ctx.now,
    };
    draft.put(pair.clone());
    tags.put(draft, pair.id)?;
    Ok(pair)
}

fn describe(view: &View<'_>, input: DescribeKeyPairsRequest) -> Result<DescribeKeyPairsResult, ApiError> {
    let DescribeKeyPairsRequest { key_names, key_pair_ids, include_public_key, dry_run: _, filters } = input;
    let filters = Filters::new(filters, &["fingerprint", "key-name", "key-pair-id"])?;
    let mut wanted = BTreeSet::new();
    for name in &key_names {
        wanted.insert(named(view.realm, name)?);
    }
    for id in lookup::ids::<KeyPairId>(&key_pair_ids)? {
        wanted.insert(row::<KeyPair, _>(view.realm, id)?.id);
    }
    let everything = wanted.is_empty();
    let rows = view.realm.key_pairs.iter().take_while(work::goes_on).filter(|pair| everything || wanted.contains(&pair.id));
    let accepted = rows.filter(|pair| {
        filters.accept(view.realm, pair.id, |name| match name {
            "fingerprint" => vec![pair.fingerprint.clone()],
            "key-name" => vec![pair.name.clone()],
            "key-pair-id" => vec![pair.id.to_string()],
            _ => Vec::new(),
        })
    });
    let answer = |pair: &KeyPair| KeyPairInfo {
        key_pair_id: Some(pair.id.to_string()),
        key_type: Some(pair.key_type.clone()),
        tags: tag_spec::answer(view.realm, pair.id),
        public_key: (include_public_key == Some(true)).then(|| pair.public_key.clone()),
        create_time: Some(Timestamp(pair.created.0)),
        key_name: Some(pair.name.clone()),
        key_fingerprint: Some(pair.fingerprint.clone()),
    };
    Ok(DescribeKeyPairsResult { key_pairs: accepted.map(|pair| answer(pair)).collect() })
}

/// Deleting a key pair that is not there succeeds, as at EC2.
fn delete(draft: &mut Draft, _ctx: &mut Ctx<'_>, input: DeleteKeyPairRequest) -> Result<DeleteKeyPairResult, ApiError> {
    let DeleteKeyPairRequest { key_name, key_pair_id, dry_run: _ } = input;
    let id = match (key_name, key_pair_id) {
        (Some(_), Some(_)) => {
            let message = "The parameters KeyName and KeyPairId cannot be used together.";
            return Err(ApiError::new(ErrorCode::InvalidParameterCombination, message));
        }
        (Some(name), None) => draft.realm().index.key_pair_named(&name),
        (None, Some(id)) => Some(lookup::id::<KeyPairId>(&id)?).filter(|id| draft.realm().key_pairs.contains(id)),
        (None, None) => return Err(ApiError::missing_parameter("KeyName")),
    };
    if let Some(id) = id {
        draft.delete(Key::KeyPair(id));
    }
    Ok(DeleteKeyPairResult { r#return: Some(true), key_pair_id: id.map(|id| id.to_string()) })
}

/// A key pair by its name.
///
/// # Errors
/// When there is none [seen].
pub fn named(realm: &Realm, name: &str) -> Result<KeyPairId, ApiError> {
    realm.index.key_pair_named(name).ok_or_else(|| {
        let message = format!("The key pair '{name}' does not exist");
        ApiError::new(ErrorCode::InvalidKeyPairNotFound, message)
    })
}
