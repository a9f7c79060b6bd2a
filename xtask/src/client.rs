//! A client that costs little, so that what is measured is the server: one kept connection, requests signed by hand.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use ec2_api::sigv4::{self, Credentials};
use ec2_api::{Timestamp, query};
use http::{HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::enid::Enid;

/// Answers are read up to here.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A connection to a server.
pub struct Client {
    stream: TcpStream,
    headers: HeaderMap,
    host: String,
    access_key_id: String,
    secret_access_key: String,
    received: Vec<u8>,
}

/// What a request was answered.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The XML.
    pub body: String,
}

impl Client {
    /// Connects.
    pub async fn connect(enid: &Enid) -> std::io::Result<Self> {
        let stream = TcpStream::connect(enid.listen).await?;
        stream.set_nodelay(true)?;
        let host = enid.listen.to_string();
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(&host).map_err(std::io::Error::other)?);
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        Ok(Self {
            stream,
            headers,
            host,
            access_key_id: enid.access_key_id.clone(),
            secret_access_key: enid.secret_access_key.clone(),
            received: Vec::with_capacity(16 * 1024),
        })
    }

    /// Asks for an operation; `parameters` are a form, such as `VpcId.1=vpc-1`.
    pub async fn ask(&mut self, action: &str, parameters: &str) -> Result<Answer, Box<dyn Error>> {
        let separator = if parameters.is_empty() { "" } else { "&" };
        let body = format!("Action={action}&Version={}{separator}{parameters}", query::VERSION);
        let request = sigv4::Request { method: "POST", path: "/", query: "", headers: &self.headers, body: body.as_bytes() };
        let key = Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            region: "us-east-1",
            service: "ec2",
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let signed = sigv4::sign(&request, &key, Timestamp(i64::try_from(now)?))?;
        let message = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\nx-amz-date: {}\r\n\
             authorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            signed.x_amz_date,
            signed.authorization,
            body.len(),
        );
        self.stream.write_all(message.as_bytes()).await?;
        self.answer().await
    }

    /// Asks for an operation that must be accepted, and gives its XML.
    pub async fn accepted(&mut self, action: &str, parameters: &str) -> Result<String, Box<dyn Error>> {
        let answer = self.ask(action, parameters).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("{action} {parameters}: {}", answer.body).into()) }
    }

    async fn answer(&mut self) -> Result<Answer, Box<dyn Error>> {
        self.received.clear();
        let head_end = loop {
            if let Some(at) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more().await?;
        };
        let head = std::str::from_utf8(&self.received[..head_end])?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("the answer has no status")?;
        let length = head.lines().find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")));
        let length: usize = length.and_then(|(_, value)| value.trim().parse().ok()).ok_or("the answer has no length")?;
        if length > ANSWER_BYTES_MAX {
            return Err(format!("an answer of {length} bytes").into());
        }
        while self.received.len() < head_end + length {
            self.read_more().await?;
        }
        let body = String::from_utf8(self.received[head_end..head_end + length].to_vec())?;
        Ok(Answer { status, body })
    }

    async fn read_more(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The text of the first element of this name.
pub fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    elements(xml, name).next()
}

/// The texts of all elements of this name that hold text only.
pub fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let open = format!("<{name}>");
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(open.as_str())?;
        let (text, after) = after.split_once('<')?;
        rest = after;
        Some(text)
    })
}
