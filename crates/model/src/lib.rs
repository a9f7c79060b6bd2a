//! The rules of EC2 networking, pure: no clock, randomness or I/O.
