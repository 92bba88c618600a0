//! The body of an answer, taken out of the SDK as it came.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_securityhub::config::{ConfigBag, RuntimeComponents, interceptors};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::interceptors::{Intercept, dyn_dispatch_hint},
};
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use hubdrift::wire::MAX_BODY;

/// Takes the body of an answer out of the SDK, at most [`MAX_BODY`] of it.
#[derive(Debug, Clone, Default)]
pub struct Capture(Arc<Mutex<Option<Captured>>>);

/// What was taken.
#[derive(Debug)]
pub struct Captured {
    /// The status of the answer.
    pub status: u16,
    /// The id that the service gave the request.
    pub request_id: Option<String>,
    /// `None` when it could not be read whole.
    pub body: Option<Vec<u8>>,
}

impl Capture {
    /// What was taken, if an answer came.
    pub fn take(&self) -> Option<Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "hubdrift's reader of bodies"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut interceptors::BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = std::mem::replace(context.response_mut().body_mut(), SdkBody::taken());
        *context.response_mut().body_mut() =
            body.map_preserve_contents(|body| SdkBody::from_body_1_x(Limited::new(body, MAX_BODY)));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &interceptors::AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let request_id = ["x-amzn-requestid", "x-amz-request-id"]
            .iter()
            .find_map(|name| response.headers().get(*name))
            .map(str::to_owned);
        let captured = Captured {
            status: response.status().as_u16(),
            request_id,
            body: response.body().bytes().map(<[u8]>::to_vec),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(captured);
        Ok(())
    }
}
