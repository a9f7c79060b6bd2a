//! The data plane: desired kernel state, plans and the Linux kernel that carries them.

pub mod expression;
pub mod kernel;
pub mod names;
pub mod netns;
pub mod plan;
pub mod ruleset;
