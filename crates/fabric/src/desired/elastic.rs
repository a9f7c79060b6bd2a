//! Public addresses in the kernel: two map entries at the VPC's internet gateway, and a route on the host.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use model::elastic_ip::ElasticIp;
use model::ids::VpcId;
use model::world::Pools;
use model::{Here, Realm};

use super::nftables::element;
use super::{live, routing};
use crate::kernel::{Family, Key, Name, Namespace, Objects};
use crate::names;
use crate::ruleset;

/// The objects of an Elastic IP; none while it stands for nothing.
pub fn objects(here: Here<'_>, row: &ElasticIp, pools: &Pools) -> Objects {
    let Some(association) = &row.association else { return Objects::new() };
    let Some(realm) = here.state.realm(association.scope(here.scope)) else { return Objects::new() };
    let Some(interface) = realm.interfaces.get(&association.interface) else { return Objects::new() };
    mapping(realm, interface.vpc, row.public, association.private, pools)
}

/// A public address that stands for a private one, if the VPC has an internet gateway.
pub fn mapping(realm: &Realm, id: VpcId, public: Ipv4Addr, private: Ipv4Addr, pools: &Pools) -> Objects {
    let mut objects = Objects::new();
    if live::internet_gateway(realm, id).is_none() {
        return objects;
    }
    let namespace = names::vpc_namespace(id);
    objects.extend([
        element(&namespace, ruleset::ELASTIC_IN, &public.octets(), &private.octets()),
        element(&namespace, ruleset::ELASTIC_OUT, &private.octets(), &public.octets()),
    ]);
    let link = Name::from(names::host_link(&id.to_string()));
    objects.insert(
        Key::Route { namespace: Namespace::Host, table: routing::MAIN_TABLE, destination: IpNet::from(IpAddr::V4(public)) },
        routing::route_via(&link, Family::V4, Some(pools.host_v4().into())),
    );
    objects
}
