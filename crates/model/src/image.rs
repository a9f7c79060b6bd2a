//! Machine images: what can be launched. All of them are the host's userland; they differ in what they are called.

use crate::ids::ImageId;

/// The images that can be launched.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Those that are listed.
    pub listed: Vec<Image>,
    /// Whether any well-formed id can be launched, listed or not.
    pub accept_any: bool,
}

/// A machine image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
}
