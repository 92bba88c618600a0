//! An interceptor for the SDK's clients that keeps the body of each response as it came, at most
//! [`MAX_BODY`] of it. It does not know what is in it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_securityhub::config::{ConfigBag, RuntimeComponents, interceptors};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::interceptors::{Intercept, dyn_dispatch_hint},
};
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use hubdrift::wire::MAX_BODY;

/// Keeps the response of one attempt.
#[derive(Debug, Clone, Default)]
pub struct BodyInterceptor(Arc<Mutex<Option<RawResponse>>>);

/// A response before the SDK's own types are made of it.
#[derive(Debug)]
pub struct RawResponse {
    /// Its status.
    pub status: u16,
    /// The id that the service gave the request.
    pub request_id: Option<String>,
    /// `None` when it could not be read whole.
    pub body: Option<Vec<u8>>,
}

impl BodyInterceptor {
    /// The response, if one came.
    pub fn take(&self) -> Option<RawResponse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for BodyInterceptor {
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
        let raw = RawResponse {
            status: response.status().as_u16(),
            request_id,
            body: response.body().bytes().map(<[u8]>::to_vec),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(raw);
        Ok(())
    }
}
