//! The operations: a file per resource, a pure function per operation, and the table of all of them.
//!
//! A read is `fn(&View, Input) -> Result<Output, ApiError>`; a write is `fn(&mut Draft, &mut Ctx, Input) -> Result<Output,
//! ApiError>` and what it changes is what the draft holds at the end. One that takes a `ClientToken` is two: what it makes,
//! by its id, and the answer that tells of it, which a repeated request gets as well (`once`). `DryRun` and `ClientToken`
//! are dealt with once, for every operation that has them. Rules of addressing and the like are in `model`; what an
//! operation does beside calling them is to translate between the wire and the model.

mod account;
mod address_attribute;
mod address_transfer;
pub mod checks;
pub mod constant_read;
mod describe;
mod dhcp_options;
mod egress_only_internet_gateway;
mod elastic_ip;
mod errors;
mod filter;
mod id_errors;
mod image;
mod instance;
mod instance_type;
mod internet_gateway;
pub mod key_material;
mod key_pair;
mod launch_template;
mod lookup;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod network_interface_permission;
mod once;
mod page;
mod pattern;
mod prefix_list;
mod private_address;
mod public_ipv4_pool;
mod region;
mod route_table;
mod security_group;
mod subnet;
mod subnet_block;
mod tag_spec;
mod tags;
mod volume;
mod vpc;
mod vpc_block;
mod vpc_peering;
pub mod work;

use crate::checks::ReadChecks;
pub use crate::errors::internal_error;
pub use crate::key_material::KeyMaterial;
use ec2_api::ApiError;
use ec2_api::query::Params;
use model::ids::InstanceId;
use model::{Ctx, Draft, Here, Realm, Scope, State, Timestamp, World};

/// What a reading operation sees.
pub struct View<'a> {
    /// Everything, for the few operations that look beyond the caller's realm.
    pub state: &'a State,
    /// The caller's account and region.
    pub scope: Scope,
    /// The caller's resources.
    pub realm: &'a Realm,
    /// The time of the request.
    pub now: Timestamp,
    /// Pools, quotas and images.
    pub world: &'a World,
    /// Reads what an instance wrote to its console, which no row holds.
    pub console: &'a ReadConsole,
    /// Reads the status checks of a running instance, which no row holds either.
    pub checks: &'a ReadChecks,
}

impl<'a> View<'a> {
    /// The caller's resources among the others.
    pub fn here(&self) -> Here<'a> {
        Here { state: self.state, scope: self.scope, realm: self.realm }
    }
}

/// Reads what an instance wrote to its console.
pub type ReadConsole = dyn Fn(InstanceId) -> Vec<u8> + Send + Sync;

/// An operation by its name.
pub struct Entry {
    /// EC2's name of the action.
    pub name: &'static str,
    /// How it runs.
    pub handler: Handler,
}

/// Decodes, runs and encodes one operation; the body is the answer without its envelope.
pub enum Handler {
    /// On a published state.
    Read(fn(&View<'_>, Params) -> Result<String, ApiError>),
    /// On a draft of the next state.
    Write(fn(&mut Draft, &mut Ctx<'_>, Params) -> Result<String, ApiError>),
    /// A write that needs a key, which takes long to make: it is made away from the writer, once the write is known to succeed.
    WriteWithKey(WriteWithKey),
}

/// A write that is given a key.
pub type WriteWithKey = fn(&mut Draft, &mut Ctx<'_>, Params, &KeyMaterial) -> Result<String, ApiError>;

/// Lists the operations of a resource: `read DescribeVpcs => describe_vpcs, write CreateVpc => create_vpc`, and those that
/// take a client token: `make CreateRouteTable => create => created`. What is marked `make_params` decodes its parameters
/// itself, as it also needs them as they were sent.
macro_rules! operations {
    ($($kind:ident $name:ident => $function:path $(=> $tell:path)?),* $(,)?) => {
        /// The operations of this file.
        pub(super) const OPERATIONS: &[$crate::Entry] = &[$($crate::Entry {
            name: stringify!($name),
            handler: $crate::operation!($kind $name $function $(=> $tell)?),
        }),*];
    };
}

macro_rules! operation {
    (read $name:ident $function:path) => {
        $crate::Handler::Read(|view, params| {
            let input = params.decode::<ec2_api::operations::$name>()?;
            Ok(ec2_api::xml::body(&$function(view, input)?))
        })
    };
    (write_with_key $name:ident $function:path) => {
        $crate::Handler::WriteWithKey(|draft, ctx, params, key| {
            let input = params.decode::<ec2_api::operations::$name>()?;
            Ok(ec2_api::xml::body(&$function(draft, ctx, input, key)?))
        })
    };
    (write $name:ident $function:path) => {{
        const { assert!(!$crate::once::takes_token::<ec2_api::operations::$name>(), "one with a client token is a `make`") };
        $crate::Handler::Write(|draft, ctx, params| {
            let input = params.decode::<ec2_api::operations::$name>()?;
            Ok(ec2_api::xml::body(&$function(draft, ctx, input)?))
        })
    }};
    (make $name:ident $function:path => $tell:path) => {
        $crate::Handler::Write(|draft, ctx, params| {
            $crate::once::once(
                draft,
                ctx,
                params,
                |draft, ctx, params| $function(draft, ctx, params.decode::<ec2_api::operations::$name>()?),
                $tell,
            )
        })
    };
    (make_params $name:ident $function:path => $tell:path) => {
        $crate::Handler::Write(|draft, ctx, params| $crate::once::once(draft, ctx, params, $function, $tell))
    };
}

use {operation, operations};

/// Every operation that is served.
pub const OPERATIONS: &[&[Entry]] = &[
    account::OPERATIONS,
    address_attribute::OPERATIONS,
    address_transfer::OPERATIONS,
    dhcp_options::OPERATIONS,
    egress_only_internet_gateway::OPERATIONS,
    elastic_ip::OPERATIONS,
    image::OPERATIONS,
    instance::OPERATIONS,
    instance_type::OPERATIONS,
    internet_gateway::OPERATIONS,
    key_pair::OPERATIONS,
    launch_template::OPERATIONS,
    nat_gateway::OPERATIONS,
    network_acl::OPERATIONS,
    network_interface::OPERATIONS,
    network_interface_permission::OPERATIONS,
    prefix_list::OPERATIONS,
    private_address::OPERATIONS,
    public_ipv4_pool::OPERATIONS,
    region::OPERATIONS,
    route_table::OPERATIONS,
    security_group::OPERATIONS,
    subnet::OPERATIONS,
    subnet_block::OPERATIONS,
    tags::OPERATIONS,
    volume::OPERATIONS,
    vpc::OPERATIONS,
    vpc_block::OPERATIONS,
    vpc_peering::OPERATIONS,
];
