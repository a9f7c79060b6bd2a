//! The two services whose dialects are spoken.

use crate::xml::Encode;
use crate::{ApiError, query, sts, xml};

/// Which service a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Amazon EC2.
    Ec2,
    /// AWS STS, of which one operation exists here.
    Sts,
}

impl Service {
    /// The version of the API that is served.
    pub const fn version(self) -> &'static str {
        match self {
            Service::Ec2 => query::VERSION,
            Service::Sts => sts::VERSION,
        }
    }

    /// The body of a successful answer to `action`.
    pub fn response<T: Encode>(self, action: &str, request_id: &str, output: &T) -> Vec<u8> {
        match self {
            Service::Ec2 => xml::response(action, request_id, output),
            Service::Sts => sts::response(action, request_id, output),
        }
    }

    /// The body of a failed answer.
    pub fn error(self, error: &ApiError, request_id: &str) -> Vec<u8> {
        match self {
            Service::Ec2 => xml::error(error, request_id),
            Service::Sts => sts::error(error, request_id),
        }
    }
}
