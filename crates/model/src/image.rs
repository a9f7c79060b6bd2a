//! Machine images: what can be launched. All of them are the host's userland; they differ in what they are called and
//! in what clients look them up by.
//!
//! The built-in catalogue holds what usual look-ups find (`owners = ["amazon"]` and a name pattern). Names follow their
//! publishers' real ones; ids are enid's own and the same in every region.

use std::borrow::Cow;

use crate::ids::{ImageId, SnapshotId};
use crate::realm::AccountId;
use crate::time::Timestamp;

/// The images that can be launched.
#[derive(Clone, Debug)]
pub struct Images {
    /// Those that are listed.
    pub listed: Vec<Image>,
    /// Whether any well-formed id can be launched, listed or not.
    pub accept_any: bool,
}

impl Default for Images {
    /// The built-in catalogue.
    fn default() -> Self {
        Self { listed: catalogue(), accept_any: false }
    }
}

impl Images {
    /// The image of an id: a listed one or, where any id is accepted, one made up for it.
    pub fn get(&self, id: ImageId) -> Option<Cow<'_, Image>> {
        match self.listed.iter().find(|image| image.id == id) {
            Some(image) => Some(Cow::Borrowed(image)),
            None => self.accept_any.then(|| Cow::Owned(Image::unlisted(id))),
        }
    }
}

/// A machine image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Its name, as its publisher forms it.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Who published it.
    pub owner: AccountId,
    /// `amazon`, for Amazon's own and those of verified providers.
    pub owner_alias: Option<String>,
    /// `x86_64` or `arm64`; none: it runs on any instance type.
    pub architecture: Option<String>,
    /// When it was published.
    pub created: Timestamp,
    /// The root device: `/dev/xvda` or `/dev/sda1`.
    pub root_device_name: String,
    /// Size of the root volume in GiB.
    pub root_volume_gib: i32,
    /// `gp2` or `gp3`.
    pub root_volume_type: String,
    /// What the root volume is made from.
    pub snapshot: SnapshotId,
    /// `uefi`, `uefi-preferred`, `legacy-bios`.
    pub boot_mode: Option<String>,
    /// Whether its instances answer only metadata requests with a token, unless the launch says otherwise.
    pub imds_v2_only: bool,
}

impl Image {
    /// An image of which only the id is known: it runs on any type.
    pub fn unlisted(id: ImageId) -> Self {
        Self {
            id,
            name: id.to_string(),
            description: String::new(),
            owner: AccountId::DEFAULT,
            owner_alias: None,
            architecture: None,
            created: Timestamp(0),
            root_device_name: "/dev/sda1".into(),
            root_volume_gib: 8,
            root_volume_type: "gp3".into(),
            snapshot: SnapshotId::from_number(1),
            boot_mode: None,
            imds_v2_only: false,
        }
    }

    /// Its architecture as answers give it.
    pub fn architecture(&self) -> &str {
        self.architecture.as_deref().unwrap_or("x86_64")
    }
}

/// Amazon's account for Amazon Linux.
const AMAZON: AccountId = AccountId::from_number(137_112_412_989);
/// Canonical's account. Source: <https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/>.
const CANONICAL: AccountId = AccountId::from_number(99_720_109_477);
/// Debian's account. Source: <https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm>.
const DEBIAN: AccountId = AccountId::from_number(136_693_071_363);
/// 2025-09-01T00:00:00Z, plus a day for each image, so that "the newest" has one answer.
const FIRST_PUBLISHED_SECONDS: i64 = 1_756_684_800;
const DAY_SECONDS: i64 = 86_400;

fn catalogue() -> Vec<Image> {
    let mut images = Vec::new();
    let mut add = |image: Image| {
        let number = images.len() as u64 + 1;
        images.push(Image {
            // Looks like an id, and sorts by the place in this list: scripts that take the first image get one that
            // most instance types can run.
            id: ImageId::from_number(number << 56 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8),
            snapshot: SnapshotId::from_number(number.wrapping_mul(0xbf58_476d_1ce4_e5b9)),
            created: Timestamp(FIRST_PUBLISHED_SECONDS * 1000).plus_seconds(images.len() as i64 * DAY_SECONDS),
            ..image
        });
    };
    for architecture in ["x86_64", "arm64"] {
        let amazon = |name: String, description: &str| Image {
            name,
            description: description.into(),
            owner: AMAZON,
            owner_alias: Some("amazon".into()),
            architecture: Some(architecture.into()),
            root_device_name: "/dev/xvda".into(),
            ..Image::unlisted(ImageId::MIN)
        };
        let boot_mode = if architecture == "arm64" { "uefi" } else { "uefi-preferred" };
        for kernel in ["6.1", "6.12"] {
            let description = format!("Amazon Linux 2023 AMI 2023.8.20250901.0 {architecture} HVM kernel-{kernel}");
            add(Image {
                boot_mode: Some(boot_mode.into()),
                imds_v2_only: true,
                ..amazon(format!("al2023-ami-2023.8.20250901.0-kernel-{kernel}-{architecture}"), &description)
            });
        }
        add(Image {
            boot_mode: (architecture == "arm64").then(|| "uefi".into()),
            root_volume_type: "gp2".into(),
            ..amazon(
                format!("amzn2-ami-kernel-5.10-hvm-2.0.20250902.3-{architecture}-gp2"),
                &format!("Amazon Linux 2 Kernel 5.10 AMI 2.0.20250902.3 {architecture} HVM gp2"),
            )
        });
        let debian_architecture = if architecture == "arm64" { "arm64" } else { "amd64" };
        // Canonical publishes 22.04 with gp2 root volumes and 24.04 with gp3.
        for (folder, release, version, volume, imds_v2_only) in
            [("hvm-ssd", "jammy", "22.04", "gp2", false), ("hvm-ssd-gp3", "noble", "24.04", "gp3", true)]
        {
            add(Image {
                name: format!("ubuntu/images/{folder}/ubuntu-{release}-{version}-{debian_architecture}-server-20250821"),
                description: format!("Canonical, Ubuntu, {version} LTS, {debian_architecture} {release} image build on 2025-08-21"),
                owner: CANONICAL,
                owner_alias: Some("amazon".into()),
                architecture: Some(architecture.into()),
                root_volume_type: volume.into(),
                boot_mode: Some(boot_mode.into()),
                imds_v2_only,
                ..Image::unlisted(ImageId::MIN)
            });
        }
        add(Image {
            name: format!("debian-12-{debian_architecture}-20250814-2204"),
            description: "Debian 12 (20250814-2204)".into(),
            owner: DEBIAN,
            owner_alias: Some("amazon".into()),
            architecture: Some(architecture.into()),
            root_device_name: "/dev/xvda".into(),
            boot_mode: Some(boot_mode.into()),
            ..Image::unlisted(ImageId::MIN)
        });
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_holds_what_usual_look_ups_find() {
        let images = Images::default();
        let find = |owner: &str, begin: &str, end: &str| {
            images.listed.iter().any(|image| image.owner.to_string() == owner && image.name.starts_with(begin) && image.name.ends_with(end))
        };
        assert!(find("137112412989", "al2023-ami-2023.", "-kernel-6.1-x86_64"));
        assert!(find("099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-", ""));
        assert!(find("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-", ""));
        assert!(find("136693071363", "debian-12-arm64-", ""));
    }

    #[test]
    fn ids_and_names_are_unique() {
        let images = Images::default();
        let ids: std::collections::BTreeSet<_> = images.listed.iter().map(|image| image.id).collect();
        let names: std::collections::BTreeSet<_> = images.listed.iter().map(|image| &image.name).collect();
        assert_eq!((ids.len(), names.len()), (images.listed.len(), images.listed.len()));
    }

    #[test]
    fn an_unknown_id_is_an_image_only_where_any_is_accepted() {
        let id = ImageId::from_number(7);
        assert!(Images::default().get(id).is_none());
        let images = Images { accept_any: true, ..Images::default() };
        assert_eq!(images.get(id).map(|image| image.id), Some(id));
    }
}
