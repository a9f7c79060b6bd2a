//! What an instance's network is given at boot, as the DHCP client of a real one would: the primary addresses and the default route.
//! Everything else inside is the guest's business, as on EC2.

use std::net::IpAddr;
use std::path::Path;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::Here;
use model::ids::InstanceId;

use crate::desired::routing;
use crate::kernel::linux::LinuxKernel;
use crate::kernel::{Kernel, KernelError, Key, Link, LinkKind, Name, Namespace, Objects, Route, RouteTarget, Value};
use crate::names;
use crate::plan::plan;

/// The addresses and routes of an instance at boot: per interface its primary IPv4 address with the subnet's mask and its first IPv6
/// address as /128; by way of the first interface, the default routes, that of IPv6 where its subnet has IPv6.
pub fn objects(here: Here<'_>, instance: InstanceId) -> Objects {
    let namespace = Namespace::named(&instance.to_string());
    let mut objects = Objects::new();
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: Name::from("lo") },
        Value::Link(Link { kind: LinkKind::Loopback, up: true }),
    );
    for (owner, row) in here.interfaces_of(instance) {
        let Some(attachment) = &row.attachment else { continue };
        let link = Name::from(names::guest_link(attachment.network_card_index, attachment.device_index));
        let primary = attachment.network_card_index == 0 && attachment.device_index == 0;
        let mut default = |destination: IpNet, gateway: IpAddr| {
            if primary {
                objects.insert(
                    Key::Route { namespace: namespace.clone(), table: routing::MAIN_TABLE, destination },
                    Value::Route(Route { target: RouteTarget::Via { link: link.clone(), gateway }, source: None }),
                );
            }
        };
        let subnet = owner.realm.subnets.get(&row.subnet);
        let cidr = subnet.and_then(|subnet| subnet.cidr);
        let mut addresses = Vec::new();
        if let (Some(address), Some(cidr)) = (row.primary_ipv4(), cidr) {
            addresses.extend(Ipv4Net::new(address, cidr.prefix_len()).map(IpNet::V4));
            default(IpNet::V4(Ipv4Net::default()), routing::router(cidr).into());
        }
        if let Some(address) = row.ipv6.first() {
            addresses.push(IpAddr::V6(*address).into());
        }
        // Routers advertise themselves in every subnet with IPv6, also to those that have no address yet.
        if !row.ipv6.is_empty() || subnet.is_some_and(|subnet| !subnet.ipv6_blocks.is_empty()) {
            default(IpNet::V6(Ipv6Net::default()), routing::ROUTER_V6.into());
        }
        for address in addresses {
            objects.insert(Key::Address { namespace: namespace.clone(), link: link.clone(), address }, Value::Exists);
        }
    }
    objects
}

/// Gives a new instance its addresses and default routes. Its interfaces must be there: see
/// [`crate::reconcile::Reconciler::settle_in`].
///
/// # Errors
/// All steps that failed.
pub fn configure(data: &Path, here: Here<'_>, instance: InstanceId) -> Result<(), Vec<KernelError>> {
    let mut kernel = LinuxKernel::new(data).map_err(|error| vec![KernelError::io("open the kernel", &error)])?;
    let steps = plan(&Objects::new(), &objects(here, instance));
    let errors: Vec<_> = kernel.apply(&steps).into_iter().filter_map(Result::err).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
