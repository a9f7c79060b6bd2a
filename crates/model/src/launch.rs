//! Launching an instance: it and its interfaces come into being together or not at all.

use crate::ctx::Ctx;
use crate::elastic_ip;
use crate::error::Error;
use crate::ids::NetworkInterfaceId;
use crate::instance::Instance;
use crate::interface::{NewAttachment, NewInterface, attach, create_interface};
use crate::state::{Draft, Realm};

/// An interface that an instance is launched with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchInterface {
    /// Where it comes from.
    pub source: InterfaceSource,
    /// `eth<device index>` on the first card.
    pub device_index: u16,
    /// The network card.
    pub network_card_index: u16,
    /// Whether it is deleted with the instance.
    pub delete_on_termination: bool,
}

/// Where an interface comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceSource {
    /// It is made for the instance.
    New(Box<NewInterface>),
    /// It was there before.
    Existing(NetworkInterfaceId),
}

/// Makes an instance with its interfaces, and returns the ids of those that were made for it. Its row is what the
/// caller says, but for [`Instance::auto_public_address`].
///
/// `public_address` is what the request says of an automatic public address; none: the subnet decides, or the interface
/// itself where it was there before. Only the sole interface of an instance is given one.
///
/// # Errors
/// When an interface cannot be made or attached, or no public address is free. The draft holds a part of the launch
/// then, and is to be dropped.
pub fn launch(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    instance: Instance,
    interfaces: Vec<LaunchInterface>,
    public_address: Option<bool>,
) -> Result<Vec<NetworkInterfaceId>, Error> {
    let id = instance.id;
    let auto_public_address = gets_public_address(draft.realm(), &interfaces, public_address)?;
    draft.put(Instance { auto_public_address, ..instance });
    let mut made = Vec::new();
    for LaunchInterface { source, device_index, network_card_index, delete_on_termination } in interfaces {
        let interface = match source {
            InterfaceSource::Existing(interface) => interface,
            InterfaceSource::New(new) => {
                let interface = create_interface(draft, ctx, *new)?;
                made.push(interface);
                interface
            }
        };
        attach(draft, ctx, NewAttachment { interface, instance: id, device_index, network_card_index, delete_on_termination })?;
    }
    elastic_ip::give_instance_public_address(draft, ctx, id)?;
    Ok(made)
}

fn gets_public_address(realm: &Realm, interfaces: &[LaunchInterface], public_address: Option<bool>) -> Result<bool, Error> {
    let [LaunchInterface { source: sole, .. }] = interfaces else { return Ok(false) };
    match sole {
        InterfaceSource::New(sole) => {
            let Some(subnet) = realm.subnets.get(&sole.subnet) else { return Ok(false) };
            if subnet.cidr.is_none() && public_address == Some(true) {
                return Err(Error::NoIpv4Block(subnet.id));
            }
            Ok(subnet.cidr.is_some() && public_address.unwrap_or(subnet.map_public_ip_on_launch))
        }
        InterfaceSource::Existing(sole) => {
            let row = realm.interfaces.get(sole);
            Ok(row.is_some_and(|row| row.primary_ipv4().is_some() && row.associate_public_ipv4))
        }
    }
}
