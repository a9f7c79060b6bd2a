//! The agent inside an instance: from the instance metadata to addresses, routes and rules. Empty until there is a
//! metadata service to read; it will depend on no other crate here, since it also runs on real EC2.
