//! The parts of a subnet that its owner set aside (subnet CIDR reservations).

use ipnet::IpNet;

use crate::ids::SubnetId;
use crate::state::Realm;

/// What was set aside in a subnet.
#[derive(Debug, Default)]
pub(crate) struct Reserved {
    /// Automatic prefixes come from these first; automatic addresses never do.
    pub prefix: Vec<IpNet>,
    /// Nothing automatic comes from these.
    pub explicit: Vec<IpNet>,
}

impl Reserved {
    /// What was set aside in a subnet.
    pub fn of(_realm: &Realm, _subnet: SubnetId) -> Self {
        Self::default()
    }

    /// Whether an automatic address may be taken here.
    pub fn leaves_address(&self, address: IpNet) -> bool {
        !self.prefix.iter().chain(&self.explicit).any(|reserved| reserved.contains(&address))
    }

    /// Whether an automatic prefix may be taken here, outside of what is set aside for prefixes.
    pub fn leaves_prefix(&self, prefix: IpNet) -> bool {
        !self.prefix.iter().chain(&self.explicit).any(|reserved| overlap(*reserved, prefix))
    }
}

fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b) || b.contains(&a)
}
