//! What EC2 promises of security groups and their rules.

use super::*;
use crate::ctx::SeededRandom;
use crate::invariants;
use crate::quotas::Quotas;
use crate::realm::{Region, Scope};
use crate::state::State;
use crate::time::Timestamp;
use crate::world::World;
use crate::{tags::TagSet, vpc, vpc_block};

/// Runs a test on a VPC with a group beside the default one.
fn on_stage(test: impl FnOnce(&mut Draft, &mut Ctx<'_>, VpcId, SecurityGroupId)) {
    let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
    let world = World::default();
    let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
    let mut draft = Draft::new(State::default(), scope);
    let vpc = vpc::create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
    let group = create(&mut draft, &mut ctx, vpc, "web".into(), "Web".into()).unwrap();
    test(&mut draft, &mut ctx, vpc, group);
    assert_eq!(invariants::check(draft.state()), []);
}

fn tcp(port: i32, peer: Peer) -> Permission {
    Permission::new(Protocol::TCP, Some(port), Some(port), peer).unwrap()
}

fn anywhere() -> Peer {
    Peer::Ipv4(Ipv4Net::default())
}

fn members(group: SecurityGroupId) -> Peer {
    Peer::Group { group, account: AccountId::DEFAULT, vpc: None, peering: None }
}

fn admit(draft: &mut Draft, ctx: &mut Ctx<'_>, group: SecurityGroupId, given: &[Permission]) -> Result<Vec<SecurityGroupRule>, Error> {
    authorize(draft, ctx, group, Direction::Ingress, given.iter().map(|permission| (permission.clone(), None)).collect())
}

#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    on_stage(|draft, ctx, vpc, group| {
        let peers = |draft: &Draft, group| {
            let group = draft.realm().security_groups.get(&group).unwrap();
            assert_eq!(group.rules(Direction::Ingress).count(), 0);
            group.rules(Direction::Egress).map(|rule| rule.peer.clone()).collect::<Vec<_>>()
        };
        assert_eq!(peers(draft, group), [anywhere()]);
        vpc_block::add_amazon_ipv6(draft, ctx, vpc).unwrap();
        let later = create(draft, ctx, vpc, "later".into(), "Later".into()).unwrap();
        assert_eq!(peers(draft, later), [anywhere(), Peer::Ipv6(Ipv6Net::default())]);
        assert_eq!(peers(draft, group), [anywhere(), Peer::Ipv6(Ipv6Net::default())]);
    });
}

#[test]
fn a_group_whose_outgoing_rules_were_changed_is_left_alone_by_an_ipv6_block() {
    on_stage(|draft, ctx, vpc, group| {
        authorize(draft, ctx, group, Direction::Egress, vec![(tcp(22, anywhere()), None)]).unwrap();
        vpc_block::add_amazon_ipv6(draft, ctx, vpc).unwrap();
        assert_eq!(draft.realm().security_groups.get(&group).unwrap().rules(Direction::Egress).count(), 2);
    });
}

#[test]
fn names_are_unique_in_a_vpc_only() {
    on_stage(|draft, ctx, vpc, _| {
        let again = create(draft, ctx, vpc, "web".into(), "Web".into());
        assert_eq!(again, Err(Error::GroupExists { name: "web".into(), vpc }));
        let other = vpc::create(draft, ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        create(draft, ctx, other, "web".into(), "Web".into()).unwrap();
    });
}

#[test]
fn all_or_none_of_the_permissions_become_rules() {
    on_stage(|draft, ctx, _, group| {
        admit(draft, ctx, group, &[tcp(22, anywhere())]).unwrap();
        let before = draft.state().clone();
        let both = [tcp(80, anywhere()), tcp(22, anywhere())];
        assert_eq!(admit(draft, ctx, group, &both), Err(Error::PermissionExists(Box::new(tcp(22, anywhere())))));
        assert_eq!(admit(draft, ctx, group, &[tcp(80, anywhere()), tcp(80, anywhere())]), Err(Error::PermissionRepeated));
        assert_eq!(*draft.state(), before);
    });
}

#[test]
fn a_group_takes_sixty_rules_a_direction_of_ipv4_and_as_many_of_ipv6() {
    on_stage(|draft, ctx, _, group| {
        let v4: Vec<_> = (1..=60).map(|port| tcp(port, anywhere())).collect();
        admit(draft, ctx, group, &v4).unwrap();
        let v6: Vec<_> = (1..=60).map(|port| tcp(port, Peer::Ipv6(Ipv6Net::default()))).collect();
        admit(draft, ctx, group, &v6).unwrap();
        assert_eq!(admit(draft, ctx, group, &[tcp(61, anywhere())]), Err(Error::RuleLimit));
        assert_eq!(admit(draft, ctx, group, &[tcp(61, members(group))]), Err(Error::RuleLimit));
        let far_too_many: Vec<_> = (1..20_000).map(|port| tcp(port, anywhere())).collect();
        assert_eq!(admit(draft, ctx, group, &far_too_many), Err(Error::RuleLimit));
    });
}

#[test]
fn peers_are_groups_of_the_same_vpc() {
    on_stage(|draft, ctx, _, group| {
        let unknown = SecurityGroupId::random(ctx.random);
        assert_eq!(admit(draft, ctx, group, &[tcp(22, members(unknown))]), Err(Error::NotFound(unknown.into())));
        let vpc = vpc::create(draft, ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
        let elsewhere = create(draft, ctx, vpc, "web".into(), "Web".into()).unwrap();
        assert_eq!(admit(draft, ctx, group, &[tcp(22, members(elsewhere))]), Err(Error::DifferentNetworks));
    });
}

#[test]
fn a_group_that_others_name_stays_and_may_name_itself() {
    on_stage(|draft, ctx, vpc, group| {
        admit(draft, ctx, group, &[tcp(22, members(group))]).unwrap();
        let other = create(draft, ctx, vpc, "other".into(), "Other".into()).unwrap();
        admit(draft, ctx, other, &[tcp(22, members(group))]).unwrap();
        assert_eq!(delete(draft, group), Err(Error::DependencyViolation(group.into())));
        delete(draft, other).unwrap();
        delete(draft, group).unwrap();
        let default = draft.realm().index.group_named(vpc, DEFAULT_NAME).unwrap();
        assert_eq!(delete(draft, default), Err(Error::DefaultGroup(default)));
    });
}

#[test]
fn a_revoked_rule_goes_with_its_tags_and_an_unknown_one_is_told() {
    on_stage(|draft, ctx, _, group| {
        let rules = admit(draft, ctx, group, &[tcp(22, anywhere()), tcp(80, anywhere())]).unwrap();
        draft.put(TagSet { resource: rules[0].id.into(), tags: [("a".to_owned(), "b".to_owned())].into() });
        let (revoked, unknown) = revoke(draft, group, Direction::Ingress, vec![tcp(22, anywhere()), tcp(23, anywhere())]).unwrap();
        assert_eq!((revoked.as_slice(), unknown.as_slice()), (&rules[..1], &[tcp(23, anywhere())][..]));
        assert!(draft.realm().tags.is_empty());
        let gone = revoke_by_ids(draft, group, Direction::Ingress, &[rules[1].id, rules[0].id]);
        assert_eq!(gone, Err(Error::NotFound(rules[0].id.into())));
        let other_way = revoke_by_ids(draft, group, Direction::Egress, &[rules[1].id]);
        assert_eq!(other_way, Err(Error::NotFound(rules[1].id.into())));
        revoke_by_ids(draft, group, Direction::Ingress, &[rules[1].id]).unwrap();
    });
}

#[test]
fn ports_must_suit_the_protocol() {
    let check = |protocol, from, to| Permission::new(protocol, from, to, anywhere()).map(|made| (made.from_port, made.to_port));
    assert_eq!(check(Protocol::TCP, Some(0), Some(65535)), Ok((Some(0), Some(65535))));
    assert_eq!(check(Protocol::UDP, Some(53), None), Err(Error::PortsMissing(Protocol::UDP)));
    assert_eq!(check(Protocol::TCP, Some(-1), Some(-1)), Err(Error::PortOutOfRange(-1)));
    assert_eq!(check(Protocol::TCP, Some(22), Some(65536)), Err(Error::PortOutOfRange(65536)));
    assert_eq!(check(Protocol::TCP, Some(80), Some(22)), Err(Error::PortRangeReversed { from: 80, to: 22 }));
    assert_eq!(check(Protocol::ICMP, Some(8), Some(-1)), Ok((Some(8), Some(-1))));
    assert_eq!(check(Protocol::ICMP, None, None), Err(Error::PortsMissing(Protocol::ICMP)));
    assert_eq!(check(Protocol::ICMP, Some(-1), Some(0)), Err(Error::IcmpOutOfRange { kind: -1, code: 0 }));
    assert_eq!(check(Protocol::ICMPV6, None, None), Ok((Some(-1), Some(-1))));
    assert_eq!(check(Protocol::All, Some(22), Some(22)), Ok((None, None)));
    assert_eq!(check(Protocol::Number(50), Some(22), Some(22)), Ok((None, None)));
}

#[test]
fn a_quota_bounds_the_groups_of_a_region() {
    let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
    let world = World { quotas: Quotas { security_groups: Some(2), ..Quotas::default() }, ..World::default() };
    let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
    let mut draft = Draft::new(State::default(), scope);
    let vpc = vpc::create(&mut draft, &mut ctx, "10.0.0.0/16".parse().unwrap(), "default").unwrap();
    create(&mut draft, &mut ctx, vpc, "web".into(), "Web".into()).unwrap();
    assert_eq!(create(&mut draft, &mut ctx, vpc, "db".into(), "Db".into()), Err(Error::Quota("security_groups")));
}
