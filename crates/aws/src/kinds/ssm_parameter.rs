//! Verbs of SSM parameters. No value of a SecureString is ever read back, and none stands in an error.

use async_trait::async_trait;
use aws_sdk_ssm::types::{ParameterTier, ParameterType as SdkType, ResourceTypeForTagging, Tag};
use domain::{
    kinds::{ParameterType, SsmParameter},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{Class, CloudError, Target};

use super::{Ours, Seen, Verbs, bad_call, outputs};
use crate::{
    error::refusal,
    ownership::{self, Tags},
    policy::{Grant, When, grant},
    session::Session,
};

fn ssm_tags(tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().map_err(bad_call)).collect()
}

fn value_of(target: &Target, spec: &SsmParameter) -> Result<String, CloudError> {
    let (value, at_most) = match (spec.parameter_type, &spec.value, &target.secret) {
        (ParameterType::String, Some(value), _) => (value.clone(), "The value"),
        (ParameterType::SecureString, _, Some(secret)) => (secret.0.clone(), "The secret"),
        _ => {
            return Err(refusal(
                Class::Refused,
                "create",
                "no-value",
                "The secret's value is not there (any more).".to_owned(),
                "Values are kept until a run has written them. Enter the secret again in a new request.",
            ));
        }
    };
    if value.is_empty() || value.len() > 4096 {
        return Err(refusal(
            Class::Refused,
            "create",
            "bad-length",
            format!("{at_most} has {} bytes; a standard parameter holds 1 to 4096.", value.len()),
            "Enter a shorter value in a new request.",
        ));
    }
    Ok(value)
}

/// AWS quotes a value that it rejects: what could hold a secret is not passed on.
fn without_secret(target: &Target, mut error: CloudError) -> CloudError {
    if let Some(secret) = &target.secret {
        if error.code == "ValidationException" {
            error.message =
                "AWS rejected the parameter. Its message is withheld, because it may quote the value.".to_owned();
        } else if error.message.contains(&secret.0) {
            error.message = error.message.replace(&secret.0, "…");
        }
    }
    error
}

async fn put(session: &Session<'_>, target: &Target, spec: &SsmParameter, overwrite: bool) -> Result<(), CloudError> {
    let call = session
        .ssm
        .put_parameter()
        .name(&target.lookup.name)
        .value(value_of(target, spec)?)
        .r#type(match spec.parameter_type {
            ParameterType::String => SdkType::String,
            ParameterType::SecureString => SdkType::SecureString,
        })
        .tier(ParameterTier::Standard)
        .overwrite(overwrite)
        // Tags and overwriting exclude each other.
        .set_tags(if overwrite { None } else { Some(ssm_tags(&target.tags)?) });
    session.send("ssm", "PutParameter", call.send()).await.map(drop).map_err(|error| without_secret(target, error))
}

#[async_trait]
impl Verbs for SsmParameter {
    const GRANTS: &'static [Grant] = &[grant(
        When::Parameter,
        &[
            "ssm:AddTagsToResource",
            "ssm:DeleteParameter",
            "ssm:GetParameter",
            "ssm:ListTagsForResource",
            "ssm:PutParameter",
        ],
    )];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let call = session.ssm.get_parameter().name(&lookup.name).with_decryption(false);
        let reply = match session.send("ssm", "GetParameter", call.send()).await {
            Err(error) if error.code == "ParameterNotFound" => return Ok(Seen::Absent),
            reply => reply?,
        };
        let Some(parameter) = reply.parameter() else { return Ok(Seen::Absent) };
        let call = session
            .ssm
            .list_tags_for_resource()
            .resource_type(ResourceTypeForTagging::Parameter)
            .resource_id(&lookup.name);
        let tags = match session.send("ssm", "ListTagsForResource", call.send()).await {
            Err(error) if error.code == "InvalidResourceId" => return Ok(Seen::Absent),
            reply => ownership::tags(reply?.tag_list().iter().map(|tag| (Some(tag.key()), Some(tag.value())))),
        };
        let spec = match parameter.r#type() {
            Some(SdkType::SecureString) => {
                Self { parameter_type: ParameterType::SecureString, value: None, secret: None }
            }
            _ => Self {
                parameter_type: ParameterType::String,
                value: parameter.value().map(str::to_owned),
                secret: None,
            },
        };
        let arn = parameter.arn().unwrap_or_default();
        Ok(Seen::by_tags(lookup, arn, tags, spec, outputs([("arn", arn), ("name", &lookup.name)])))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        put(session, target, spec, false).await?;
        // The reply to PutParameter has no ARN.
        match Self::look(session, &target.lookup).await? {
            Seen::Ours(now) => Ok(now.outputs),
            _ => Err(super::incomplete("GetParameter", "parameter that was just made")),
        }
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        // A secret's name is its version's: what stands there was written by an earlier try of this step.
        let differs = now.spec.parameter_type != want.parameter_type
            || (want.parameter_type == ParameterType::String && now.spec.value != want.value);
        if differs {
            put(session, target, want, true).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, target: &Target, _: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        let call = session
            .ssm
            .add_tags_to_resource()
            .resource_type(ResourceTypeForTagging::Parameter)
            .resource_id(&target.lookup.name)
            .set_tags(Some(ssm_tags(tags)?));
        session.send("ssm", "AddTagsToResource", call.send()).await?;
        Ok(())
    }

    async fn unmake(session: &Session<'_>, target: &Target, _: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.ssm.delete_parameter().name(&target.lookup.name);
        match session.send("ssm", "DeleteParameter", call.send()).await {
            Err(error) if error.code == "ParameterNotFound" => Ok(()),
            reply => reply.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::kinds::Kind;
    use provisioner::cloud::Secret;

    use super::*;

    #[test]
    fn a_quoted_secret_does_not_get_out() {
        let target = Target {
            lookup: Lookup {
                kind: Kind::SsmParameter,
                name: "/gantry/x".into(),
                spec: serde_json::Value::Null,
                outputs: BTreeMap::new(),
                stack: "s".into(),
                resource: "r".into(),
                installation: "i".into(),
            },
            tags: BTreeMap::new(),
            client_token: "t".into(),
            secret: Some(Secret("hunter2".into())),
        };
        for code in ["ValidationException", "Whatever"] {
            let error = refusal(Class::Refused, "x", code, "Value 'hunter2' failed".into(), "");
            assert!(!without_secret(&target, error).message.contains("hunter2"), "{code}");
        }
    }
}
