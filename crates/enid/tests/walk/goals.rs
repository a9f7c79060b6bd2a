//! Situations that a walk is to get into, and is led to while it never was there: what chance alone hardly comes to.

use model::instance::InstanceState;
use model::interface::NetworkInterface;
use model::route_table::{Destination, RouteTarget};
use model::security_group::Peer;
use model::{Realm, Scope, State};

use crate::draw::Dice;

/// A situation, and the templates that lead there.
struct Goal {
    name: &'static str,
    is_there: fn(&State, Scope, &Realm) -> bool,
    ways: &'static [&'static str],
}

const GOALS: &[Goal] = &[
    Goal {
        name: "a rule with a prefix list, of a group that a running instance is in",
        is_there: |state, scope, realm| {
            let names_list = |id| {
                realm.security_groups.get(id).is_some_and(|group| group.rules.iter().any(|rule| matches!(rule.peer, Peer::PrefixList(_))))
            };
            realm.interfaces.iter().any(|row| runs(state, scope, realm, row) && row.groups.iter().any(names_list))
        },
        ways: &["CreateManagedPrefixList", "AuthorizeSecurityGroupIngress", "RunInstances"],
    },
    Goal {
        name: "a route for a prefix list, in a VPC with a running instance",
        is_there: |state, scope, realm| {
            let mut tables = realm
                .route_tables
                .iter()
                .filter(|table| table.routes.iter().any(|route| matches!(route.destination, Destination::PrefixList(_))));
            tables.any(|table| lives(state, scope, realm, table.vpc))
        },
        ways: &["CreateManagedPrefixList", "CreateRoute", "RunInstances"],
    },
    Goal {
        name: "a lent interface on another account's running instance",
        is_there: |state, scope, realm| {
            let mut lent =
                realm.interfaces.iter().filter(|row| row.attachment.as_ref().is_some_and(|attachment| attachment.instance_owner.is_some()));
            lent.any(|row| runs(state, scope, realm, row))
        },
        ways: &["CreateNetworkInterfacePermission", "CreateNetworkInterface", "AttachNetworkInterface", "RunInstances"],
    },
    Goal {
        name: "an Elastic IP on another account's interface",
        is_there: |_, _, realm| {
            let mut associations = realm.elastic_ips.iter().filter_map(|row| row.association.as_ref());
            associations.any(|association| association.interface_owner.is_some())
        },
        ways: &["CreateNetworkInterfacePermission", "AllocateAddress", "AssociateAddress"],
    },
    Goal {
        name: "a rule that names a group of a peered VPC, in which a running instance is",
        is_there: |state, _, realm| {
            realm.security_groups.iter().flat_map(|group| &group.rules).any(|rule| match rule.peer {
                Peer::Group { group, vpc: Some(vpc), peering: Some(peering), .. } => {
                    let active = realm.vpc_peering_connections.get(&peering).is_some_and(|row| row.is_active());
                    active
                        && state.realms().any(|(there, realm)| {
                            realm
                                .interfaces
                                .iter()
                                .any(|row| row.vpc == vpc && row.groups.contains(&group) && runs(state, there, realm, row))
                        })
                }
                _ => false,
            })
        },
        ways: &["CreateVpcPeeringConnection", "AcceptVpcPeeringConnection", "AuthorizeSecurityGroupIngress", "RunInstances"],
    },
    Goal {
        name: "a route through an active peering connection, in a VPC with a running instance",
        is_there: |state, scope, realm| {
            realm.route_tables.iter().any(|table| {
                let through = |target| matches!(target, RouteTarget::VpcPeeringConnection(id) if realm.vpc_peering_connections.get(&id).is_some_and(|row| row.is_active()));
                lives(state, scope, realm, table.vpc) && table.routes.iter().any(|route| through(route.target))
            })
        },
        ways: &["CreateVpcPeeringConnection", "AcceptVpcPeeringConnection", "CreateRoute", "RunInstances"],
    },
    Goal {
        name: "a route through a NAT gateway that works, in a VPC with a running instance",
        is_there: |state, scope, realm| {
            realm.route_tables.iter().any(|table| {
                let through = |target| matches!(target, RouteTarget::NatGateway(id) if realm.nat_gateways.get(&id).is_some_and(|row| row.interface().is_some()));
                lives(state, scope, realm, table.vpc) && table.routes.iter().any(|route| through(route.target))
            })
        },
        ways: &["CreateNatGateway", "CreateRoute", "RunInstances"],
    },
];

/// Whether the instance that an interface is on runs.
fn runs(state: &State, scope: Scope, realm: &Realm, interface: &NetworkInterface) -> bool {
    let here = model::Here { state, scope, realm };
    here.instance_of(interface).is_some_and(|instance| instance.state == InstanceState::Running)
}

fn lives(state: &State, scope: Scope, realm: &Realm, vpc: model::ids::VpcId) -> bool {
    realm.interfaces.iter().any(|row| row.vpc == vpc && runs(state, scope, realm, row))
}

/// Which situations a walk was in.
#[derive(Default)]
pub struct Goals {
    reached: [bool; GOALS.len()],
}

impl Goals {
    /// Notes where the walk is.
    pub fn note(&mut self, state: &State) {
        for (reached, goal) in self.reached.iter_mut().zip(GOALS) {
            *reached = *reached || state.realms().any(|(scope, realm)| (goal.is_there)(state, scope, realm));
        }
    }

    /// An operation that leads to a situation it never was in.
    pub fn next(&self, dice: &mut Dice) -> Option<&'static str> {
        let missing: Vec<&Goal> = self.reached.iter().zip(GOALS).filter(|(reached, _)| !**reached).map(|(_, goal)| goal).collect();
        let ways = dice.pick(&missing)?.ways;
        dice.pick(ways).copied()
    }

    /// The situations that it never was in.
    pub fn missed(&self) -> Vec<&'static str> {
        self.reached.iter().zip(GOALS).filter(|(reached, _)| !**reached).map(|(_, goal)| goal.name).collect()
    }
}
