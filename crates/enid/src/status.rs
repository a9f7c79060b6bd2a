//! What `enid status` tells: instances with their interfaces and addresses, and what of it the kernel has.

use model::instance::InstanceState;
use model::interface::NetworkInterface;
use model::{Here, State};
use serde::{Deserialize, Serialize};

/// The whole report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// Whether packets move, and if not, why.
    pub fabric: String,
    /// Instances that are not terminated.
    pub instances: Vec<InstanceReport>,
    /// Interfaces that are attached to none of them.
    pub detached: Vec<InterfaceReport>,
    /// What is programmed in the kernel, by kind; empty when packets do not move.
    pub kernel: Vec<(String, usize)>,
    /// What could not be programmed, and is tried again, and what else is not as it should be.
    pub problems: Vec<String>,
    /// What somebody else had changed in the kernel and was put back lately, with the time.
    pub drift: Vec<String>,
}

/// An instance.
#[derive(Debug, Serialize, Deserialize)]
pub struct InstanceReport {
    /// Its id.
    pub id: String,
    /// The account and region it is in.
    pub realm: String,
    /// `m5.large`.
    pub instance_type: String,
    /// EC2's word.
    pub state: String,
    /// What is wrong with it, as its status checks say.
    pub problems: Vec<String>,
    /// Its interfaces, in the order of their device indexes.
    pub interfaces: Vec<InterfaceReport>,
}

/// An interface.
#[derive(Debug, Serialize, Deserialize)]
pub struct InterfaceReport {
    /// Its id.
    pub id: String,
    /// `eth<device index>` of its instance.
    pub device: Option<String>,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Its Ethernet address.
    pub mac: String,
    /// Its addresses and prefixes, the primary first.
    pub addresses: Vec<AddressReport>,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// An address or a delegated prefix.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddressReport {
    /// As text; a prefix with its length.
    pub address: String,
    /// The public address that stands for it.
    pub public: Option<String>,
}

/// Reports on a state.
pub fn report(state: &State, fabric: String) -> Report {
    let mut report =
        Report { fabric, instances: Vec::new(), detached: Vec::new(), kernel: Vec::new(), problems: Vec::new(), drift: Vec::new() };
    for (scope, realm) in state.realms() {
        let here = Here { state, scope, realm };
        for instance in realm.instances.iter().filter(|instance| instance.state != InstanceState::Terminated) {
            let attached = here.interfaces_of(instance.id);
            report.instances.push(InstanceReport {
                id: instance.id.to_string(),
                realm: scope.to_string(),
                instance_type: instance.instance_type.clone(),
                state: instance.state.code_and_name().1.into(),
                problems: Vec::new(),
                interfaces: attached.into_iter().map(|(owner, interface)| interface_report(owner, interface)).collect(),
            });
        }
        let detached = realm.interfaces.iter().filter(|interface| interface.attachment.is_none());
        report.detached.extend(detached.map(|interface| interface_report(here, interface)));
    }
    report
}

fn interface_report(here: Here<'_>, interface: &NetworkInterface) -> InterfaceReport {
    let addresses = interface.ipv4.iter().enumerate().map(|(place, &address)| {
        let elastic = here.elastic_ip_of(interface.id, address).map(|(_, elastic)| elastic.public);
        let public = elastic.or(interface.auto_public_ipv4.filter(|_| place == 0));
        AddressReport { address: address.to_string(), public: public.map(|public| public.to_string()) }
    });
    let plain = |address: String| AddressReport { address, public: None };
    let prefixes = interface.ipv4_prefixes.iter().map(|prefix| plain(prefix.to_string()));
    let ipv6 = interface.ipv6.iter().map(|address| plain(address.to_string()));
    let ipv6_prefixes = interface.ipv6_prefixes.iter().map(|prefix| plain(prefix.to_string()));
    InterfaceReport {
        id: interface.id.to_string(),
        device: interface.attachment.as_ref().map(|attachment| format!("eth{}", attachment.device_index)),
        vpc: interface.vpc.to_string(),
        subnet: interface.subnet.to_string(),
        mac: interface.mac.to_string(),
        addresses: addresses.chain(prefixes).chain(ipv6).chain(ipv6_prefixes).collect(),
        problems: Vec::new(),
    }
}
