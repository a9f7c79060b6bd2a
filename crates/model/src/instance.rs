//! An instance: something that interfaces are attached to.

use serde::{Deserialize, Serialize};

use crate::ids::{ImageId, InstanceId, ReservationId, ResourceId, SnapshotId, SubnetId, VolumeId, VpcId};
use crate::index::{Entry, Indexed};
use crate::realm::Zone;
use crate::time::Timestamp;

/// An instance. Its interfaces are the rows that are attached to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// The launch it came from.
    pub reservation: ReservationId,
    /// Its place in that launch, from 0.
    pub launch_index: u32,
    /// What it runs.
    pub image: ImageId,
    /// `m5.large`: decides how many interfaces and addresses it can have.
    pub instance_type: String,
    /// The name of the key pair it was launched with.
    pub key_name: Option<String>,
    /// The subnet of its primary interface.
    pub subnet: SubnetId,
    /// The VPC of its primary interface.
    pub vpc: VpcId,
    /// Where it is.
    pub zone: Zone,
    /// Where it is in its life.
    pub state: InstanceState,
    /// Why the state last changed, as EC2 words it; empty at first.
    pub state_transition_reason: String,
    /// EC2's code for that reason, such as `Client.UserInitiatedShutdown`, and its message.
    pub state_reason: Option<StateReason>,
    /// Counts its boots: a launch, a start and a reboot each begin one. Whoever runs the instance compares this with
    /// the boot it runs.
    pub boot: u64,
    /// When it was last started.
    pub launched: Timestamp,
    /// When it was first launched: what its root volume carries.
    pub created: Timestamp,
    /// When it reached `terminated`; it stays visible for about an hour.
    pub terminated: Option<Timestamp>,
    /// What its image runs on: `x86_64`, `arm64`.
    pub architecture: String,
    /// `uefi`, `uefi-preferred`, `legacy-bios`, where the image says.
    pub boot_mode: Option<String>,
    /// The root volume.
    pub root_volume: RootVolume,
    /// Whether the primary interface is given an automatic public address when the instance starts, as at its launch.
    pub auto_public_address: bool,
    /// The script or data it is given at first boot.
    pub user_data: Option<Vec<u8>>,
    /// Whether TerminateInstances is refused.
    pub disable_api_termination: bool,
    /// Whether StopInstances is refused.
    pub disable_api_stop: bool,
    /// `stop` or `terminate`: what a shutdown from inside does.
    pub shutdown_behavior: String,
    /// Whether the stop or termination that was asked for last gives its processes no time to end by themselves.
    #[serde(default)]
    pub skip_os_shutdown: bool,
    /// `default` or `dedicated`. There is one machine, so it makes no difference here.
    pub tenancy: String,
    /// `default` or `disabled`. Nothing recovers instances here, so it makes no difference.
    pub auto_recovery: String,
    /// Whether detailed monitoring is on.
    pub monitoring: bool,
    /// `EbsOptimized`.
    pub ebs_optimized: bool,
    /// Cores and threads per core, where the launch chose them.
    pub cpu_options: Option<(i32, i32)>,
    /// `standard` or `unlimited`, for burstable types.
    pub cpu_credits: Option<String>,
    /// The instance metadata service's settings.
    pub metadata_options: MetadataOptions,
    /// Which private DNS name it has.
    pub private_dns: PrivateDnsOptions,
    /// Its IAM instance profile.
    pub iam_instance_profile: Option<IamInstanceProfile>,
    /// The token of its launch.
    pub client_token: Option<String>,
}

/// The volume an instance boots from: the only one it can have. It is a part of the instance's row, kept or not with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootVolume {
    /// Its id.
    pub id: VolumeId,
    /// `/dev/xvda` or `/dev/sda1`.
    pub device_name: String,
    /// Its size in GiB.
    pub size_gib: i32,
    /// `gp2`, `gp3`, `io1`, …
    pub volume_type: String,
    /// I/O operations per second, for the types that have them.
    pub iops: Option<i32>,
    /// MiB per second, for `gp3`.
    pub throughput: Option<i32>,
    /// Whether it is encrypted, as far as answers tell.
    pub encrypted: bool,
    /// What it was made from.
    pub snapshot: SnapshotId,
    /// Whether it goes with the instance.
    pub delete_on_termination: bool,
}

/// The IAM instance profile of an instance. There is no IAM here; the association is only kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IamInstanceProfile {
    /// Its ARN.
    pub arn: String,
    /// Its id: `AIPA…`.
    pub id: String,
    /// Names the association: `iip-assoc-…`.
    pub association: String,
}

impl IamInstanceProfile {
    /// Its name: what follows the last slash of its ARN.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InstanceState {
    /// Launched or started, not yet running.
    Pending,
    /// Running.
    Running,
    /// Terminate was asked for; it goes on to `Terminated`.
    ShuttingDown,
    /// Gone, still listed for a while.
    Terminated,
    /// Stop was asked for; it goes on to `Stopped`.
    Stopping,
    /// Not running; can be started.
    Stopped,
}

impl InstanceState {
    /// EC2's code and name.
    pub fn code_and_name(self) -> (i32, &'static str) {
        match self {
            Self::Pending => (0, "pending"),
            Self::Running => (16, "running"),
            Self::ShuttingDown => (32, "shutting-down"),
            Self::Terminated => (48, "terminated"),
            Self::Stopping => (64, "stopping"),
            Self::Stopped => (80, "stopped"),
        }
    }

    /// Whether its interfaces carry packets, or are about to. One that is being ended keeps its network to the end: a
    /// clean shutdown may need it.
    pub fn has_network(self) -> bool {
        !matches!(self, Self::Stopped | Self::Terminated)
    }
}

/// Why an instance is in its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReason {
    /// `Client.UserInitiatedShutdown`, `Server.InternalError`, …
    pub code: String,
    /// The code and a sentence.
    pub message: String,
}

/// The settings of the instance metadata service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// Whether only requests with a token are answered (`required`).
    pub tokens_required: bool,
    /// How far an answer may travel, 1 to 64.
    pub hop_limit: u8,
    /// Whether the service is on.
    pub enabled: bool,
    /// Whether it is reachable over IPv6 too.
    pub ipv6: bool,
    /// Whether it tells the instance's tags.
    pub instance_tags: bool,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        Self { tokens_required: false, hop_limit: 1, enabled: true, ipv6: false, instance_tags: false }
    }
}

/// Which private DNS name an instance has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateDnsOptions {
    /// `ip-name` or `resource-name`.
    pub hostname_type: String,
    /// Whether the resource name has an A record.
    pub a_record: bool,
    /// Whether the resource name has an AAAA record.
    pub aaaa_record: bool,
}

impl Default for PrivateDnsOptions {
    fn default() -> Self {
        Self { hostname_type: "ip-name".into(), a_record: false, aaaa_record: false }
    }
}

impl Indexed for Instance {
    fn entries(&self, out: &mut Vec<Entry>) {
        // A terminated instance stays listed but holds on to nothing.
        if self.state != InstanceState::Terminated {
            out.push(Entry::Reference(self.vpc.into(), self.id.into()));
            out.push(Entry::Reference(self.subnet.into(), self.id.into()));
        }
        out.push(Entry::Reservation(self.reservation, self.id));
        out.push(Entry::Volume(self.root_volume.id, self.id));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
