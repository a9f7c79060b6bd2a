//! The life of an instance: what may be asked of it in which state, and what each step changes.
//!
//! A request only begins a transition (`pending`, `stopping`, `shutting-down`); [`advance`] ends it, once whatever runs
//! the instance has done its part. Source:
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>.

use crate::ctx::Ctx;
use crate::elastic_ip;
use crate::error::Error;
use crate::ids::{InstanceId, ResourceId};
use crate::instance::{Instance, InstanceState, StateReason};
use crate::interface::{NetworkInterface, delete_interface};
use crate::realm::Scope;
use crate::state::{Draft, Key, Realm};
use crate::time::Timestamp;

/// How long a terminated instance stays listed. EC2 says "about an hour".
pub const TERMINATED_SECONDS: i64 = 3600;

/// The state of an instance before a request, and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The instance.
    pub instance: InstanceId,
    /// Its state before.
    pub previous: InstanceState,
    /// Its state now.
    pub current: InstanceState,
}

/// Begins to start a stopped instance. One that runs or starts already is left as it is.
///
/// # Errors
/// When there is no such instance, it is in another state, or no public address is free for it.
pub fn request_start(draft: &mut Draft, ctx: &mut Ctx<'_>, id: InstanceId) -> Result<Transition, Error> {
    let before = instance(draft.realm(), id)?;
    let previous = before.state;
    match previous {
        InstanceState::Pending | InstanceState::Running => return Ok(Transition { instance: id, previous, current: previous }),
        InstanceState::Stopped => {}
        InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => {
            return Err(Error::IncorrectInstanceState { instance: id, action: "started" });
        }
    }
    draft.put(Instance {
        state: InstanceState::Pending,
        state_transition_reason: String::new(),
        state_reason: None,
        launched: ctx.now,
        boot: before.boot + 1,
        ..before
    });
    elastic_ip::give_instance_public_address(draft, ctx, id)?;
    Ok(Transition { instance: id, previous, current: InstanceState::Pending })
}

/// Begins to stop a running instance. One that is stopped or stops already is left as it is.
///
/// # Errors
/// When there is no such instance, it is in another state, or it is protected.
pub fn request_stop(draft: &mut Draft, ctx: &Ctx<'_>, id: InstanceId, skip_os_shutdown: bool) -> Result<Transition, Error> {
    let before = instance(draft.realm(), id)?;
    let previous = before.state;
    match previous {
        InstanceState::Stopping | InstanceState::Stopped => return Ok(Transition { instance: id, previous, current: previous }),
        InstanceState::Running => {}
        InstanceState::Pending if before.boot == 1 => return Err(Error::NeverRan(id)),
        InstanceState::Pending | InstanceState::ShuttingDown | InstanceState::Terminated => {
            return Err(Error::IncorrectInstanceState { instance: id, action: "stopped" });
        }
    }
    if before.disable_api_stop {
        return Err(Error::Protected { instance: id, action: "stopped", attribute: "disableApiStop" });
    }
    draft.put(by_user(Instance { state: InstanceState::Stopping, skip_os_shutdown, ..before }, ctx.now));
    Ok(Transition { instance: id, previous, current: InstanceState::Stopping })
}

/// Begins to terminate an instance. One that is gone or going already is left as it is.
///
/// # Errors
/// When there is no such instance or it is protected.
pub fn request_terminate(draft: &mut Draft, ctx: &Ctx<'_>, id: InstanceId, skip_os_shutdown: bool) -> Result<Transition, Error> {
    let before = instance(draft.realm(), id)?;
    let previous = before.state;
    if matches!(previous, InstanceState::ShuttingDown | InstanceState::Terminated) {
        return Ok(Transition { instance: id, previous, current: previous });
    }
    if before.disable_api_termination {
        return Err(Error::Protected { instance: id, action: "terminated", attribute: "disableApiTermination" });
    }
    draft.put(by_user(Instance { state: InstanceState::ShuttingDown, skip_os_shutdown, ..before }, ctx.now));
    Ok(Transition { instance: id, previous, current: InstanceState::ShuttingDown })
}

/// Asks for another boot of a running instance; its state stays what it is. A request for a terminated one is ignored.
///
/// # Errors
/// When there is no such instance or it is in another state.
pub fn request_reboot(draft: &mut Draft, id: InstanceId) -> Result<(), Error> {
    let before = instance(draft.realm(), id)?;
    match before.state {
        InstanceState::Running => draft.put(Instance { boot: before.boot + 1, ..before }),
        // Source: the API reference of RebootInstances.
        InstanceState::Terminated => {}
        _ => return Err(Error::IncorrectInstanceState { instance: id, action: "rebooted" }),
    }
    Ok(())
}

/// An instance rebooted itself from inside: another boot of it begins, and its state stays what it is. Does nothing unless it
/// runs.
pub fn reboot_from_inside(draft: &mut Draft, id: InstanceId) {
    let Ok(before) = instance(draft.realm(), id) else { return };
    if before.state == InstanceState::Running {
        draft.put(Instance { boot: before.boot + 1, ..before });
    }
}

/// An instance shut itself down from inside: it stops or terminates, as its shutdown behaviour says. Does nothing
/// unless it runs.
pub fn shut_down_from_inside(draft: &mut Draft, id: InstanceId) {
    let Ok(before) = instance(draft.realm(), id) else { return };
    if before.state != InstanceState::Running {
        return;
    }
    let state = if before.shutdown_behavior == "terminate" { InstanceState::ShuttingDown } else { InstanceState::Stopping };
    let reason = reason("Client.InstanceInitiatedShutdown", "Instance initiated shutdown");
    draft.put(Instance { state, state_transition_reason: String::new(), state_reason: Some(reason), skip_os_shutdown: false, ..before });
}

/// Ends the transition that an instance is in, and returns its new state; none when it is in no transition.
///
/// `pending` becomes `running`, with its interfaces attached; `stopping` becomes `stopped`, without its automatic public
/// address; `shutting-down` becomes `terminated`, without interfaces: those marked `DeleteOnTermination` are deleted
/// and the Elastic IPs on them left unassociated, the others are detached and kept with all their addresses.
pub fn advance(draft: &mut Draft, ctx: &Ctx<'_>, id: InstanceId) -> Option<InstanceState> {
    let before = instance(draft.realm(), id).ok()?;
    let state = match before.state {
        InstanceState::Pending => {
            for (owner, interface) in interfaces(draft, id) {
                let attachment =
                    interface.attachment.clone().map(|attachment| crate::interface::Attachment { complete: true, ..attachment });
                draft.put_in(owner, NetworkInterface { attachment, ..interface });
            }
            InstanceState::Running
        }
        InstanceState::Stopping => {
            for (owner, interface) in interfaces(draft, id).into_iter().filter(|(_, interface)| interface.auto_public_ipv4.is_some()) {
                draft.put_in(owner, NetworkInterface { auto_public_ipv4: None, ..interface });
            }
            InstanceState::Stopped
        }
        InstanceState::ShuttingDown => {
            for (owner, interface) in interfaces(draft, id) {
                draft.within(owner, |draft| part(draft, interface));
            }
            if before.root_volume.delete_on_termination && draft.realm().tags.contains(&before.root_volume.id.into()) {
                draft.delete(Key::TagSet(before.root_volume.id.into()));
            }
            InstanceState::Terminated
        }
        InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated => return None,
    };
    let state_reason = before.state_reason.clone().filter(|_| state != InstanceState::Running);
    let terminated = (state == InstanceState::Terminated).then_some(ctx.now);
    draft.put(Instance { state, state_reason, terminated, ..before });
    Some(state)
}

/// Forgets the instances that were terminated an hour ago or earlier, and says which.
pub fn purge_terminated(draft: &mut Draft, now: Timestamp) -> Vec<InstanceId> {
    let is_due = |instance: &Instance| instance.terminated.is_some_and(|at| at.plus_seconds(TERMINATED_SECONDS) <= now);
    let due: Vec<_> = draft.realm().instances.iter().filter(|instance| is_due(instance)).map(|row| (row.id, row.root_volume.id)).collect();
    for (id, volume) in &due {
        if draft.realm().tags.contains(&ResourceId::from(*volume)) {
            draft.delete(Key::TagSet((*volume).into()));
        }
        draft.delete(Key::Instance(*id));
    }
    due.into_iter().map(|(id, _)| id).collect()
}

/// Takes an interface from an instance that is being terminated.
fn part(draft: &mut Draft, interface: NetworkInterface) {
    let (id, attachment) = (interface.id, interface.attachment.clone());
    draft.put(NetworkInterface { attachment: None, auto_public_ipv4: None, ..interface });
    if attachment.is_some_and(|attachment| attachment.delete_on_termination) {
        // It is there and detached, which is all that deleting asks for.
        let _deleted = delete_interface(draft, id);
    }
}

fn by_user(instance: Instance, now: Timestamp) -> Instance {
    Instance {
        state_transition_reason: format!("User initiated ({})", now.reason_text()),
        state_reason: Some(reason("Client.UserInitiatedShutdown", "User initiated shutdown")),
        ..instance
    }
}

fn reason(code: &str, sentence: &str) -> StateReason {
    StateReason { code: code.into(), message: format!("{code}: {sentence}") }
}

fn instance(realm: &Realm, id: InstanceId) -> Result<Instance, Error> {
    realm.instances.get(&id).map(|row| Instance::clone(row)).ok_or(Error::NotFound(id.into()))
}

/// The interfaces of an instance with their owners.
fn interfaces(draft: &Draft, id: InstanceId) -> Vec<(Scope, NetworkInterface)> {
    draft.here().interfaces_of(id).into_iter().map(|(owner, row)| (owner.scope, row.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_token::{self, ClientToken, ClientTokenKey, Made, REMEMBERED_SECONDS};
    use crate::ctx::SeededRandom;
    use crate::default_vpc;
    use crate::elastic_ip::{ElasticIp, ElasticIpAssociation};
    use crate::ids::{AllocationId, AssociationId, AttachmentId, NetworkInterfaceId, ReservationId, SnapshotId, VolumeId};
    use crate::instance::{MetadataOptions, PrivateDnsOptions, RootVolume};
    use crate::interface::{Attachment, ConnectionTracking, MacAddress};
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::State;
    use crate::world::World;

    const NOON: Timestamp = Timestamp(1_795_374_000_000);

    struct Stage {
        draft: Draft,
        world: World,
        random: SeededRandom,
        now: Timestamp,
    }

    impl Stage {
        fn new() -> Self {
            let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
            let mut stage =
                Self { draft: Draft::new(State::default(), scope), world: World::default(), random: SeededRandom(7), now: NOON };
            stage.with(default_vpc::ensure_realm);
            stage
        }

        fn with<T>(&mut self, act: impl FnOnce(&mut Draft, &mut Ctx<'_>) -> T) -> T {
            let scope = self.draft.scope();
            act(&mut self.draft, &mut Ctx { scope, now: self.now, random: &mut self.random, world: &self.world })
        }

        /// A pending instance, with an interface per element: whether it goes with the instance.
        fn launch(&mut self, interfaces: &[bool]) -> InstanceId {
            let id = InstanceId::from_number(1);
            let subnet = self.draft.realm().subnets.iter().next().cloned().unwrap();
            self.draft.put(Instance {
                id,
                reservation: ReservationId::from_number(1),
                launch_index: 0,
                image: crate::ids::ImageId::from_number(1),
                instance_type: "m5.large".into(),
                key_name: None,
                subnet: subnet.id,
                vpc: subnet.vpc,
                zone: subnet.zone,
                state: InstanceState::Pending,
                state_transition_reason: String::new(),
                state_reason: None,
                boot: 1,
                launched: NOON,
                created: NOON,
                terminated: None,
                architecture: "x86_64".into(),
                boot_mode: None,
                root_volume: RootVolume {
                    id: VolumeId::from_number(1),
                    device_name: "/dev/xvda".into(),
                    size_gib: 8,
                    volume_type: "gp3".into(),
                    iops: None,
                    throughput: None,
                    encrypted: false,
                    snapshot: SnapshotId::from_number(1),
                    delete_on_termination: true,
                },
                auto_public_address: true,
                user_data: None,
                disable_api_termination: false,
                disable_api_stop: false,
                shutdown_behavior: "stop".into(),
                skip_os_shutdown: false,
                tenancy: "default".into(),
                auto_recovery: "default".into(),
                monitoring: false,
                ebs_optimized: false,
                cpu_options: None,
                cpu_credits: None,
                metadata_options: MetadataOptions::default(),
                private_dns: PrivateDnsOptions::default(),
                iam_instance_profile: None,
                client_token: None,
            });
            let base = u32::from(subnet.cidr.unwrap().network());
            for (index, &delete_on_termination) in interfaces.iter().enumerate() {
                let index = index as u16;
                self.draft.put(NetworkInterface {
                    id: NetworkInterfaceId::from_number(u64::from(index) + 1),
                    vpc: subnet.vpc,
                    subnet: subnet.id,
                    zone: subnet.zone,
                    description: String::new(),
                    interface_type: "interface".into(),
                    mac: MacAddress::from_bits(u64::from(index)),
                    ipv4: vec![(base + 10 + 2 * u32::from(index)).into(), (base + 11 + 2 * u32::from(index)).into()],
                    ipv4_prefixes: Vec::new(),
                    ipv6: Vec::new(),
                    ipv6_prefixes: Vec::new(),
                    primary_ipv6: false,
                    auto_public_ipv4: None,
                    associate_public_ipv4: false,
                    groups: Vec::new(),
                    source_dest_check: true,
                    attachment: Some(Attachment {
                        id: AttachmentId::from_number(u64::from(index) + 1),
                        instance: id,
                        instance_owner: None,
                        device_index: index,
                        network_card_index: 0,
                        attached: NOON,
                        delete_on_termination,
                        complete: false,
                    }),
                    requester_managed: false,
                    requester: None,
                    connection_tracking: ConnectionTracking::default(),
                    created: NOON,
                });
            }
            self.holds();
            id
        }

        fn advance(&mut self, id: InstanceId) -> Option<InstanceState> {
            let state = self.with(|draft, ctx| advance(draft, ctx, id));
            self.holds();
            state
        }

        fn instance(&self, id: InstanceId) -> Instance {
            instance(self.draft.realm(), id).unwrap()
        }

        fn public_address(&self) -> Option<std::net::Ipv4Addr> {
            self.draft.realm().interfaces.iter().find_map(|interface| interface.auto_public_ipv4)
        }

        fn holds(&self) {
            assert_eq!(invariants::check(self.draft.state()), []);
        }
    }

    #[test]
    fn a_launch_goes_from_pending_to_running_with_its_interfaces_attached() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        assert_eq!(stage.advance(id), Some(InstanceState::Running));
        assert!(stage.draft.realm().interfaces.iter().all(|interface| interface.attachment.as_ref().unwrap().complete));
        assert_eq!(stage.advance(id), None);
    }

    #[test]
    fn the_automatic_public_address_is_released_at_stop_and_given_anew_at_start() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        stage.with(|draft, ctx| elastic_ip::give_instance_public_address(draft, ctx, id)).unwrap();
        stage.advance(id);
        assert!(stage.public_address().is_some());
        let stopped = stage.with(|draft, ctx| request_stop(draft, ctx, id, false)).unwrap();
        assert_eq!((stopped.previous, stopped.current), (InstanceState::Running, InstanceState::Stopping));
        assert_eq!(stage.instance(id).state_transition_reason, "User initiated (2026-11-22 19:00:00 GMT)");
        assert_eq!(stage.advance(id), Some(InstanceState::Stopped));
        assert_eq!(stage.public_address(), None);
        assert_eq!(stage.instance(id).state_reason.unwrap().code, "Client.UserInitiatedShutdown");
        stage.with(|draft, ctx| request_start(draft, ctx, id)).unwrap();
        assert!(stage.public_address().is_some());
        assert_eq!(stage.advance(id), Some(InstanceState::Running));
        let instance = stage.instance(id);
        assert_eq!((instance.state_transition_reason.as_str(), instance.state_reason, instance.boot), ("", None, 2));
    }

    #[test]
    fn only_what_was_asked_for_last_says_whether_the_shutdown_is_skipped() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        stage.advance(id);
        stage.with(|draft, ctx| request_stop(draft, ctx, id, true)).unwrap();
        assert!(stage.instance(id).skip_os_shutdown);
        stage.advance(id);
        stage.with(|draft, ctx| request_start(draft, ctx, id)).unwrap();
        stage.advance(id);
        shut_down_from_inside(&mut stage.draft, id);
        assert!(!stage.instance(id).skip_os_shutdown);
        stage.with(|draft, ctx| request_terminate(draft, ctx, id, true)).unwrap();
        assert!(stage.instance(id).skip_os_shutdown);
    }

    #[test]
    fn a_second_interface_gets_no_public_address_at_start() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true, false]);
        stage.advance(id);
        stage.with(|draft, ctx| request_stop(draft, ctx, id, false)).unwrap();
        stage.advance(id);
        stage.with(|draft, ctx| request_start(draft, ctx, id)).unwrap();
        assert_eq!(stage.public_address(), None);
    }

    #[test]
    fn terminating_deletes_interfaces_by_delete_on_termination_and_keeps_the_rest() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true, false]);
        let interfaces: Vec<_> = interfaces(&stage.draft, id).into_iter().map(|(_, interface)| interface).collect();
        for (index, interface) in interfaces.iter().enumerate() {
            let (id, private) = (AssociationId::from_number(index as u64), interface.ipv4[1]);
            let association = ElasticIpAssociation { id, interface: interface.id, interface_owner: None, private };
            stage.draft.put(ElasticIp {
                id: AllocationId::from_number(index as u64),
                public: std::net::Ipv4Addr::new(203, 0, 113, 50 + index as u8),
                association: Some(association),
                public_ipv4_pool: "amazon".into(),
                network_border_group: "us-east-1".into(),
                domain_name: None,
            });
        }
        stage.advance(id);
        stage.with(|draft, ctx| request_terminate(draft, ctx, id, false)).unwrap();
        assert_eq!(stage.instance(id).state, InstanceState::ShuttingDown);
        assert_eq!(stage.advance(id), Some(InstanceState::Terminated));
        let realm = stage.draft.realm();
        let kept: Vec<_> = realm.interfaces.iter().collect();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].id, &kept[0].attachment, &kept[0].ipv4), (interfaces[1].id, &None, &interfaces[1].ipv4));
        let associated: Vec<_> = realm.elastic_ips.iter().map(|elastic| elastic.association.is_some()).collect();
        assert_eq!(associated, [false, true]);
    }

    #[test]
    fn a_terminated_instance_is_listed_for_an_hour() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        stage.with(|draft, ctx| request_terminate(draft, ctx, id, false)).unwrap();
        stage.advance(id);
        assert_eq!(purge_terminated(&mut stage.draft, NOON.plus_seconds(3599)), []);
        assert_eq!(purge_terminated(&mut stage.draft, NOON.plus_seconds(3600)), [id]);
        assert!(stage.draft.realm().instances.is_empty());
        stage.holds();
    }

    #[test]
    fn the_token_of_a_launch_is_remembered_while_its_instance_is_listed() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        let made: Made = ReservationId::from_number(1).into();
        let key = ClientTokenKey { action: "RunInstances".into(), token: "once".into() };
        stage.draft.put(ClientToken { key: key.clone(), fingerprint: String::new(), made: Some(made), used: NOON });
        let find = |stage: &Stage, now| client_token::find(stage.draft.realm(), now, &key, "");
        let later = NOON.plus_seconds(10 * REMEMBERED_SECONDS);
        client_token::purge(&mut stage.draft, later);
        assert_eq!(find(&stage, later), Ok(Some(made)));
        stage.now = later;
        stage.with(|draft, ctx| request_terminate(draft, ctx, id, false)).unwrap();
        assert_eq!(find(&stage, later), Ok(Some(made)));
        while stage.advance(id).is_some() {}
        assert_eq!(find(&stage, later), Err(Error::TokenOfTerminated));
        purge_terminated(&mut stage.draft, later.plus_seconds(TERMINATED_SECONDS));
        assert_eq!(find(&stage, later.plus_seconds(TERMINATED_SECONDS)), Ok(None));
    }

    #[test]
    fn each_state_allows_what_ec2_allows() {
        use InstanceState::{Pending, Running, ShuttingDown, Stopped, Stopping, Terminated};
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        let mut outcome = |state, boot, request: fn(&mut Draft, &mut Ctx<'_>, InstanceId) -> Result<(), Error>| {
            let mut draft = stage.draft.clone();
            let before = instance(draft.realm(), id).unwrap();
            draft.put(Instance { state, boot, ..before });
            let mut ctx = Ctx { scope: draft.scope(), now: NOON, random: &mut stage.random, world: &stage.world };
            request(&mut draft, &mut ctx, id).map(|()| instance(draft.realm(), id).unwrap().state)
        };
        let refused = |action| Err(Error::IncorrectInstanceState { instance: id, action });
        for (state, start, stop, terminate, reboot) in [
            (Pending, Ok(Pending), Err(Error::NeverRan(id)), Ok(ShuttingDown), refused("rebooted")),
            (Running, Ok(Running), Ok(Stopping), Ok(ShuttingDown), Ok(Running)),
            (Stopping, refused("started"), Ok(Stopping), Ok(ShuttingDown), refused("rebooted")),
            (Stopped, Ok(Pending), Ok(Stopped), Ok(ShuttingDown), refused("rebooted")),
            (ShuttingDown, refused("started"), refused("stopped"), Ok(ShuttingDown), refused("rebooted")),
            (Terminated, refused("started"), refused("stopped"), Ok(Terminated), Ok(Terminated)),
        ] {
            assert_eq!(outcome(state, 1, |draft, ctx, id| request_start(draft, ctx, id).map(drop)), start, "start {state:?}");
            assert_eq!(outcome(state, 1, |draft, ctx, id| request_stop(draft, ctx, id, false).map(drop)), stop, "stop {state:?}");
            assert_eq!(
                outcome(state, 1, |draft, ctx, id| request_terminate(draft, ctx, id, false).map(drop)),
                terminate,
                "terminate {state:?}"
            );
            assert_eq!(outcome(state, 1, |draft, _, id| request_reboot(draft, id)), reboot, "reboot {state:?}");
        }
    }

    #[test]
    fn a_shutdown_from_inside_does_what_the_instance_was_launched_to_do() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        stage.advance(id);
        let running = stage.instance(id);
        shut_down_from_inside(&mut stage.draft, id);
        assert_eq!(stage.instance(id).state, InstanceState::Stopping);
        stage.draft.put(Instance { shutdown_behavior: "terminate".into(), ..running });
        shut_down_from_inside(&mut stage.draft, id);
        assert_eq!(stage.instance(id).state, InstanceState::ShuttingDown);
        assert_eq!(stage.instance(id).state_reason.unwrap().code, "Client.InstanceInitiatedShutdown");
    }

    #[test]
    fn a_protected_instance_is_neither_stopped_nor_terminated() {
        let mut stage = Stage::new();
        let id = stage.launch(&[true]);
        stage.advance(id);
        let running = stage.instance(id);
        stage.draft.put(Instance { disable_api_stop: true, disable_api_termination: true, ..running });
        let stop = stage.with(|draft, ctx| request_stop(draft, ctx, id, false));
        assert_eq!(stop, Err(Error::Protected { instance: id, action: "stopped", attribute: "disableApiStop" }));
        let terminate = stage.with(|draft, ctx| request_terminate(draft, ctx, id, false));
        assert_eq!(terminate, Err(Error::Protected { instance: id, action: "terminated", attribute: "disableApiTermination" }));
    }
}
