//! EC2's answers as XML.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::decode::Blob;
use crate::query::VERSION;
use crate::shape::{Kind, Member, Structure};
use crate::{ApiError, Timestamp};

/// The first line of every answer.
pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The body of a successful answer to `action`.
pub fn response<T: Encode>(action: &str, request_id: &str, output: &T) -> Vec<u8> {
    envelope(action, request_id, &body(output))
}

/// What stands inside the envelope of a successful answer. Kept apart where the same answer is given again under
/// another request id.
pub fn body<T: Encode>(output: &T) -> String {
    let mut xml = Writer::bare();
    output.encode(&mut xml);
    xml.out
}

/// A successful answer to `action` around a [`body`].
pub fn envelope(action: &str, request_id: &str, body: &str) -> Vec<u8> {
    let (mut answer, tail) = envelope_ends(action, request_id);
    answer.extend_from_slice(body.as_bytes());
    answer.extend_from_slice(&tail);
    answer
}

/// What stands before a [`body`] in a successful answer to `action`, and what stands after it.
pub fn envelope_ends(action: &str, request_id: &str) -> (Vec<u8>, Vec<u8>) {
    let mut head = Writer::new();
    let _ = write!(head.out, "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/{VERSION}/\">");
    head.element("requestId", &request_id);
    (head.out.into_bytes(), format!("</{action}Response>").into_bytes())
}

/// The body of a failed answer.
pub fn error(error: &ApiError, request_id: &str) -> Vec<u8> {
    let mut xml = Writer::new();
    xml.out.push_str("<Response><Errors><Error>");
    xml.element("Code", &error.code.as_str());
    xml.element("Message", &error.message.as_str());
    xml.out.push_str("</Error></Errors>");
    xml.element("RequestID", &request_id);
    xml.out.push_str("</Response>");
    xml.out.into_bytes()
}

/// A type that an answer can hold: a scalar or a structure.
pub trait Encode {
    /// Its type in the model.
    const KIND: Kind;
    /// Writes what stands inside its element.
    fn encode(&self, xml: &mut Writer);
}

/// A member of a structure: `Option` of a scalar or structure, `Vec`, or `Option<Vec>` where the operation says whether it is shown.
pub trait Field {
    /// Its type in the model.
    const KIND: Kind;
}

impl<T: Encode> Field for Option<T> {
    const KIND: Kind = T::KIND;
}

impl<T: Encode> Field for Option<Vec<T>> {
    const KIND: Kind = Kind::List(&T::KIND);
}

impl<T: Encode> Field for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

/// The answer of operations that have nothing to say: `<return>true</return>`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReturnTrue;

impl Encode for ReturnTrue {
    const KIND: Kind =
        Kind::Structure(&Structure { name: "ReturnTrue", members: &[Member { field: "return", wire: "return", kind: Kind::Boolean }] });

    fn encode(&self, xml: &mut Writer) {
        xml.element("return", &true);
    }
}

/// Writes elements.
#[derive(Debug)]
pub struct Writer {
    out: String,
}

impl Writer {
    pub(crate) fn new() -> Self {
        // Most answers fit; a long one grows it.
        let mut out = String::with_capacity(1024);
        out.push_str(DECLARATION);
        Writer { out }
    }

    /// Begins what goes into an envelope later.
    fn bare() -> Self {
        Writer { out: String::with_capacity(1024) }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// A tag or other text that needs no escaping.
    pub(crate) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A scalar or structure in its element, if there is one. `_item` keeps the signature of [`Writer::list`], so that
    /// generated code need not tell them apart.
    pub fn one<T: Encode>(&mut self, name: &str, _item: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.element(name, value);
        }
    }

    /// A time, if there is one, of which EC2 gives whole seconds.
    pub fn seconds(&mut self, name: &str, _item: &str, value: &Option<Timestamp>) {
        if let Some(value) = value {
            self.element(name, &value.whole_seconds());
        }
    }

    /// A list; empty, it is an empty element, as EC2 has it.
    pub fn list<T: Encode>(&mut self, name: &str, item: &str, values: &[T]) {
        if values.is_empty() {
            let _ = write!(self.out, "<{name}/>");
            return;
        }
        self.open(name);
        for value in values {
            self.element(item, value);
        }
        self.close(name);
    }

    /// A list that EC2 leaves out when it is empty.
    pub fn list_or_absent<T: Encode>(&mut self, name: &str, item: &str, values: &[T]) {
        if !values.is_empty() {
            self.list(name, item, values);
        }
    }

    /// A list that is shown, though it be empty, where the operation tells of it.
    pub fn list_if_told<T: Encode>(&mut self, name: &str, item: &str, values: &Option<Vec<T>>) {
        if let Some(values) = values {
            self.list(name, item, values);
        }
    }

    /// An element.
    pub fn element<T: Encode>(&mut self, name: &str, value: &T) {
        self.open(name);
        value.encode(self);
        self.close(name);
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Text, escaped. A carriage return would be read back as a newline unless it is a reference. XML 1.0 has no way to
    /// write the other control characters, U+FFFE and U+FFFF: they become U+FFFD, so that the answer can be read.
    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\t' | '\n' => self.out.push(letter),
                '\0'..'\u{20}' | '\u{FFFE}' | '\u{FFFF}' => self.out.push('\u{FFFD}'),
                _ => self.out.push(letter),
            }
        }
    }
}

impl Encode for String {
    const KIND: Kind = Kind::String;

    fn encode(&self, xml: &mut Writer) {
        xml.text(self);
    }
}

impl Encode for &str {
    const KIND: Kind = Kind::String;

    fn encode(&self, xml: &mut Writer) {
        xml.text(self);
    }
}

macro_rules! printed_scalars {
    ($($ty:ty, $kind:ident, $format:literal;)*) => {$(
        impl Encode for $ty {
            const KIND: Kind = Kind::$kind;

            fn encode(&self, xml: &mut Writer) {
                let _ = write!(xml.out, $format, self);
            }
        }
    )*};
}

printed_scalars! {
    bool, Boolean, "{}";
    i32, Integer, "{}";
    i64, Long, "{}";
    // As Java prints it: 3.0, not 3.
    f64, Double, "{:?}";
    Timestamp, Timestamp, "{}";
}

impl Encode for Blob {
    const KIND: Kind = Kind::Blob;

    fn encode(&self, xml: &mut Writer) {
        BASE64.encode_string(&self.0, &mut xml.out);
    }
}
