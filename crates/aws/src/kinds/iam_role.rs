//! Verbs of IAM roles.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_iam::types::Tag;
use domain::{
    kinds::IamRole,
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};
use serde_json::Value as Json;

use super::{Ours, Seen, Verbs, bad_call, incomplete, outputs};
use crate::{
    ownership::{self, Tags},
    policy::{Grant, When, grant, role_path},
    session::Session,
};

fn iam_tags(tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().map_err(bad_call)).collect()
}

/// IAM gives policy documents URL-encoded (RFC 3986).
fn decoded(document: &str) -> Json {
    let raw = document.as_bytes();
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let escaped =
            document.get(at + 1..at + 3).filter(|_| raw[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(raw[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    serde_json::from_slice(&bytes).unwrap_or_else(|_| Json::String(document.to_owned()))
}

async fn inline_policy_names(session: &Session<'_>, role: &str) -> Result<Vec<String>, CloudError> {
    let mut names = vec![];
    let mut marker = None;
    loop {
        let call = session.iam.list_role_policies().role_name(role).set_marker(marker);
        let reply = session.send("iam", "ListRolePolicies", call.send()).await?;
        names.extend_from_slice(reply.policy_names());
        marker = reply.marker().map(str::to_owned);
        if marker.is_none() {
            return Ok(names);
        }
    }
}

async fn managed_policies(session: &Session<'_>, role: &str) -> Result<Vec<String>, CloudError> {
    let mut arns = vec![];
    let mut marker = None;
    loop {
        let call = session.iam.list_attached_role_policies().role_name(role).set_marker(marker);
        let reply = session.send("iam", "ListAttachedRolePolicies", call.send()).await?;
        arns.extend(reply.attached_policies().iter().filter_map(|one| one.policy_arn().map(str::to_owned)));
        marker = reply.marker().map(str::to_owned);
        if marker.is_none() {
            return Ok(arns);
        }
    }
}

async fn put_policy(session: &Session<'_>, role: &str, name: &str, document: &Json) -> Result<(), CloudError> {
    let call = session.iam.put_role_policy().role_name(role).policy_name(name).policy_document(document.to_string());
    session.send("iam", "PutRolePolicy", call.send()).await?;
    Ok(())
}

async fn delete_policy(session: &Session<'_>, role: &str, name: &str) -> Result<(), CloudError> {
    let call = session.iam.delete_role_policy().role_name(role).policy_name(name);
    match session.send("iam", "DeleteRolePolicy", call.send()).await {
        Err(error) if error.code == "NoSuchEntity" => Ok(()),
        reply => reply.map(drop),
    }
}

async fn attach(session: &Session<'_>, role: &str, arn: &str) -> Result<(), CloudError> {
    let call = session.iam.attach_role_policy().role_name(role).policy_arn(arn);
    session.send("iam", "AttachRolePolicy", call.send()).await?;
    Ok(())
}

async fn detach(session: &Session<'_>, role: &str, arn: &str) -> Result<(), CloudError> {
    let call = session.iam.detach_role_policy().role_name(role).policy_arn(arn);
    match session.send("iam", "DetachRolePolicy", call.send()).await {
        Err(error) if error.code == "NoSuchEntity" => Ok(()),
        reply => reply.map(drop),
    }
}

/// The service that a trust policy of our making trusts; of any other, its text, so that it shows as a difference.
fn trusted_service(document: &Json) -> String {
    let service = match document.pointer("/Statement/0/Principal/Service") {
        Some(Json::String(service)) => service.as_str(),
        Some(Json::Array(services)) if services.len() == 1 => services[0].as_str().unwrap_or_default(),
        _ => "",
    };
    let plain = document.get("Statement").and_then(Json::as_array).is_some_and(|all| {
        all.len() == 1 && all[0].get("Condition").is_none() && all[0].get("Effect") == Some(&Json::from("Allow"))
    });
    if plain && !service.is_empty() { service.to_owned() } else { document.to_string() }
}

#[async_trait]
impl Verbs for IamRole {
    const GRANTS: &'static [Grant] = &[
        grant(
            When::Role,
            &[
                "iam:DeleteRole",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:TagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
            ],
        ),
        grant(
            When::BoundedRole,
            &[
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ],
        ),
        grant(When::UnboundedRole, &["iam:DeleteRolePermissionsBoundary"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let name = &lookup.name;
        let reply = match session.send("iam", "GetRole", session.iam.get_role().role_name(name).send()).await {
            Err(error) if error.code == "NoSuchEntity" => return Ok(Seen::Absent),
            reply => reply?,
        };
        let role = reply.role().ok_or_else(|| incomplete("GetRole", "role"))?;
        let tags = ownership::tags(role.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value()))));
        if !ownership::is_ours(lookup, &tags) {
            return Ok(Seen::Foreign(ownership::describe_foreign(role.arn(), &tags)));
        }
        let mut inline_policies = BTreeMap::new();
        for policy in inline_policy_names(session, name).await? {
            let call = session.iam.get_role_policy().role_name(name).policy_name(&policy);
            let reply = session.send("iam", "GetRolePolicy", call.send()).await?;
            inline_policies.insert(policy, decoded(reply.policy_document()));
        }
        let spec = Self {
            trusted_service: trusted_service(&decoded(role.assume_role_policy_document().unwrap_or_default())),
            description: role.description().unwrap_or_default().to_owned(),
            inline_policies,
            managed_policies: managed_policies(session, name).await?,
            permissions_boundary: role
                .permissions_boundary()
                .and_then(|boundary| boundary.permissions_boundary_arn())
                .map(str::to_owned),
        };
        Ok(Seen::by_tags(lookup, role.arn(), tags, spec, outputs([("arn", role.arn()), ("name", name)])))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let name = &target.lookup.name;
        let call = session
            .iam
            .create_role()
            .role_name(name)
            .path(role_path(&target.lookup.installation))
            .assume_role_policy_document(spec.trust_policy().to_string())
            .description(&spec.description)
            .set_permissions_boundary(spec.permissions_boundary.clone())
            .set_tags(Some(iam_tags(&target.tags)?));
        let reply = session.send("iam", "CreateRole", call.send()).await?;
        let arn = reply.role().map(|role| role.arn()).ok_or_else(|| incomplete("CreateRole", "role"))?;
        for (policy, document) in &spec.inline_policies {
            put_policy(session, name, policy, document).await?;
        }
        for policy in &spec.managed_policies {
            attach(session, name, policy).await?;
        }
        Ok(outputs([("arn", arn), ("name", name)]))
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        let name = &target.lookup.name;
        if now.spec.trusted_service != want.trusted_service {
            let call = session
                .iam
                .update_assume_role_policy()
                .role_name(name)
                .policy_document(want.trust_policy().to_string());
            session.send("iam", "UpdateAssumeRolePolicy", call.send()).await?;
        }
        if now.spec.description != want.description {
            let call = session.iam.update_role().role_name(name).description(&want.description);
            session.send("iam", "UpdateRole", call.send()).await?;
        }
        match &want.permissions_boundary {
            boundary if *boundary == now.spec.permissions_boundary => {}
            Some(arn) => {
                let call = session.iam.put_role_permissions_boundary().role_name(name).permissions_boundary(arn);
                session.send("iam", "PutRolePermissionsBoundary", call.send()).await?;
            }
            None => {
                let call = session.iam.delete_role_permissions_boundary().role_name(name);
                session.send("iam", "DeleteRolePermissionsBoundary", call.send()).await?;
            }
        }
        for (policy, document) in &want.inline_policies {
            if now.spec.inline_policies.get(policy) != Some(document) {
                put_policy(session, name, policy, document).await?;
            }
        }
        for policy in now.spec.inline_policies.keys().filter(|policy| !want.inline_policies.contains_key(*policy)) {
            delete_policy(session, name, policy).await?;
        }
        for arn in want.managed_policies.iter().filter(|arn| !now.spec.managed_policies.contains(arn)) {
            attach(session, name, arn).await?;
        }
        for arn in now.spec.managed_policies.iter().filter(|arn| !want.managed_policies.contains(arn)) {
            detach(session, name, arn).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, target: &Target, _: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        let call = session.iam.tag_role().role_name(&target.lookup.name).set_tags(Some(iam_tags(tags)?));
        session.send("iam", "TagRole", call.send()).await?;
        Ok(())
    }

    async fn unmake(session: &Session<'_>, target: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let name = &target.lookup.name;
        for policy in now.spec.inline_policies.keys() {
            delete_policy(session, name, policy).await?;
        }
        for arn in &now.spec.managed_policies {
            detach(session, name, arn).await?;
        }
        match session.send("iam", "DeleteRole", session.iam.delete_role().role_name(name).send()).await {
            Err(error) if error.code == "NoSuchEntity" => Ok(()),
            reply => reply.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_come_back_from_url_encoding() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22%C3%A9%25%22%7D"), json!({"a": "é%"}));
        assert_eq!(decoded(r#"{"a": 1}"#), json!({"a": 1}));
        assert_eq!(decoded("%7Bbroken"), json!("%7Bbroken"));
    }

    #[test]
    fn only_a_plain_trust_is_read_as_a_service() {
        let role = IamRole {
            trusted_service: "ecs-tasks.amazonaws.com".into(),
            description: String::new(),
            inline_policies: BTreeMap::new(),
            managed_policies: vec![],
            permissions_boundary: None,
        };
        assert_eq!(trusted_service(&role.trust_policy()), "ecs-tasks.amazonaws.com");
        let mut narrowed = role.trust_policy();
        narrowed["Statement"][0]["Condition"] = json!({});
        assert_ne!(trusted_service(&narrowed), "ecs-tasks.amazonaws.com");
    }
}
