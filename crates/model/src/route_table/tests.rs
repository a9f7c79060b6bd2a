//! What EC2 promises of route tables and routes.

use super::*;
use crate::ctx::SeededRandom;
use crate::gateway::InternetGateway;
use crate::invariants;
use crate::quotas::Quotas;
use crate::realm::{AccountId, Region, Scope};
use crate::state::State;
use crate::time::Timestamp;
use crate::world::World;
use crate::{subnet, vpc};

/// A VPC 10.0.0.0/16 with a subnet 10.0.1.0/24, an attached internet gateway and a route table beside the main one.
struct Stage {
    draft: Draft,
    vpc: VpcId,
    subnet: SubnetId,
    gateway: InternetGatewayId,
    table: RouteTableId,
}

fn on_stage(test: impl FnOnce(&mut Stage, &mut Ctx<'_>)) {
    let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
    let world = World::default();
    let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
    let mut draft = Draft::new(State::default(), scope);
    let vpc = vpc::create(&mut draft, &mut ctx, block("10.0.0.0/16"), "default").unwrap();
    let zone = scope.region.zones().next().unwrap();
    let subnet = subnet::create(&mut draft, &mut ctx, vpc, zone, Some(block("10.0.1.0/24")), None).unwrap();
    let gateway = InternetGatewayId::random(ctx.random);
    draft.put(InternetGateway { id: gateway, vpc: Some(vpc) });
    let table = create(&mut draft, &mut ctx, vpc).unwrap();
    let mut stage = Stage { draft, vpc, subnet, gateway, table };
    test(&mut stage, &mut ctx);
    assert_eq!(invariants::check(stage.draft.state()), []);
}

fn block(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

fn to(text: &str) -> Destination {
    Destination::Ipv4(block(text))
}

impl Stage {
    fn add(&mut self, destination: &str, target: RouteTarget) -> Result<(), Error> {
        add_route(&mut self.draft, self.table, Route { destination: to(destination), target })
    }

    fn routes(&self) -> Vec<(String, bool, bool)> {
        let table = self.draft.realm().route_tables.get(&self.table).unwrap();
        let routes = table.effective_routes(self.draft.here());
        routes.iter().map(|route| (route.destination.to_string(), route.implicit, route.active)).collect()
    }
}

#[test]
fn every_table_has_a_local_route_for_each_block_of_the_vpc_which_nobody_can_remove() {
    on_stage(|stage, _| {
        assert_eq!(stage.routes(), [("10.0.0.0/16".to_owned(), true, true)]);
        let destination = to("10.0.0.0/16");
        let expected = Error::LocalRoute { table: stage.table, destination };
        assert_eq!(delete_route(&mut stage.draft, stage.table, destination), Err(expected));
    });
}

#[test]
fn a_destination_has_one_route_and_a_detached_gateway_leaves_a_blackhole() {
    on_stage(|stage, _| {
        let target = RouteTarget::InternetGateway(stage.gateway);
        stage.add("0.0.0.0/0", target).unwrap();
        assert_eq!(stage.add("0.0.0.0/0", target), Err(Error::RouteExists(to("0.0.0.0/0"))));
        assert_eq!(stage.routes()[1], ("0.0.0.0/0".to_owned(), false, true));
        stage.draft.put(InternetGateway { id: stage.gateway, vpc: None });
        assert_eq!(stage.routes()[1], ("0.0.0.0/0".to_owned(), false, false));
        delete_route(&mut stage.draft, stage.table, to("0.0.0.0/0")).unwrap();
        let gone = Error::RouteNotFound { table: stage.table, destination: to("0.0.0.0/0") };
        assert_eq!(delete_route(&mut stage.draft, stage.table, to("0.0.0.0/0")), Err(gone));
    });
}

#[test]
fn only_an_existing_route_is_replaced() {
    on_stage(|stage, _| {
        let route = Route { destination: to("0.0.0.0/0"), target: RouteTarget::InternetGateway(stage.gateway) };
        assert_eq!(replace_route(&mut stage.draft, stage.table, route), Err(Error::NoRouteToReplace(to("0.0.0.0/0"))));
    });
}

#[test]
fn a_destination_inside_the_vpc_does_not_go_to_an_internet_gateway() {
    on_stage(|stage, _| {
        let target = RouteTarget::InternetGateway(stage.gateway);
        for inside in ["10.0.0.0/16", "10.0.1.0/24", "10.0.1.7/32"] {
            assert_eq!(stage.add(inside, target), Err(Error::TargetUnfitForLocal(to(inside))));
        }
        stage.add("10.0.0.0/8", target).unwrap();
        assert_eq!(stage.add("169.254.169.254/32", target), Err(Error::DestinationReserved(to("169.254.169.254/32"))));
    });
}

#[test]
fn a_gateway_of_another_network_is_no_target() {
    on_stage(|stage, ctx| {
        let gateway = InternetGatewayId::random(ctx.random);
        let target = RouteTarget::InternetGateway(gateway);
        assert_eq!(stage.add("0.0.0.0/0", target), Err(Error::NotFound(gateway.into())));
        stage.draft.put(InternetGateway { id: gateway, vpc: None });
        let elsewhere = Error::RouteTableElsewhere { table: stage.table, other: gateway.into() };
        assert_eq!(stage.add("0.0.0.0/0", target), Err(elsewhere));
    });
}

#[test]
fn a_table_takes_fifty_routes() {
    on_stage(|stage, _| {
        let target = RouteTarget::InternetGateway(stage.gateway);
        for index in 0..50 {
            stage.add(&format!("192.168.{index}.0/24"), target).unwrap();
        }
        assert_eq!(stage.add("0.0.0.0/0", target), Err(Error::RouteLimit));
    });
}

#[test]
fn a_subnet_uses_one_table_and_a_used_table_stays() {
    on_stage(|stage, ctx| {
        let target = AssociationTarget::Subnet(stage.subnet);
        let association = associate(&mut stage.draft, ctx, stage.table, target).unwrap();
        assert_eq!(associate(&mut stage.draft, ctx, stage.table, target), Ok(association));
        let other = create(&mut stage.draft, ctx, stage.vpc).unwrap();
        assert_eq!(associate(&mut stage.draft, ctx, other, target), Err(Error::RouteTableConflict(other)));
        assert_eq!(delete(&mut stage.draft, stage.table), Err(Error::DependencyViolation(stage.table.into())));
        let moved = replace_association(&mut stage.draft, ctx, association, other).unwrap();
        delete(&mut stage.draft, stage.table).unwrap();
        disassociate(&mut stage.draft, moved).unwrap();
        assert_eq!(disassociate(&mut stage.draft, moved), Err(Error::NotFound(moved.into())));
    });
}

#[test]
fn the_main_association_is_replaced_but_never_ended() {
    on_stage(|stage, ctx| {
        let realm = stage.draft.realm();
        let main = realm.index.main_route_table(stage.vpc).unwrap();
        let association = realm.route_tables.get(&main).unwrap().associations[0].id;
        assert_eq!(disassociate(&mut stage.draft, association), Err(Error::MainAssociation(association)));
        assert_eq!(delete(&mut stage.draft, main), Err(Error::DependencyViolation(main.into())));
        replace_association(&mut stage.draft, ctx, association, stage.table).unwrap();
        assert_eq!(stage.draft.realm().index.main_route_table(stage.vpc), Some(stage.table));
        delete(&mut stage.draft, main).unwrap();
    });
}

#[test]
fn a_gateways_table_has_routes_inside_the_vpc_only() {
    on_stage(|stage, ctx| {
        let target = AssociationTarget::InternetGateway(stage.gateway);
        stage.add("0.0.0.0/0", RouteTarget::InternetGateway(stage.gateway)).unwrap();
        assert_eq!(associate(&mut stage.draft, ctx, stage.table, target), Err(Error::RouteTableUnfit(stage.table)));
        delete_route(&mut stage.draft, stage.table, to("0.0.0.0/0")).unwrap();
        associate(&mut stage.draft, ctx, stage.table, target).unwrap();
        let refused = stage.add("192.168.0.0/16", RouteTarget::InternetGateway(stage.gateway));
        assert_eq!(refused, Err(Error::NotASubnet(to("192.168.0.0/16"))));
        forget_gateway(&mut stage.draft, stage.gateway);
        delete(&mut stage.draft, stage.table).unwrap();
    });
}

#[test]
fn a_quota_bounds_the_tables_of_a_vpc() {
    let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
    let world = World { quotas: Quotas { route_tables_per_vpc: Some(2), ..Quotas::default() }, ..World::default() };
    let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
    let mut draft = Draft::new(State::default(), scope);
    let vpc = vpc::create(&mut draft, &mut ctx, block("10.0.0.0/16"), "default").unwrap();
    create(&mut draft, &mut ctx, vpc).unwrap();
    assert_eq!(create(&mut draft, &mut ctx, vpc), Err(Error::Quota("route_tables_per_vpc")));
}
