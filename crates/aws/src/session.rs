//! One verb's way to AWS: makes calls, classifies their errors, and remembers the ones that change something.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use aws_sdk_ecs::{error::ProvideErrorMetadata, operation::RequestId};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use metrics::{counter, histogram};
use provisioner::{
    cloud::{Answer, Call, Class, CloudError},
    turn::Turn,
};

use crate::{
    error::{ABANDONED, classify, is_unanswered},
    pace::Pace,
    together::Together,
};

/// The clients of one account and region.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) acm: aws_sdk_acm::Client,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) route53: aws_sdk_route53::Client,
    pub(crate) scaling: aws_sdk_applicationautoscaling::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) pace: Arc<Pace>,
    /// ECS services by cluster and name, asked for by many runs at a time.
    pub(crate) services: Together<aws_sdk_ecs::types::Service>,
    /// ECS tasks by cluster and ARN.
    pub(crate) tasks: Together<aws_sdk_ecs::types::Task>,
    /// Targets by their target group, which is all that one call can ask about, for however many.
    pub(crate) health: Together<Vec<aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription>>,
}

/// The calls of one verb.
pub(crate) struct Session<'a> {
    clients: &'a Clients,
    calls: Mutex<Vec<Call>>,
}

impl Deref for Session<'_> {
    type Target = Clients;

    fn deref(&self) -> &Clients {
        self.clients
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new(clients: &'a Clients) -> Self {
        Self { clients, calls: Mutex::default() }
    }

    /// Makes one call when its turn has come. `service` and `operation` are AWS's names of what `call` does.
    pub(crate) async fn send<O, E>(
        &self,
        service: &'static str,
        operation: &'static str,
        call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send,
    ) -> Result<O, CloudError>
    where
        O: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if self.pace.pass(service, operation).await.is_err() {
            return Err(not_made(service, operation));
        }
        let started = Instant::now();
        let reply = Turn::current().within_lease(call).await;
        let taken = started.elapsed();
        let request_id = reply.as_ref().and_then(RequestId::request_id).map(str::to_owned);
        let result = match reply {
            Some(reply) => reply.map_err(|error| classify(service, operation, &error)),
            None => Err(abandoned(service, operation)),
        };
        match &result {
            Ok(_) => tracing::debug!(
                aws.service = service,
                aws.operation = operation,
                aws.request_id = request_id,
                "called AWS"
            ),
            Err(error) => tracing::debug!(
                aws.service = service,
                aws.operation = operation,
                aws.request_id = request_id,
                aws.code = error.code,
                "AWS refused"
            ),
        }
        let throttled = result.as_ref().is_err_and(|error| error.class == Class::Throttled);
        self.pace.answered(service, operation, throttled);
        let outcome = result.as_ref().err().map_or("ok", |error| error.class.as_str());
        histogram!("gantry_aws_call_seconds", "service" => service).record(taken);
        counter!("gantry_aws_calls_total", "service" => service, "operation" => operation, "outcome" => outcome)
            .increment(1);
        if mutates(operation) {
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(Call {
                service: service.to_owned(),
                operation: operation.to_owned(),
                request_id,
                error: result.as_ref().err().map(|error| error.code.clone()),
                unanswered: result.as_ref().is_err_and(is_unanswered),
            });
        }
        result
    }

    /// The verb's result with the mutating calls it took.
    pub(crate) fn answer<T>(self, result: Result<T, CloudError>) -> Answer<T> {
        Answer { result, calls: self.calls.into_inner().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// The code of a call that was not made, because whoever wanted it does not any more.
pub(crate) const NOT_MADE: &str = "not-made";

/// While it waited for its turn the run was stopped, or the process began to end.
fn not_made(service: &str, operation: &str) -> CloudError {
    CloudError {
        class: Class::Throttled,
        service: service.to_owned(),
        operation: operation.to_owned(),
        code: NOT_MADE.to_owned(),
        message: "The run was stopped while this call waited for its turn: it was not made.".to_owned(),
        request_id: None,
        advice: "Retry to go on; or undo what this run has done.".to_owned(),
    }
}

/// The process stood still until the run's lease was over, or AWS did not answer as long as it lasted.
fn abandoned(service: &str, operation: &str) -> CloudError {
    CloudError {
        class: Class::Unavailable,
        service: service.to_owned(),
        operation: operation.to_owned(),
        code: ABANDONED.to_owned(),
        message: "The run's lease was over before the answer of AWS was there.".to_owned(),
        request_id: None,
        advice: "Whether the call took effect is not known. Gantry looks, then repeats.".to_owned(),
    }
}

/// Whether an operation changes something, by AWS's naming.
pub(crate) fn mutates(operation: &str) -> bool {
    !["Describe", "List", "Get"].iter().any(|prefix| operation.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_told_from_writes() {
        assert!(!mutates("DescribeServices") && !mutates("ListTasks") && !mutates("GetRole"));
        assert!(mutates("CreateService") && mutates("PutRolePolicy") && mutates("RevokeSecurityGroupIngress"));
    }
}
