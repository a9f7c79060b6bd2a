//! The EC2 Query wire: decoding, XML, SigV4 and error codes.
