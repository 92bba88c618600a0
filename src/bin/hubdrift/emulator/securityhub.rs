//! Turns a request to Security Hub into the API's own answer, from a state.
//!
//! Bodies are handed out as the state holds them. It knows nothing of signatures, of faults
//! or of connections.

use hubdrift::{
    model::{ConnectorId, UnreadReason},
    observed::snapshot::{self, Hub, Reason, Status},
};
use serde_json::json;

use super::authorization::{Refusal, Scope};
use super::listing::{self, ListQuery};
use super::operation::Operation;
use super::reply::{Answer, ApiError, Reply};
use super::request::Request;
use super::served::ServedTarget;
use super::state::State;

/// Whether the signature is for Security Hub, in a region of the state.
///
/// # Errors
/// When it is for something else.
pub fn check_scope(scope: &Scope, state: &State) -> Result<(), Refusal> {
    if scope.service != "securityhub" {
        return Err(Refusal::Mismatch(
            "Credential should be scoped to correct service: 'securityhub'. ".to_owned(),
        ));
    }
    if !state.mentions(&scope.region) {
        return Err(Refusal::Mismatch(format!(
            "Credential should be scoped to a valid region, not '{}'. ",
            scope.region
        )));
    }
    Ok(())
}

/// What the API answers.
pub fn answer(state: &State, account: &str, region: &str, request: &Request) -> Reply {
    let Some(served) = state.target(account, region) else {
        return not_enabled().into();
    };
    let target = &served.target;
    if target.hub == Some(Hub::Disabled) {
        return not_enabled().into();
    }
    if target.status == Status::Unread {
        return unread(request.operation(), target.reason.as_ref());
    }
    match request {
        Request::Get { connector_id } => get(served, connector_id),
        Request::List { query } => match ListQuery::parse(query, account, region) {
            Ok(query) => listing::list(served, &query, state.page_size()),
            Err(invalid) => invalid.into(),
        },
        Request::Tags { arn } => tags(served, arn),
    }
}

/// An error, in this service's form.
pub fn error(error: &ApiError) -> Answer {
    let body = json!({"Code": error.code, "Message": error.message});
    Answer {
        error_type: Some(error.code.clone()),
        ..Answer::json(error.status, body.to_string())
    }
}

fn get(served: &ServedTarget, connector_id: &str) -> Reply {
    if connector_id.parse::<ConnectorId>().is_err() {
        return ApiError::validation(format!(
            "1 validation error detected: Value '{connector_id}' at 'connectorId' failed to satisfy constraint: \
             Member must be a UUID"
        ))
        .into();
    }
    match served.connector(connector_id).map(|it| &it.answer) {
        Some(snapshot::Answer::Body(body)) => Answer::json(200, body.get()).into(),
        Some(snapshot::Answer::Unread(reason)) => unread(Operation::Get, Some(reason)),
        Some(snapshot::Answer::Missing) | None => {
            not_found(&format!("Connector {connector_id} not found")).into()
        }
    }
}

fn tags(served: &ServedTarget, arn: &str) -> Reply {
    let target = &served.target;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, "securityhub", region, account, resource] = &parts[..] else {
        return ApiError::new(
            400,
            "InvalidInputException",
            format!("Invalid resource ARN: {arn}"),
        )
        .into();
    };
    let missing = || not_found(&format!("Resource {arn} not found")).into();
    if !partition.starts_with("aws") || region != target.region || account != target.account {
        return missing();
    }
    let connector = resource
        .strip_prefix("connectorv2/")
        .and_then(|id| served.connector(id));
    match connector {
        None => missing(),
        Some(connector) => match &connector.answer {
            snapshot::Answer::Missing => missing(),
            snapshot::Answer::Unread(reason) => unread(Operation::Tags, Some(reason)),
            snapshot::Answer::Body(_) => {
                let tags = connector.tags.clone().unwrap_or_default();
                Answer::json(200, json!({"Tags": tags}).to_string()).into()
            }
        },
    }
}

fn not_found(message: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", message)
}

fn not_enabled() -> ApiError {
    ApiError::new(409, "ConflictException", "Security Hub V2 is not enabled")
}

/// What the API answers for what a snapshot recorded as unread.
fn unread(operation: Operation, reason: Option<&Reason>) -> Reply {
    use UnreadReason as Why;

    let kind = reason.map_or("", |it| it.kind.as_str());
    let message = reason.and_then(|it| it.message.as_deref());
    let error = |status, code: &str, otherwise: &str| {
        ApiError::new(status, code, message.unwrap_or(otherwise)).into()
    };
    match UnreadReason::from_name(kind) {
        Some(Why::AccessDenied | Why::WrongAccount | Why::WrongRegion) => error(
            403,
            "AccessDeniedException",
            "User is not authorized to perform this operation",
        ),
        Some(Why::Throttled) => error(429, "ThrottlingException", "Rate exceeded"),
        // In AWS's own words, because clients recognise the error by them.
        Some(Why::HubDisabled) => not_enabled().into(),
        Some(Why::Credentials) => Refusal::UnknownKey.rest_json().into(),
        // ListTagsForResource is of an older family and has another name for this.
        Some(Why::ServiceError) if operation == Operation::Tags => {
            error(500, "InternalException", "Internal server error")
        }
        Some(Why::ServiceError) => error(500, "InternalServerException", "Internal server error"),
        Some(Why::MalformedResponse) => {
            Answer::new(200, "text/html", "<html><body>Not the API</body></html>").into()
        }
        // What no server answered with.
        Some(Why::Timeout | Why::Network | Why::NotInFile | Why::Interrupted) | None => Reply::Drop,
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::route;
    use super::*;

    const A: &str = "00000000-0000-4000-8000-00000000000a";
    const B: &str = "00000000-0000-4000-8000-00000000000b";
    const C: &str = "00000000-0000-4000-8000-00000000000c";

    fn state(connectors: &str, more: &str) -> State {
        let text = format!(
            r#"{{"schema":"hubdrift.snapshot/1","targets":[{{"name":"t","account":"111122223333","region":"us-east-1",
            "connectors":[{connectors}]{more}}}],"emulator":{{"page_size":2}}}}"#
        );
        State::parse("s", &text).unwrap()
    }

    fn three() -> State {
        let entry = |id, provider, tags| {
            format!(
                r#"{{"connector_id":"{id}","body":{{"ConnectorId":"{id}","ProviderDetail":{{"{provider}":{{}}}}}},"tags":{tags}}}"#
            )
        };
        let entries = [
            entry(A, "JiraCloud", r#"{"k":"v"}"#),
            entry(B, "GCP", "null"),
            entry(C, "JiraCloud", "{}"),
        ];
        state(&entries.join(","), "")
    }

    /// Status and body; 0 for no answer.
    fn ask(state: &State, path: &str) -> (u16, String) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let reply = match route("GET", path, query) {
            Ok(request) => answer(state, "111122223333", "us-east-1", &request),
            Err(refused) => refused.into(),
        };
        match reply {
            Reply::Answer(answer) => (answer.status, answer.body),
            Reply::Error(error) => (error.status, format!("{}: {}", error.code, error.message)),
            Reply::Drop => (0, String::new()),
        }
    }

    fn ids(body: &str) -> (Vec<String>, Option<String>) {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let entries = body["Connectors"].as_array().unwrap();
        let ids = entries
            .iter()
            .map(|it| it["ConnectorId"].as_str().unwrap().to_owned());
        (ids.collect(), body["NextToken"].as_str().map(str::to_owned))
    }

    #[test]
    fn pages_join_to_the_list() {
        let state = three();
        let (first, token) = ids(&ask(&state, "/connectorsv2?MaxResults=50").1);
        assert_eq!(first, [A, B]);
        let token = token.unwrap();
        let (second, end) = ids(&ask(&state, &format!("/connectorsv2?NextToken={token}")).1);
        assert_eq!((second, end), (vec![C.to_owned()], None));
        let (filtered, end) = ids(&ask(&state, "/connectorsv2?ProviderName=JIRA_CLOUD").1);
        assert_eq!((filtered, end), (vec![A.to_owned(), C.to_owned()], None));
        let (one, _) = ids(&ask(&state, "/connectorsv2?MaxResults=1").1);
        assert_eq!(one, [A]);
    }

    #[test]
    fn bad_parameters_are_validation_errors() {
        let state = three();
        let token = ids(&ask(&state, "/connectorsv2").1).1.unwrap();
        for query in [
            "MaxResults=0".to_owned(),
            "MaxResults=101".to_owned(),
            "MaxResults=x".to_owned(),
            "MaxResults=".to_owned(),
            "ProviderName=AcmeDesk".to_owned(),
            "ConnectorStatus=ok".to_owned(),
            "EnablementStatus=ok".to_owned(),
            "NextToken=".to_owned(),
            "NextToken=00".to_owned(),
            "NextToken=%zz".to_owned(),
            format!("NextToken={}", token.to_uppercase()),
            format!("NextToken={token}&ProviderName=GCP"),
        ] {
            let (status, body) = ask(&state, &format!("/connectorsv2?{query}"));
            assert_eq!(status, 400, "{query}");
            assert!(body.starts_with("ValidationException: "), "{query}: {body}");
        }
        assert_eq!(ask(&state, &format!("/connectorsv2/{A}")).0, 200);
        for id in [
            "",
            "x",
            "a/b",
            "..%2Fx",
            &A.to_uppercase(),
            &A.replace('-', "0"),
            &format!("{A}0"),
        ] {
            let (status, body) = ask(&state, &format!("/connectorsv2/{id}"));
            assert_eq!(status, 400, "{id}: {body}");
        }
    }

    #[test]
    fn tags_are_found_by_arn() {
        let state = three();
        let tags = |arn: &str| ask(&state, &format!("/tags/{arn}"));
        let arn =
            |id| format!("arn%3Aaws%3Asecurityhub%3Aus-east-1%3A111122223333%3Aconnectorv2%2F{id}");
        assert_eq!(tags(&arn(A)), (200, r#"{"Tags":{"k":"v"}}"#.to_owned()));
        assert_eq!(tags(&arn(B)), (200, r#"{"Tags":{}}"#.to_owned()));
        assert_eq!(tags(&arn("x")).0, 404);
        assert_eq!(tags(&arn(A).replace("east", "west")).0, 404);
        assert!(
            tags("arn:aws:s3:::b")
                .1
                .starts_with("InvalidInputException")
        );
    }

    #[test]
    fn an_incomplete_listing_ends_in_an_error() {
        let summaries = format!(r#"{{"ConnectorId":"{A}"}},{{"ConnectorId":"{B}"}}"#);
        let cut = state(
            "",
            &format!(r#","listing":{{"complete":false,"summaries":[{summaries}]}}"#),
        );
        let (first, token) = ids(&ask(&cut, "/connectorsv2").1);
        assert_eq!(first.len(), 2);
        let (status, _) = ask(&cut, &format!("/connectorsv2?NextToken={}", token.unwrap()));
        assert_eq!(status, 500);
    }

    #[test]
    fn a_list_that_nobody_asked_for_is_not_made_up() {
        let entry = |more: &str| format!(r#"{{"connector_id":"{A}"{more},"missing":true}}"#);
        let list = |more: &str| ask(&state(&entry(more), ""), "/connectorsv2").0;
        assert_eq!(list(""), 200, "a state that somebody wrote");
        assert_eq!(list(r#","observed_at":"2026-11-22T12:00:00Z""#), 500);
    }

    #[test]
    fn what_was_unread_is_unread_again() {
        for (kind, status, said) in [
            ("access_denied", 403, "AccessDeniedException: because"),
            ("throttled", 429, "ThrottlingException"),
            (
                "hub_disabled",
                409,
                "ConflictException: Security Hub V2 is not enabled",
            ),
            ("service_error", 500, "InternalServerException"),
            ("credentials", 403, "UnrecognizedClientException"),
            ("malformed_response", 200, "<html>"),
            ("timeout", 0, ""),
            ("network", 0, ""),
            ("brand_new", 0, ""),
        ] {
            let reason = format!(r#"{{"kind":"{kind}","message":"because"}}"#);
            let one = state(
                &format!(r#"{{"connector_id":"{A}","unread":{reason}}}"#),
                "",
            );
            let all = state("", &format!(r#","status":"unread","reason":{reason}"#));
            for state in [one, all] {
                let (found, body) = ask(&state, &format!("/connectorsv2/{A}"));
                assert_eq!(found, status, "{kind}");
                assert!(body.contains(said), "{kind}: {body}");
            }
        }
        let off = state("", r#","hub":"disabled""#);
        for path in ["/connectorsv2", "/connectorsv2/x", "/tags/x"] {
            assert_eq!(
                ask(&off, path).1,
                "ConflictException: Security Hub V2 is not enabled"
            );
        }
    }

    #[test]
    fn other_operations_are_unknown() {
        let state = three();
        for path in ["/", "/connectors", "/connectorsv3", "/connectorsv2/%zz"] {
            assert!(
                ask(&state, path).1.starts_with("UnknownOperationException"),
                "{path}"
            );
        }
        assert!(route("POST", "/connectorsv2", "").is_err());
    }
}
