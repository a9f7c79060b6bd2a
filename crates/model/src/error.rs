//! Why a rule refuses. Free of the wire: codes and wording are chosen where an answer is made.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::ids::{InstanceId, NetworkInterfaceId, ResourceId, SubnetId, VpcId};

/// Why a rule refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no such resource.
    NotFound(ResourceId),
    /// The resource still has dependents.
    DependencyViolation(ResourceId),
    /// An address lies outside the subnet.
    AddressOutsideSubnet(IpAddr),
    /// An address is one that EC2 keeps for itself.
    AddressReserved(IpAddr),
    /// An address is taken, and the operation can never move it.
    AddressInUse(IpAddr),
    /// Addresses are taken by other interfaces and reassignment was not allowed.
    MoveNotAllowed(Vec<IpAddr>),
    /// An address is another interface's primary one, which never moves.
    PrimaryCannotMove(IpAddr),
    /// A block is not a prefix that can be delegated (/28 or /80, aligned).
    PrefixMalformed(IpNet),
    /// A prefix overlaps an address or prefix in use.
    PrefixInUse(IpNet),
    /// Prefixes were asked for on a type that has none.
    PrefixesUnsupported(&'static str),
    /// The instance type allows no more addresses on an interface.
    AddressLimit {
        /// The limit of the type.
        limit: u32,
        /// How many there would be.
        wanted: u32,
    },
    /// The instance type allows no more interfaces.
    InterfaceLimit {
        /// The type.
        instance_type: String,
        /// How many there would be.
        wanted: u32,
    },
    /// A subnet has too few free addresses.
    NoFreeAddresses(SubnetId),
    /// A subnet has too few free prefixes.
    NoFreePrefixes(SubnetId),
    /// A subnet has no IPv6 block.
    NoIpv6Block(SubnetId),
    /// A subnet has no IPv4 block.
    NoIpv4Block(SubnetId),
    /// The primary address cannot be unassigned.
    PrimaryCannotBeUnassigned(IpAddr),
    /// Addresses or prefixes are not those of the interface.
    NotAssigned {
        /// The interface.
        interface: NetworkInterfaceId,
        /// What it does not have.
        blocks: Vec<IpNet>,
    },
    /// A device index is taken.
    DeviceIndexInUse {
        /// The instance.
        instance: InstanceId,
        /// The index.
        device_index: u16,
    },
    /// An interface is attached already.
    InterfaceInUse(NetworkInterfaceId),
    /// The primary interface stays with its instance.
    PrimaryInterfaceCannotBeDetached,
    /// The state of an instance does not allow what was asked for.
    IncorrectInstanceState {
        /// The instance.
        instance: InstanceId,
        /// What cannot be done, as EC2 words it: `started`, `stopped`.
        action: &'static str,
    },
    /// An instance that was never running cannot be stopped.
    NeverRan(InstanceId),
    /// An instance is protected from what was asked for.
    Protected {
        /// The instance.
        instance: InstanceId,
        /// What cannot be done: `terminated`, `stopped`.
        action: &'static str,
        /// The attribute that protects it: `disableApiTermination`, `disableApiStop`.
        attribute: &'static str,
    },
    /// No internet gateway is attached to the VPC.
    NoInternetGateway(VpcId),
    /// No public address is free.
    NoFreePublicAddresses,
    /// A quota of the region is used up.
    Quota(&'static str),
}
