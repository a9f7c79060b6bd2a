//! Notifications of the kernel: whether somebody else changed something in a namespace.
//!
//! A notification bears the port of the socket that caused it. What enid's own sockets cause is no news.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsRawFd, RawFd};

use netlink_packet_core::Parseable;
use netlink_packet_route::route::{RouteMessage, RouteProtocol};
use netlink_sys::protocols::{NETLINK_NETFILTER, NETLINK_ROUTE};

use super::route;
use super::socket::Listener;
use super::wire::{Message, Messages};
use crate::kernel::Name;
use crate::names;

const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_NEIGH: u32 = 3;
const RTNLGRP_IPV4_IFADDR: u32 = 5;
const RTNLGRP_IPV4_ROUTE: u32 = 7;
const RTNLGRP_IPV4_RULE: u32 = 8;
const RTNLGRP_IPV6_IFADDR: u32 = 9;
const RTNLGRP_IPV6_ROUTE: u32 = 11;
const RTNLGRP_IPV6_RULE: u32 = 19;
const NFNLGRP_NFTABLES: u32 = 7;

const WITHIN: [u32; 8] = [
    RTNLGRP_LINK,
    RTNLGRP_NEIGH,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV6_RULE,
];

/// On the host much happens that is not enid's business.
const ON_THE_HOST: [u32; 3] = [RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE];

fn note_carrier(message: &Message<'_>, silent: &mut HashSet<Name>) {
    if !matches!(message.header.kind, libc::RTM_NEWLINK | libc::RTM_DELLINK) {
        return;
    }
    match route::carrier(message.payload) {
        Some((name, false)) if message.header.kind == libc::RTM_NEWLINK => drop(silent.insert(name)),
        Some((name, _)) => drop(silent.remove(&name)),
        None => {}
    }
}

/// The notifications of one namespace.
pub struct Events {
    host: bool,
    route: Listener,
    nft: Option<Listener>,
}

impl Events {
    /// Listens in the namespace of the calling thread.
    pub fn open(host: bool) -> io::Result<Events> {
        let route = Listener::open(NETLINK_ROUTE, if host { &ON_THE_HOST } else { &WITHIN })?;
        let nft = if host { None } else { Some(Listener::open(NETLINK_NETFILTER, &[NFNLGRP_NFTABLES])?) };
        Ok(Events { host, route, nft })
    }

    /// What becomes readable with notifications.
    pub fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        [Some(self.route.as_raw_fd()), self.nft.as_ref().map(AsRawFd::as_raw_fd)].into_iter().flatten()
    }

    /// Reads all notifications; true if one is of a change that none of these ports made. `removed` are the links that enid removed
    /// itself: the kernel names nobody who removed a link. `silent` is kept to be the links without a carrier.
    pub fn foreign(&self, own: &[u32], removed: &mut HashSet<u32>, silent: &mut HashSet<Name>) -> bool {
        let mut foreign = false;
        self.route.drain(|datagram| {
            foreign |= datagram.is_empty();
            for message in Messages::new(datagram) {
                if !self.host {
                    note_carrier(&message, silent);
                }
                foreign |= self.matters(&message, own, removed);
            }
        });
        if let Some(nft) = &self.nft {
            nft.drain(|datagram| {
                foreign |= datagram.is_empty() || Messages::new(datagram).any(|message| !own.contains(&message.header.port));
            });
        }
        foreign
    }

    fn matters(&self, message: &Message<'_>, own: &[u32], removed: &mut HashSet<u32>) -> bool {
        if own.contains(&message.header.port) {
            return false;
        }
        let kind = message.header.kind;
        let index = matches!(kind, libc::RTM_NEWLINK | libc::RTM_DELLINK).then(|| route::link_index(message.payload)).flatten();
        if let Some(index) = index
            && removed.contains(&index)
        {
            if kind == libc::RTM_DELLINK {
                removed.remove(&index);
            }
            return false;
        }
        // What the kernel does by itself follows from something that somebody did, and that was notified too. Only of links nobody is
        // named: not of their removal, and before Linux 6.2 not of taking them down.
        if message.header.port == 0 && kind != libc::RTM_DELLINK && !(kind == libc::RTM_NEWLINK && route::was_taken_down(message.payload)) {
            return false;
        }
        if !self.host {
            return true;
        }
        match kind {
            libc::RTM_NEWLINK | libc::RTM_DELLINK => {
                route::read_link(message.payload).is_some_and(|(_, name, link)| super::is_ours(&name, link.as_ref()))
            }
            libc::RTM_NEWROUTE | libc::RTM_DELROUTE => {
                RouteMessage::parse(message.payload).is_ok_and(|route| route.header.protocol == RouteProtocol::Other(names::ROUTE_PROTOCOL))
            }
            _ => false,
        }
    }
}
