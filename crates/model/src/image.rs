//! Machine images: what can be launched. All of them are the host's userland; they differ in what they are called and
//! in what clients look them up by. Those of Windows can be looked up, and not launched.
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
    /// Whether it is of Windows, which the host's userland cannot be.
    pub windows: bool,
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
            architecture: None,
            created: Timestamp(0),
            root_device_name: "/dev/sda1".into(),
            root_volume_gib: 8,
            root_volume_type: "gp3".into(),
            snapshot: SnapshotId::from_number(1),
            boot_mode: None,
            windows: false,
            imds_v2_only: false,
        }
    }

    /// What EC2 calls its owner beside the number: of Amazon's accounts and those of verified providers, `amazon`.
    pub fn alias(&self) -> Option<&'static str> {
        [AMAZON, WINDOWS, CANONICAL, DEBIAN].contains(&self.owner).then_some("amazon")
    }

    /// Its architecture as answers give it.
    pub fn architecture(&self) -> &str {
        self.architecture.as_deref().unwrap_or("x86_64")
    }
}

/// Amazon's account for Amazon Linux.
const AMAZON: AccountId = AccountId::from_number(137_112_412_989);
/// Amazon's account for Windows. Source: the sample answers of EC2's guide for Windows.
const WINDOWS: AccountId = AccountId::from_number(801_119_661_308);
/// Canonical's account. Source: <https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/>.
const CANONICAL: AccountId = AccountId::from_number(99_720_109_477);
/// Debian's account. Source: <https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm>.
const DEBIAN: AccountId = AccountId::from_number(136_693_071_363);
/// 2025-09-01T00:00:00Z, plus a day for each image, so that "the newest" has one answer.
const FIRST_PUBLISHED_SECONDS: i64 = 1_756_684_800;
const DAY_SECONDS: i64 = 86_400;

/// The built-in images. New ones come last, so that the others keep their ids.
fn catalogue() -> Vec<Image> {
    let mut images = Vec::new();
    for architecture in [X86, ARM] {
        images.extend(usual(architecture));
    }
    for architecture in [X86, ARM] {
        images.extend(further(architecture));
    }
    images.extend(windows());
    let number = |(place, image): (usize, Image)| {
        let number = place as u64 + 1;
        let published = Timestamp(FIRST_PUBLISHED_SECONDS * 1000);
        Image {
            // Looks like an id, and sorts by the place in this list: scripts that take the first image get one that
            // most instance types can run.
            id: ImageId::from_number(number << 56 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8),
            snapshot: SnapshotId::from_number(number.wrapping_mul(0xbf58_476d_1ce4_e5b9)),
            // Those of Windows are between the first and the second, so that the oldest image can be launched, and the newest.
            created: published.plus_seconds(if image.windows { place as i64 } else { place as i64 * DAY_SECONDS }),
            ..image
        }
    };
    images.into_iter().enumerate().map(number).collect()
}

const X86: &str = "x86_64";
const ARM: &str = "arm64";

fn boot_mode(architecture: &str) -> Option<String> {
    Some(if architecture == ARM { "uefi" } else { "uefi-preferred" }.into())
}

/// What Debian and Ubuntu call an architecture.
fn debian_name(architecture: &str) -> &str {
    if architecture == ARM { "arm64" } else { "amd64" }
}

fn published(owner: AccountId, architecture: &str, name: String, description: String) -> Image {
    Image { name, description, owner, architecture: Some(architecture.into()), ..Image::unlisted(ImageId::MIN) }
}

fn amazon(architecture: &str, name: String, description: String) -> Image {
    Image { root_device_name: "/dev/xvda".into(), ..published(AMAZON, architecture, name, description) }
}

fn amazon_2023(architecture: &str, kind: &str, kernel: &str, root_volume_gib: i32) -> Image {
    Image {
        boot_mode: boot_mode(architecture),
        imds_v2_only: true,
        root_volume_gib,
        ..amazon(
            architecture,
            format!("al2023-ami-{kind}2023.8.20250901.0-kernel-{kernel}-{architecture}"),
            format!("Amazon Linux 2023 {kind}AMI 2023.8.20250901.0 {architecture} HVM kernel-{kernel}").replace("minimal-", "minimal "),
        )
    }
}

/// Amazon Linux 2; `name` and `description` hold its version.
fn amazon_2(architecture: &str, name: String, description: String, root_volume_gib: i32) -> Image {
    Image {
        boot_mode: (architecture == ARM).then(|| "uefi".into()),
        root_volume_type: "gp2".into(),
        root_volume_gib,
        ..amazon(architecture, name, description)
    }
}

fn ubuntu(architecture: &str, release: &str, version: &str, built: &str) -> Image {
    // Canonical publishes releases up to 22.04 with gp2 root volumes, and 24.04 with gp3.
    let (folder, volume, imds_v2_only) = if version < "23" { ("hvm-ssd", "gp2", false) } else { ("hvm-ssd-gp3", "gp3", true) };
    let debian = debian_name(architecture);
    let day = built.replace('-', "");
    Image {
        root_volume_type: volume.into(),
        boot_mode: boot_mode(architecture),
        imds_v2_only,
        ..published(
            CANONICAL,
            architecture,
            format!("ubuntu/images/{folder}/ubuntu-{release}-{version}-{debian}-server-{day}"),
            format!("Canonical, Ubuntu, {version} LTS, {debian} {release} image build on {built}"),
        )
    }
}

fn debian(architecture: &str, release: u32) -> Image {
    Image {
        root_device_name: "/dev/xvda".into(),
        boot_mode: boot_mode(architecture),
        ..published(
            DEBIAN,
            architecture,
            format!("debian-{release}-{}-20250814-2204", debian_name(architecture)),
            format!("Debian {release} (20250814-2204)"),
        )
    }
}

fn usual(architecture: &str) -> Vec<Image> {
    vec![
        amazon_2023(architecture, "", "6.1", 8),
        amazon_2023(architecture, "", "6.12", 8),
        amazon_2(
            architecture,
            format!("amzn2-ami-kernel-5.10-hvm-2.0.20250902.3-{architecture}-gp2"),
            format!("Amazon Linux 2 Kernel 5.10 AMI 2.0.20250902.3 {architecture} HVM gp2"),
            8,
        ),
        ubuntu(architecture, "jammy", "22.04", "2025-08-21"),
        ubuntu(architecture, "noble", "24.04", "2025-08-21"),
        debian(architecture, 12),
    ]
}

fn further(architecture: &str) -> Vec<Image> {
    vec![
        amazon_2023(architecture, "minimal-", "6.1", 2),
        amazon_2023(architecture, "minimal-", "6.12", 2),
        amazon_2(
            architecture,
            format!("amzn2-ami-hvm-2.0.20250902.3-{architecture}-gp2"),
            format!("Amazon Linux 2 AMI 2.0.20250902.3 {architecture} HVM gp2"),
            8,
        ),
        amazon_2(
            architecture,
            format!("amzn2-ami-minimal-hvm-2.0.20250902.3-{architecture}-ebs"),
            format!("Amazon Linux 2 AMI 2.0.20250902.3 {architecture} Minimal HVM ebs"),
            2,
        ),
        ubuntu(architecture, "bionic", "18.04", "2023-06-07"),
        ubuntu(architecture, "focal", "20.04", "2025-06-03"),
        debian(architecture, 11),
        debian(architecture, 13),
    ]
}

/// Windows is published for x86_64 alone.
fn windows() -> Vec<Image> {
    let of = |version: &str, edition: &str| Image {
        root_volume_gib: 30,
        root_volume_type: "gp2".into(),
        windows: true,
        ..published(
            WINDOWS,
            X86,
            format!("Windows_Server-{version}-English-{edition}-Base-2025.08.13"),
            format!("Microsoft Windows Server {version} {edition} Locale English AMI provided by Amazon"),
        )
    };
    ["2019", "2022", "2025"].into_iter().flat_map(|version| ["Full", "Core"].map(|edition| of(version, edition))).collect()
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
        for architecture in ["x86_64", "arm64"] {
            assert!(find("137112412989", "amzn2-ami-minimal-hvm-", &format!("-{architecture}-ebs")));
            assert!(find("137112412989", "al2023-ami-minimal-2023.", &format!("-kernel-6.1-{architecture}")));
        }
        assert!(find("801119661308", "Windows_Server-2022-English-Full-Base-", ""));
    }

    #[test]
    fn the_first_image_the_oldest_and_the_newest_can_be_launched() {
        let images = Images::default().listed;
        let newest = images.iter().max_by_key(|image| image.created).unwrap();
        let oldest = images.iter().min_by_key(|image| image.created).unwrap();
        assert!(images.iter().any(|image| image.windows) && !images[0].windows && !newest.windows && !oldest.windows);
        let times: std::collections::BTreeSet<_> = images.iter().map(|image| image.created).collect();
        assert_eq!(times.len(), images.len(), "the newest of any has one answer");
    }

    #[test]
    fn the_owner_s_alias_follows_from_its_number() {
        let of = |owner: &str| Image { owner: owner.parse().unwrap(), ..Image::unlisted(ImageId::MIN) };
        for owner in ["137112412989", "801119661308", "099720109477", "136693071363"] {
            assert_eq!(of(owner).alias(), Some("amazon"), "{owner}");
        }
        assert_eq!(of("123456789012").alias(), None);
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
