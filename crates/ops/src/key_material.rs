//! Keys that users log in with: made or read here, with fingerprints as EC2 computes them.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ec2_api::{ApiError, ErrorCode};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use sha1::Digest as _;
use ssh_key::private::RsaKeypair;
use ssh_key::public::KeyData;
use ssh_key::rand_core::CryptoRngCore;
use ssh_key::{Algorithm, PrivateKey, PublicKey};

/// The size of the RSA keys that EC2 makes.
const RSA_BITS: usize = 2048;
/// The sizes of RSA keys that can be imported. Source: the API reference of ImportKeyPair.
const RSA_BITS_IMPORTED: [usize; 3] = [1024, 2048, 4096];

/// A key pair, or the public half of one.
pub struct KeyMaterial {
    /// `rsa` or `ed25519`.
    pub key_type: &'static str,
    /// As EC2 computes it.
    pub fingerprint: String,
    /// In OpenSSH's form, without a comment.
    pub public_key: String,
    /// The private half as PEM, of a key that was made here.
    pub private_pem: Option<String>,
}

/// A type of the keys that EC2 makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// The default.
    Rsa,
    /// Smaller, and made in no time.
    Ed25519,
}

impl KeyType {
    /// The type of a name, RSA without one.
    ///
    /// # Errors
    /// When there is no such type.
    pub fn named(name: Option<&str>) -> Result<Self, ApiError> {
        match name.unwrap_or("rsa") {
            "rsa" => Ok(Self::Rsa),
            "ed25519" => Ok(Self::Ed25519),
            other => {
                let message = format!("Value ({other}) for parameter KeyType is invalid. Expected: 'rsa' or 'ed25519'");
                Err(ApiError::new(ErrorCode::InvalidParameterValue, message))
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

impl KeyMaterial {
    /// Makes a key. Takes a good part of a second for RSA. None where the system has no random bits.
    pub fn generate(key_type: KeyType, random: &mut impl CryptoRngCore) -> Option<Self> {
        match key_type {
            KeyType::Rsa => rsa(random),
            KeyType::Ed25519 => ed25519(random),
        }
    }

    /// What stands in for a key of a type where it is only asked whether one could be stored.
    pub fn stand_in(key_type: KeyType) -> Self {
        Self { key_type: key_type.name(), fingerprint: String::new(), public_key: String::new(), private_pem: None }
    }

    /// Reads a public key: a line as in `authorized_keys`, an RFC 4716 file, or the base64 of a DER (SPKI) RSA key.
    ///
    /// # Errors
    /// When it is none of these, or neither RSA of a legal size nor ED25519.
    pub fn import(material: &[u8]) -> Result<Self, ApiError> {
        read_public(material).and_then(|key| imported(&key)).ok_or_else(|| {
            // [seen]
            ApiError::new(ErrorCode::InvalidKeyFormat, "Key is not in valid OpenSSH public key format")
        })
    }
}

fn rsa(random: &mut impl CryptoRngCore) -> Option<KeyMaterial> {
    let key = RsaPrivateKey::new(random, RSA_BITS).ok()?;
    let der = key.to_pkcs8_der().ok()?;
    let pair = RsaKeypair::try_from(&key).ok()?;
    Some(KeyMaterial {
        key_type: KeyType::Rsa.name(),
        fingerprint: colons(&sha1::Sha1::digest(der.as_bytes())),
        public_key: openssh(KeyData::Rsa(pair.public))?,
        private_pem: Some(key.to_pkcs1_pem(LineEnding::LF).ok()?.trim_end().to_owned()),
    })
}

fn ed25519(random: &mut impl CryptoRngCore) -> Option<KeyMaterial> {
    let key = PrivateKey::random(random, Algorithm::Ed25519).ok()?;
    let public = key.public_key().key_data().clone();
    Some(KeyMaterial {
        key_type: KeyType::Ed25519.name(),
        fingerprint: sha256(&public),
        public_key: openssh(public)?,
        private_pem: Some(key.to_openssh(LineEnding::LF).ok()?.to_string()),
    })
}

fn read_public(material: &[u8]) -> Option<KeyData> {
    let text = std::str::from_utf8(material).ok()?.trim();
    if let Ok(key) = PublicKey::from_openssh(text) {
        return Some(key.key_data().clone());
    }
    if let Some(body) = text.strip_prefix("---- BEGIN SSH2 PUBLIC KEY ----") {
        let body = body.trim().strip_suffix("---- END SSH2 PUBLIC KEY ----")?;
        let blob = STANDARD.decode(without_headers(body)).ok()?;
        return PublicKey::from_bytes(&blob).ok().map(|key| key.key_data().clone());
    }
    let der = STANDARD.decode(text.split_whitespace().collect::<String>()).ok()?;
    let key = RsaPublicKey::from_public_key_der(&der).ok()?;
    Some(KeyData::Rsa(ssh_key::public::RsaPublicKey::try_from(&key).ok()?))
}

/// The base64 of an RFC 4716 file: header lines have a colon, and one that ends in a backslash goes on in the next.
fn without_headers(body: &str) -> String {
    let mut goes_on = false;
    let is_body = |line: &&str| {
        let header = goes_on || line.contains(':');
        goes_on = header && line.ends_with('\\');
        !header
    };
    body.lines().map(str::trim).filter(is_body).collect()
}

fn imported(key: &KeyData) -> Option<KeyMaterial> {
    let (key_type, fingerprint) = match key {
        KeyData::Ed25519(_) => (KeyType::Ed25519, sha256(key)),
        KeyData::Rsa(public) => {
            // Not by `TryFrom`, which refuses the smallest of the legal sizes.
            let part = |number| BigUint::try_from(number).ok();
            let public = RsaPublicKey::new(part(&public.n)?, part(&public.e)?).ok()?;
            if !RSA_BITS_IMPORTED.contains(&bits(&public)) {
                return None;
            }
            // The API reference speaks of RFC 4716; what EC2 gives, and its user guide computes, is the MD5 of the DER.
            (KeyType::Rsa, colons(&md5::Md5::digest(public.to_public_key_der().ok()?.as_bytes())))
        }
        _ => return None,
    };
    Some(KeyMaterial { key_type: key_type.name(), fingerprint, public_key: openssh(key.clone())?, private_pem: None })
}

fn bits(key: &RsaPublicKey) -> usize {
    use rsa::traits::PublicKeyParts as _;
    key.n().bits()
}

fn openssh(key: KeyData) -> Option<String> {
    PublicKey::new(key, "").to_openssh().ok().map(|line| line.trim_end().to_owned())
}

/// The digest of the public key in base64; EC2 keeps the padding that OpenSSH leaves out.
fn sha256(key: &KeyData) -> String {
    STANDARD.encode(key.fingerprint(ssh_key::HashAlg::Sha256).as_bytes())
}

fn colons(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}
