//! The rules of a small network, as `nft` prints them: what a change of the rules means is read in nft's language.
//!
//! After a change that is meant, `ENID_BLESS=1 cargo test -p fabric --test ruleset` writes the files anew.

#![allow(clippy::unwrap_used, clippy::panic)]

mod lab;

use std::fs;
use std::path::Path;

use lab::net::{Net, SCOPE};
use model::elastic_ip::{self, WantedAddress};
use model::nat_gateway::{self, NewNatGateway};
use model::security_group::{Direction, Peer, Protocol};

/// What `nft` prints, without what differs from run to run: counts, and the hashes of rules, which change with any of their instructions.
fn printed(net: &Net, namespace: &str) -> String {
    let mut text = String::new();
    for line in net.lab.run(namespace, "nft --stateless list ruleset").lines() {
        let line = match (line.rfind(" [").filter(|_| line.contains(" comment \"")), line.strip_suffix("]\"")) {
            (Some(hash), Some(_)) => format!("{}\"", &line[..hash]),
            _ => line.to_owned(),
        };
        text += &(line + "\n");
    }
    text
}

fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    if std::env::var_os("ENID_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(text.lines()).position(|(was, is)| was != is);
    if expected != text {
        let line = differs.unwrap_or_else(|| expected.lines().count().min(text.lines().count()));
        let show = |text: &str| text.lines().nth(line).unwrap_or("(its end)").to_owned();
        panic!("{}:{}\n  expected {}\n  nft says {}", path.display(), line + 1, show(&expected), show(text));
    }
}

#[test]
fn nft_prints_the_rules_of_a_small_network_as_they_are_written_down() {
    let mut net = Net::new();
    let vpc = net.public_vpc("10.0.0.0/16", "2001:db8:0:100::/56");
    let subnet = net.subnet(vpc, "10.0.1.0/24", Some("2001:db8:0:100::/64"));
    let web = net.group(vpc);
    let inside = net.group(vpc);
    let everywhere = || Peer::Ipv4("0.0.0.0/0".parse().unwrap());
    net.rules(
        web,
        vec![
            (Direction::Ingress, Protocol::TCP, Some(443), Some(443), everywhere()),
            (Direction::Egress, Protocol::All, None, None, everywhere()),
        ],
    );
    let member_of_web = Peer::Group { group: web, account: SCOPE.account, vpc: None, peering: None };
    net.rules(inside, vec![(Direction::Ingress, Protocol::TCP, Some(5432), Some(5432), member_of_web)]);
    let first = net.launch(subnet, &["10.0.1.10", "10.0.1.11", "2001:db8:0:100::10"], &[web]);
    net.launch(subnet, &["10.0.1.20"], &[inside]);
    net.elastic_ip("203.0.113.10", first.interface, "10.0.1.11");
    expect("vpc.nft", &printed(&net, &vpc.to_string()));
    let gateway = net.commit(|draft, ctx| {
        let allocation = elastic_ip::allocate(draft, ctx, WantedAddress::Any).unwrap();
        let wanted = NewNatGateway { subnet, allocations: vec![allocation], primary: None, secondary: Vec::new(), secondary_count: 0 };
        nat_gateway::create(draft, ctx, wanted).unwrap()
    });
    expect("nat-gateway.nft", &printed(&net, &gateway.to_string()));
}
