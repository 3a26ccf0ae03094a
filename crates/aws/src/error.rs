//! What an error of AWS means: the one place where it is decided whether to wait, to look again, to plan anew or to ask
//! a person. The table comes from AWS's API references and from what other provisioning tools learned to retry.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ecs::{error::ProvideErrorMetadata, operation::RequestId};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use provisioner::cloud::{Class, CloudError};

/// One line of the table; the first that fits counts.
struct Row {
    /// The AWS service; empty for all.
    service: &'static str,
    /// The error code; empty for all.
    code: &'static str,
    /// What the message contains; empty for anything.
    message: &'static str,
    class: Class,
    advice: &'static str,
}

const fn row(
    service: &'static str,
    code: &'static str,
    message: &'static str,
    class: Class,
    advice: &'static str,
) -> Row {
    Row { service, code, message, class, advice }
}

const TIMED_OUT: &str = "timed-out";
const UNREADABLE: &str = "unreadable-reply";
const UNREACHABLE: &str = "unreachable";
/// The code of a call that was given up because the lease of whoever made it was over.
pub(crate) const ABANDONED: &str = "abandoned";

const SLOW_DOWN: &str = "AWS limits how often this may be called in an account and region. Gantry waits and repeats.";
const NEW_ROLE: &str = "A role made a moment ago is not known everywhere yet. Gantry waits and repeats; if it stays, check the role's trust policy.";
const JUST_MADE: &str = "Something made a moment ago is not visible everywhere yet. Gantry waits and repeats.";
const STILL_HELD: &str = "Something in the account still uses it. Gantry waits and repeats; it can take minutes until network interfaces are released.";
const PLAN_AGAIN: &str = "The account has changed since the plan was made. Undo this run or keep what it did, then ask again: Gantry plans anew from what is there.";
const DRAINING: &str = "A service of this name is still stopping its last tasks. Gantry waits and repeats.";
const FREE_NAME: &str = "Something that this stack does not own bears the name. Rename or remove it and retry; or undo, and ask again under another name.";
const QUOTA: &str = "A quota of the account is used up. Ask AWS to raise it (Service Quotas), or remove what is not needed, then retry.";
const SIGN_IN: &str =
    "AWS does not accept the credentials. Check the portal's own credentials and the environment's launch role.";
const LAUNCH_ROLE: &str = "Gantry may not assume the environment's launch role. Its trust policy must name the identity that Gantry runs as, and ask for the external id that the environment has (or for none).";
const NO_SUBNET: &str = "The environment names a subnet that does not exist. Correct the environment.";
const PREFLIGHT: &str = "AWS will not accept this as it is. Undo or keep what was done, change the request or the environment, and ask again.";

const TABLE: &[Row] = &[
    // Too fast.
    row("", "ThrottlingException", "", Class::Throttled, SLOW_DOWN),
    row("", "Throttling", "", Class::Throttled, SLOW_DOWN),
    row("", "ThrottledException", "", Class::Throttled, SLOW_DOWN),
    row("", "RequestLimitExceeded", "", Class::Throttled, SLOW_DOWN),
    row("", "TooManyRequestsException", "", Class::Throttled, SLOW_DOWN),
    row("", "RequestThrottled", "", Class::Throttled, SLOW_DOWN),
    row("", "RequestThrottledException", "", Class::Throttled, SLOW_DOWN),
    row("", "SlowDown", "", Class::Throttled, SLOW_DOWN),
    row("", "PriorRequestNotComplete", "", Class::Throttled, SLOW_DOWN),
    row("ssm", "TooManyUpdates", "", Class::Throttled, SLOW_DOWN),
    row("ecs", "ClientException", "Too many concurrent attempts to create a new revision", Class::Throttled, SLOW_DOWN),
    row("", "", "Rate exceeded", Class::Throttled, SLOW_DOWN),
    // AWS's own trouble.
    row(
        "",
        "ServiceUnavailable",
        "",
        Class::Unavailable,
        "AWS is not available at the moment. Gantry looks again and repeats.",
    ),
    row(
        "",
        "ServiceUnavailableException",
        "",
        Class::Unavailable,
        "AWS is not available at the moment. Gantry looks again and repeats.",
    ),
    row("", "InternalFailure", "", Class::Unavailable, "AWS failed. Gantry looks again and repeats."),
    row("", "InternalError", "", Class::Unavailable, "AWS failed. Gantry looks again and repeats."),
    row("", "InternalServerError", "", Class::Unavailable, "AWS failed. Gantry looks again and repeats."),
    row("", "InternalServiceException", "", Class::Unavailable, "AWS failed. Gantry looks again and repeats."),
    row("", "ServiceFailure", "", Class::Unavailable, "AWS failed. Gantry looks again and repeats."),
    row("", "ServerException", "", Class::Unavailable, "AWS failed. Gantry looks again and repeats."),
    row("", "RequestTimeout", "", Class::Unavailable, "AWS did not answer in time. Gantry looks again and repeats."),
    // Not signed in, not allowed.
    row("", "ExpiredToken", "", Class::Denied, SIGN_IN),
    row("", "ExpiredTokenException", "", Class::Denied, SIGN_IN),
    row("", "InvalidClientTokenId", "", Class::Denied, SIGN_IN),
    row("", "UnrecognizedClientException", "", Class::Denied, SIGN_IN),
    row("", "SignatureDoesNotMatch", "", Class::Denied, SIGN_IN),
    row("", "AuthFailure", "", Class::Denied, SIGN_IN),
    row("", "IncompleteSignature", "", Class::Denied, SIGN_IN),
    row("", "OptInRequired", "", Class::Denied, "The account has not switched this service or region on."),
    row("sts", "AccessDenied", "", Class::Denied, LAUNCH_ROLE),
    // `AccessDenied` and its like get their advice from the message: `permission_advice`.
    row("", "AccessDenied", "", Class::Denied, ""),
    row("", "AccessDeniedException", "", Class::Denied, ""),
    row("", "UnauthorizedOperation", "", Class::Denied, ""),
    row("", "NotAuthorized", "", Class::Denied, ""),
    // IAM and roles that are still spreading.
    row(
        "ecs",
        "InvalidParameterException",
        "Unable to assume the service linked role",
        Class::Propagating,
        "The service-linked role of ECS was just made, or is missing. Gantry makes it, waits and repeats.",
    ),
    row(
        "ecs",
        "InvalidParameterException",
        "verify that the ECS service role being passed has the proper permissions",
        Class::Propagating,
        NEW_ROLE,
    ),
    row("ecs", "ClientException", "ECS was unable to assume the role", Class::Propagating, NEW_ROLE),
    row("application-autoscaling", "ValidationException", "Unable to assume IAM role", Class::Propagating, NEW_ROLE),
    row("application-autoscaling", "ValidationException", "ECS service doesn't exist", Class::Propagating, JUST_MADE),
    row("", "MalformedPolicyDocument", "invalid principal", Class::Propagating, NEW_ROLE),
    row("", "MalformedPolicyDocumentException", "invalid principal", Class::Propagating, NEW_ROLE),
    row(
        "iam",
        "ConcurrentModification",
        "",
        Class::Propagating,
        "Something else is changing this role at the moment. Gantry waits and repeats.",
    ),
    row(
        "iam",
        "EntityTemporarilyUnmodifiable",
        "",
        Class::Propagating,
        "The role was just made or renamed. Gantry waits and repeats.",
    ),
    row("iam", "NoSuchEntity", "", Class::Propagating, JUST_MADE),
    row("iam", "EntityAlreadyExists", "", Class::Stale, FREE_NAME),
    row(
        "iam",
        "DeleteConflict",
        "",
        Class::Busy,
        "The role still has policies or instance profiles. Gantry detaches what it attached and repeats; remove the rest by hand.",
    ),
    // ECS.
    row(
        "ecs",
        "InvalidParameterException",
        "does not have an associated load balancer",
        Class::Propagating,
        "The load balancer does not use the target group yet. Gantry waits and repeats.",
    ),
    row("ecs", "InvalidParameterException", "Creation of service was not idempotent", Class::Stale, FREE_NAME),
    row("ecs", "DependencyViolation", "", Class::Busy, STILL_HELD),
    row("ecs", "ClientException", "Creation of service was not idempotent", Class::Stale, FREE_NAME),
    row("ecs", "InvalidParameterException", "still Draining", Class::Busy, DRAINING),
    // ECS asks EC2 for the network of a service, and hands on what EC2 says.
    row("ecs", "InvalidParameterException", "InvalidGroup.NotFound", Class::Propagating, JUST_MADE),
    row("ecs", "InvalidParameterException", "InvalidSubnetID.NotFound", Class::Refused, NO_SUBNET),
    row(
        "ecs",
        "InvalidParameterException",
        "Arguments on this idempotent request are inconsistent",
        Class::Stale,
        FREE_NAME,
    ),
    row(
        "ecs",
        "InvalidParameterException",
        "cluster is inactive",
        Class::Stale,
        "The cluster was deleted. Make it again or choose another one, and plan again.",
    ),
    row(
        "ecs",
        "ClientException",
        "cluster is inactive",
        Class::Stale,
        "The cluster was deleted. Make it again or choose another one, and plan again.",
    ),
    row(
        "ecs",
        "ClusterNotFoundException",
        "",
        Class::Stale,
        "The cluster does not exist (any more). Make it again or choose another one, and plan again.",
    ),
    row("ecs", "ServiceNotFoundException", "", Class::Stale, PLAN_AGAIN),
    row("ecs", "ServiceNotActiveException", "", Class::Stale, PLAN_AGAIN),
    row(
        "ecs",
        "ResourceInUseException",
        "",
        Class::Busy,
        "The capacity provider still runs tasks. Gantry waits and repeats.",
    ),
    row("ecs", "UpdateInProgressException", "", Class::Busy, "The cluster is being changed. Gantry waits and repeats."),
    row(
        "ecs",
        "ClientException",
        "Cluster was not ACTIVE",
        Class::Busy,
        "The cluster is being changed. Gantry waits and repeats.",
    ),
    row(
        "ecs",
        "ClusterContainsServicesException",
        "",
        Class::Busy,
        "Services still live in the cluster. Gantry waits for its own; remove the others first.",
    ),
    row(
        "ecs",
        "ClusterContainsTasksException",
        "",
        Class::Busy,
        "Tasks still run in the cluster. Gantry waits for its own; stop the others first.",
    ),
    row(
        "ecs",
        "ClusterContainsContainerInstancesException",
        "",
        Class::Busy,
        "Instances are still registered with the cluster. Remove them first.",
    ),
    row(
        "ecs",
        "InvalidParameterException",
        "The service cannot be stopped while",
        Class::Busy,
        "The service is still deploying. Gantry waits and repeats.",
    ),
    row(
        "ecs",
        "ClientException",
        "No Fargate configuration exists",
        Class::Refused,
        "Fargate does not have this pair of CPU and memory. Choose another one.",
    ),
    row(
        "ecs",
        "ClientException",
        "Role is not valid",
        Class::Refused,
        "The role's ARN is not one. Check the template.",
    ),
    row(
        "ecs",
        "PlatformTaskDefinitionIncompatibilityException",
        "",
        Class::Refused,
        "Fargate cannot run this task definition. Check its size and settings.",
    ),
    row("ecs", "PlatformUnknownException", "", Class::Refused, PREFLIGHT),
    row("ecs", "UnsupportedFeatureException", "", Class::Refused, "This region does not have the feature."),
    row("ecs", "LimitExceededException", "", Class::Refused, QUOTA),
    // Load balancing.
    row("elasticloadbalancing", "DuplicateLoadBalancerName", "", Class::Stale, FREE_NAME),
    row("elasticloadbalancing", "DuplicateTargetGroupName", "", Class::Stale, FREE_NAME),
    row(
        "elasticloadbalancing",
        "DuplicateListener",
        "",
        Class::Stale,
        "The load balancer already has a listener on this port that this stack does not own. Remove it and retry; or undo, and ask again with another port.",
    ),
    row(
        "elasticloadbalancing",
        "PriorityInUse",
        "",
        Class::Stale,
        "Another rule of the listener has taken the priority. Remove it and retry; or undo, and ask again: Gantry then takes a free one.",
    ),
    row("elasticloadbalancing", "LoadBalancerNotFound", "", Class::Propagating, JUST_MADE),
    row("elasticloadbalancing", "TargetGroupNotFound", "", Class::Propagating, JUST_MADE),
    row("elasticloadbalancing", "ListenerNotFound", "", Class::Propagating, JUST_MADE),
    row("elasticloadbalancing", "RuleNotFound", "", Class::Propagating, JUST_MADE),
    row(
        "elasticloadbalancing",
        "CertificateNotFound",
        "",
        Class::Propagating,
        "The certificate is not visible to load balancing. If it was issued just now Gantry's repeat will find it; else check the environment's certificate and its region.",
    ),
    row(
        "elasticloadbalancing",
        "UnsupportedCertificate",
        "",
        Class::Propagating,
        "The certificate is not issued yet, or has a key that load balancing does not take.",
    ),
    row("elasticloadbalancing", "ResourceInUse", "", Class::Busy, STILL_HELD),
    row("elasticloadbalancing", "TargetGroupAssociationLimit", "", Class::Refused, QUOTA),
    row(
        "elasticloadbalancing",
        "OperationNotPermitted",
        "",
        Class::Refused,
        "The load balancer is protected against deletion. Switch the protection off in AWS if it may go.",
    ),
    row("elasticloadbalancing", "SubnetNotFound", "", Class::Refused, NO_SUBNET),
    row(
        "elasticloadbalancing",
        "InvalidSubnet",
        "",
        Class::Refused,
        "A load balancer needs subnets in two availability zones with at least 8 free addresses each, and an internet gateway if it faces the internet. Correct the environment.",
    ),
    row("elasticloadbalancing", "InvalidSecurityGroup", "", Class::Propagating, JUST_MADE),
    row("elasticloadbalancing", "TooMany", "", Class::Refused, QUOTA),
    // EC2.
    row("ec2", "DependencyViolation", "", Class::Busy, STILL_HELD),
    row("ec2", "InvalidGroup.InUse", "", Class::Busy, STILL_HELD),
    row("ec2", "InvalidGroup.Duplicate", "", Class::Stale, FREE_NAME),
    row("ec2", "InvalidGroup.NotFound", "", Class::Propagating, JUST_MADE),
    row("ec2", "InvalidGroupId.Malformed", "", Class::Refused, PREFLIGHT),
    row("ec2", "InvalidSubnetID.NotFound", "", Class::Propagating, JUST_MADE),
    row(
        "ec2",
        "InvalidVpcID.NotFound",
        "",
        Class::Refused,
        "The environment names a VPC that does not exist. Correct the environment.",
    ),
    row("ec2", "InvalidPermission.Duplicate", "", Class::Propagating, "The rule is there already. Gantry looks again."),
    row("ec2", "SecurityGroupLimitExceeded", "", Class::Refused, QUOTA),
    row("ec2", "RulesPerSecurityGroupLimitExceeded", "", Class::Refused, QUOTA),
    row("ec2", "ResourceLimitExceeded", "", Class::Refused, QUOTA),
    // Parameters and logs.
    row("ssm", "ParameterAlreadyExists", "", Class::Stale, FREE_NAME),
    row("ssm", "ParameterLimitExceeded", "", Class::Refused, QUOTA),
    row("ssm", "InvalidKeyId", "", Class::Refused, "The encryption key does not exist or must not be used."),
    row(
        "logs",
        "OperationAbortedException",
        "",
        Class::Propagating,
        "Something else is changing this log group at the moment. Gantry waits and repeats.",
    ),
    row("logs", "ResourceAlreadyExistsException", "", Class::Stale, FREE_NAME),
    row("logs", "ResourceNotFoundException", "", Class::Propagating, JUST_MADE),
    row("logs", "LimitExceededException", "", Class::Refused, QUOTA),
    // Autoscaling.
    row(
        "application-autoscaling",
        "ConcurrentUpdateException",
        "",
        Class::Propagating,
        "Autoscaling is being changed at the moment. Gantry waits and repeats.",
    ),
    row("application-autoscaling", "ObjectNotFoundException", "", Class::Propagating, JUST_MADE),
    row("application-autoscaling", "FailedResourceAccessException", "", Class::Propagating, NEW_ROLE),
    row("application-autoscaling", "LimitExceededException", "", Class::Refused, QUOTA),
    row("iam", "LimitExceeded", "", Class::Refused, QUOTA),
];

/// What to do about a code and a message.
fn judge(service: &str, code: &str, message: &str, status: Option<u16>) -> (Class, String) {
    let fits = |row: &&Row| {
        (row.service.is_empty() || row.service == service)
            && (row.code.is_empty() || row.code == code || (row.code == "TooMany" && code.starts_with("TooMany")))
            && (row.message.is_empty() || message.to_ascii_lowercase().contains(&row.message.to_ascii_lowercase()))
    };
    match TABLE.iter().find(fits) {
        Some(row) if row.advice.is_empty() => (row.class, permission_advice(message)),
        Some(row) => (row.class, row.advice.to_owned()),
        None if status.is_some_and(|status| status >= 500) => {
            (Class::Unavailable, "AWS failed. Gantry looks again and repeats.".to_owned())
        }
        None if status == Some(429) => (Class::Throttled, SLOW_DOWN.to_owned()),
        None if status == Some(403) => (Class::Denied, permission_advice(message)),
        None => (Class::Refused, PREFLIGHT.to_owned()),
    }
}

/// Which permission is missing, read from "… is not authorized to perform: ecs:CreateService on resource: arn…".
fn permission_advice(message: &str) -> String {
    let word_after = |marker: &str| {
        let (_, rest) = message.split_once(marker)?;
        rest.split_whitespace().next().map(|word| word.trim_end_matches([',', '.']))
    };
    let action = word_after("perform: ").or_else(|| word_after("perform "));
    match (action, word_after("resource: ").or_else(|| word_after("on resource "))) {
        (Some(action), Some(resource)) => {
            format!("The launch role may not do this. Allow it `{action}` on `{resource}`, then retry.")
        }
        (Some(action), None) => format!("The launch role may not do this. Allow it `{action}`, then retry."),
        _ => "The launch role may not do this. Give it the permission, then retry.".to_owned(),
    }
}

/// The error of a call, with what to do about it.
pub(crate) fn classify<E>(service: &str, operation: &str, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    let ours = |class, code: &str, message: String, advice: &str| CloudError {
        class,
        service: service.to_owned(),
        operation: operation.to_owned(),
        code: code.to_owned(),
        message,
        request_id: request_id.clone(),
        advice: advice.to_owned(),
    };
    match error {
        SdkError::ServiceError(refusal) => {
            let status = refusal.raw().status().as_u16();
            let code = refusal.err().code().unwrap_or("unknown");
            let message = refusal.err().message().unwrap_or("AWS gave no message.");
            let (class, advice) = judge(service, code, message, Some(status));
            ours(class, code, message.to_owned(), &advice)
        }
        SdkError::TimeoutError(_) => ours(
            Class::Unavailable,
            TIMED_OUT,
            "AWS did not answer in time.".to_owned(),
            "Whether the call took effect is not known. Gantry looks, then repeats.",
        ),
        SdkError::ResponseError(_) => ours(
            Class::Unavailable,
            UNREADABLE,
            "The reply of AWS could not be read.".to_owned(),
            "Whether the call took effect is not known. Gantry looks, then repeats.",
        ),
        SdkError::DispatchFailure(failure) => {
            let root = failure.as_connector_error().map(|error| error as &(dyn std::error::Error + 'static));
            // Before the first call in an account the SDK assumes the launch role: that call's error is the true one.
            if let Some(refused) = find_in_chain::<SdkError<AssumeRoleError, HttpResponse>>(root) {
                return classify("sts", "AssumeRole", refused);
            }
            match find_in_chain(root) {
                Some(error) => refused_credentials(service, operation, error),
                None => ours(
                    Class::Unavailable,
                    UNREACHABLE,
                    chain(root),
                    "AWS could not be reached. Gantry looks again and repeats; if it stays, check the network and the proxy.",
                ),
            }
        }
        other => ours(
            Class::Refused,
            "bad-call",
            chain(Some(other as &(dyn std::error::Error + 'static))),
            "The call could not be built. This is a fault of Gantry: please report it.",
        ),
    }
}

/// The process has no credentials, or does not get them for now: whoever hands them out is away, like AWS itself.
fn refused_credentials(service: &str, operation: &str, error: &CredentialsError) -> CloudError {
    let is_lasting =
        matches!(error, CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_));
    CloudError {
        class: if is_lasting { Class::Denied } else { Class::Unavailable },
        service: service.to_owned(),
        operation: operation.to_owned(),
        code: "no-credentials".to_owned(),
        message: chain(Some(error)),
        request_id: None,
        advice: SIGN_IN.to_owned(),
    }
}

fn find_in_chain<'a, E: std::error::Error + 'static>(
    root: Option<&'a (dyn std::error::Error + 'static)>,
) -> Option<&'a E> {
    std::iter::successors(root, |error| error.source()).find_map(|error| error.downcast_ref())
}

/// An error and its causes in one line.
fn chain(root: Option<&(dyn std::error::Error + 'static)>) -> String {
    let mut parts: Vec<String> = vec![];
    for error in std::iter::successors(root, |error| error.source()) {
        let text = error.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

/// What AWS refused because it does not see everywhere yet what is there.
pub(crate) fn not_known_yet(error: CloudError) -> CloudError {
    CloudError { class: Class::Propagating, advice: JUST_MADE.to_owned(), ..error }
}

/// What AWS refused because of a namesake that goes by itself.
pub(crate) fn still_draining(error: CloudError) -> CloudError {
    CloudError { class: Class::Busy, advice: DRAINING.to_owned(), ..error }
}

/// Whether there was no answer to a call: then nobody knows whether it took effect.
pub(crate) fn is_unanswered(error: &CloudError) -> bool {
    [TIMED_OUT, UNREADABLE, UNREACHABLE, ABANDONED].contains(&error.code.as_str())
}

/// A refusal of Gantry's own making.
pub(crate) fn refusal(class: Class, operation: &str, code: &str, message: String, advice: &str) -> CloudError {
    CloudError {
        class,
        service: "gantry".to_owned(),
        operation: operation.to_owned(),
        code: code.to_owned(),
        message,
        request_id: None,
        advice: advice.to_owned(),
    }
}

/// Something else bears the name.
pub(crate) fn foreign(operation: &str, what: &str) -> CloudError {
    refusal(
        Class::Stale,
        operation,
        "foreign-resource",
        format!("Something that this stack does not own stands there: {what}."),
        FREE_NAME,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(service: &str, code: &str, message: &str, status: u16) -> Class {
        judge(service, code, message, Some(status)).0
    }

    #[test]
    fn throttling_in_every_dialect() {
        for code in [
            "ThrottlingException",
            "Throttling",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "SlowDown",
            "RequestThrottled",
            "RequestThrottledException",
            "PriorRequestNotComplete",
        ] {
            assert_eq!(class("ecs", code, "", 400), Class::Throttled, "{code}");
        }
        assert_eq!(class("ssm", "TooManyUpdates", "", 400), Class::Throttled);
        assert_eq!(
            class(
                "ecs",
                "ClientException",
                "Too many concurrent attempts to create a new revision of the specified family.",
                400
            ),
            Class::Throttled
        );
        assert_eq!(class("ecs", "ClientException", "Rate exceeded", 400), Class::Throttled);
        assert_eq!(class("ecs", "Whatever", "", 429), Class::Throttled);
    }

    #[test]
    fn trouble_on_the_side_of_aws() {
        for code in ["InternalFailure", "ServerException", "ServiceUnavailable", "InternalError"] {
            assert_eq!(class("iam", code, "", 400), Class::Unavailable, "{code}");
        }
        assert_eq!(class("ecs", "unknown", "", 502), Class::Unavailable);
        assert_eq!(class("ec2", "RequestLimitExceeded", "", 503), Class::Throttled);
    }

    #[test]
    fn what_is_still_spreading() {
        let cases = [
            (
                "ecs",
                "InvalidParameterException",
                "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
            ),
            (
                "ecs",
                "InvalidParameterException",
                "Please verify that the ECS service role being passed has the proper permissions",
            ),
            (
                "ecs",
                "InvalidParameterException",
                "The target group with targetGroupArn arn:x does not have an associated load balancer.",
            ),
            ("application-autoscaling", "ValidationException", "ECS service doesn't exist: service/a/b"),
            ("application-autoscaling", "ValidationException", "Unable to assume IAM role: arn"),
            ("iam", "ConcurrentModification", ""),
            ("iam", "EntityTemporarilyUnmodifiable", ""),
            ("elasticloadbalancing", "LoadBalancerNotFound", ""),
            ("elasticloadbalancing", "CertificateNotFound", ""),
            ("elasticloadbalancing", "UnsupportedCertificate", ""),
            ("ec2", "InvalidGroup.NotFound", ""),
            (
                "ecs",
                "InvalidParameterException",
                "Error retrieving security group information for [sg-1]: The security group 'sg-1' does not exist (ErrorCode: InvalidGroup.NotFound)",
            ),
            ("ec2", "InvalidSubnetID.NotFound", ""),
            ("logs", "OperationAbortedException", ""),
            ("iam", "MalformedPolicyDocument", "Policy contains a statement with one or more invalid principals"),
        ];
        for (service, code, message) in cases {
            assert_eq!(class(service, code, message, 400), Class::Propagating, "{service} {code} {message}");
        }
        assert_eq!(class("iam", "MalformedPolicyDocument", "Syntax errors in policy.", 400), Class::Refused);
    }

    #[test]
    fn what_is_still_held() {
        let cases = [
            ("ec2", "DependencyViolation", "resource sg-1 has a dependent object"),
            ("ec2", "InvalidGroup.InUse", ""),
            ("elasticloadbalancing", "ResourceInUse", "Target group 'x' is currently in use by a listener or a rule"),
            ("iam", "DeleteConflict", "Cannot delete entity, must detach all policies first."),
            ("ecs", "ClusterContainsServicesException", ""),
            ("ecs", "ClusterContainsTasksException", ""),
            ("ecs", "ClusterContainsContainerInstancesException", ""),
            ("ecs", "UpdateInProgressException", ""),
            ("ecs", "DependencyViolation", "The service has a dependent object."),
            ("ecs", "ResourceInUseException", "The specified capacity provider is in use and cannot be removed."),
            ("ecs", "InvalidParameterException", "Unable to Start a service that is still Draining."),
            ("ecs", "InvalidParameterException", "The service cannot be stopped while deployments are active."),
            ("ecs", "InvalidParameterException", "The service cannot be stopped while it is scaled above 0."),
        ];
        for (service, code, message) in cases {
            assert_eq!(class(service, code, message, 400), Class::Busy, "{service} {code} {message}");
        }
    }

    #[test]
    fn what_needs_a_new_plan() {
        let cases = [
            ("elasticloadbalancing", "PriorityInUse", "Priority '10' is currently in use"),
            ("elasticloadbalancing", "DuplicateLoadBalancerName", ""),
            ("elasticloadbalancing", "DuplicateTargetGroupName", ""),
            ("elasticloadbalancing", "DuplicateListener", ""),
            ("ec2", "InvalidGroup.Duplicate", ""),
            ("iam", "EntityAlreadyExists", ""),
            ("ecs", "InvalidParameterException", "Creation of service was not idempotent."),
            (
                "ecs",
                "InvalidParameterException",
                "The specified cluster is inactive. Specify an active cluster and try again.",
            ),
            (
                "ecs",
                "InvalidParameterException",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            ),
            ("ecs", "ClusterNotFoundException", "Cluster not found."),
        ];
        for (service, code, message) in cases {
            assert_eq!(class(service, code, message, 400), Class::Stale, "{service} {code} {message}");
        }
    }

    #[test]
    fn what_aws_will_never_take() {
        let cases = [
            ("ecs", "ClientException", "Role is not valid"),
            ("ecs", "ClientException", "No Fargate configuration exists for given values."),
            ("elasticloadbalancing", "OperationNotPermitted", ""),
            ("elasticloadbalancing", "SubnetNotFound", ""),
            ("elasticloadbalancing", "InvalidSubnet", ""),
            ("elasticloadbalancing", "TooManyLoadBalancers", ""),
            ("ssm", "ParameterLimitExceeded", ""),
            ("ssm", "HierarchyTypeMismatch", ""),
            ("ssm", "ValidationException", ""),
            ("ecs", "SomethingNew", ""),
        ];
        for (service, code, message) in cases {
            assert_eq!(class(service, code, message, 400), Class::Refused, "{service} {code} {message}");
        }
    }

    #[test]
    fn a_missing_permission_is_named() {
        let message = "User: arn:aws:sts::1:assumed-role/gantry/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/web because no identity-based policy allows the iam:PassRole action";
        let (class, advice) = judge("ecs", "AccessDeniedException", message, Some(400));
        assert_eq!(class, Class::Denied);
        assert_eq!(
            advice,
            "The launch role may not do this. Allow it `iam:PassRole` on `arn:aws:iam::1:role/web`, then retry."
        );
        assert!(
            judge("ec2", "UnauthorizedOperation", "You are not authorized to perform this operation.", Some(403))
                .1
                .contains("launch role")
        );
    }

    #[test]
    fn lost_replies_and_dead_lines_are_unavailable() {
        use aws_sdk_ecs::operation::create_cluster::CreateClusterError as E;
        use aws_smithy_runtime_api::client::result::ConnectorError;
        let timed_out: SdkError<E, HttpResponse> = SdkError::timeout_error("slow");
        assert_eq!(classify("ecs", "CreateCluster", &timed_out).class, Class::Unavailable);
        let dead: SdkError<E, HttpResponse> = SdkError::dispatch_failure(ConnectorError::io("connection reset".into()));
        let error = classify("ecs", "CreateCluster", &dead);
        assert_eq!((error.class, error.code.as_str()), (Class::Unavailable, "unreachable"));
        let without = |error: CredentialsError| -> CloudError {
            let failure: SdkError<E, HttpResponse> =
                SdkError::dispatch_failure(ConnectorError::other(Box::new(error), None));
            classify("ecs", "CreateCluster", &failure)
        };
        for (error, class) in [
            (CredentialsError::not_loaded("none"), Class::Denied),
            (CredentialsError::invalid_configuration("nonsense"), Class::Denied),
            (CredentialsError::provider_error("the metadata service answers 500"), Class::Unavailable),
            (CredentialsError::provider_timed_out(std::time::Duration::from_secs(5)), Class::Unavailable),
        ] {
            let error = without(error);
            assert_eq!((error.class, error.code.as_str()), (class, "no-credentials"));
            assert!(!is_unanswered(&error), "nothing was asked");
        }
    }
}
