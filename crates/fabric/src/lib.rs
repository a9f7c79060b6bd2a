//! The data plane: desired kernel state, plans and the Linux kernel that carries them.
