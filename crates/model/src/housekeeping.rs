//! What is kept for a while after its end, and then forgotten.

use crate::state::Draft;
use crate::time::Timestamp;
use crate::{address_transfer, client_token, life_cycle, nat_gateway, subnet, vpc_block, vpc_peering};

/// Forgets whatever in the caller's realm has had its time.
pub fn forget(draft: &mut Draft, now: Timestamp) {
    life_cycle::purge_terminated(draft, now);
    nat_gateway::purge(draft, now);
    vpc_peering::purge(draft, now);
    vpc_block::purge(draft, now);
    subnet::purge(draft, now);
    address_transfer::purge(draft, now);
    client_token::purge(draft, now);
}
