//! The names that EC2's DNS gives addresses and instances.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html>.

use std::net::Ipv4Addr;

use crate::ids::InstanceId;
use crate::realm::Region;

/// `ip-10-0-0-5.ec2.internal`.
pub fn private(region: Region, address: Ipv4Addr) -> String {
    format!("ip-{}.{}", dashes(address), region.private_dns_suffix())
}

/// The address of a name like `ip-10-0-0-5.ec2.internal`, of any region.
pub fn private_address(name: &str) -> Option<Ipv4Addr> {
    name.split('.').next()?.strip_prefix("ip-")?.replace('-', ".").parse().ok()
}

/// `ec2-203-0-113-5.compute-1.amazonaws.com`.
pub fn public(region: Region, address: Ipv4Addr) -> String {
    format!("ec2-{}.{}", dashes(address), region.public_dns_suffix())
}

/// `i-0123456789abcdef0.ec2.internal`: the resource name of an instance.
pub fn resource(region: Region, instance: InstanceId) -> String {
    format!("{instance}.{}", region.private_dns_suffix())
}

fn dashes(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("{a}-{b}-{c}-{d}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_ec2() {
        let ohio: Region = "us-east-2".parse().unwrap();
        assert_eq!(private(Region::DEFAULT, Ipv4Addr::new(10, 0, 0, 5)), "ip-10-0-0-5.ec2.internal");
        assert_eq!(private_address("ip-10-0-0-5.ec2.internal"), Some(Ipv4Addr::new(10, 0, 0, 5)));
        assert_eq!(private_address("ip-10-0-0.ec2.internal"), None);
        assert_eq!(private(ohio, Ipv4Addr::new(10, 0, 0, 5)), "ip-10-0-0-5.us-east-2.compute.internal");
        assert_eq!(public(Region::DEFAULT, Ipv4Addr::new(203, 0, 113, 5)), "ec2-203-0-113-5.compute-1.amazonaws.com");
        assert_eq!(public(ohio, Ipv4Addr::new(203, 0, 113, 5)), "ec2-203-0-113-5.us-east-2.compute.amazonaws.com");
    }
}
