//! Why a body is not the answer that the API promises.

use crate::model::ArnError;

/// The largest body that is taken for an answer, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Why a body is not the answer that the API promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It isn't JSON.
    #[error("the answer is not JSON (it begins with `{0}`)")]
    NotJson(String),
    /// It is JSON, but one of its texts holds a lone surrogate such as `\ud800`.
    #[error("a text in the answer is not Unicode: it holds half of a surrogate pair")]
    NotUnicode,
    /// A field has another type than the API's model says.
    #[error("the answer's field {0} is not of the type that the API promises")]
    Field(String),
    /// A time that can't be read.
    #[error("the answer's {0} is not a time: `{1}`")]
    NotATime(&'static str, String),
    /// There is no connector id, so which connector's answer it is isn't known.
    #[error("the answer has no ConnectorId")]
    NoId,
    /// It is about another connector.
    #[error("the answer is about another connector: `{0}`")]
    OtherId(String),
    /// Its ARN is not a connector's, so which connector's answer it is isn't known.
    #[error("the answer's ARN: {0}")]
    NotAnArn(ArnError),
    /// The union of providers has several members.
    #[error("the answer names several providers: {0}")]
    SeveralProviders(String),
    /// A member of the union of providers that would be taken for one we know.
    #[error("the answer's provider `{0}` is not what the API calls it")]
    NotAProvider(String),
    /// A listing without its list.
    #[error("the answer has no {0}")]
    Lacks(&'static str),
    /// It is longer than [`MAX_BODY`].
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
}
