//! Verbs of CloudWatch log groups.

use async_trait::async_trait;
use domain::{
    kinds::LogGroup,
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{Ours, Seen, Verbs, i32_of, outputs, u32_of};
use crate::{
    ownership::Tags,
    policy::{Grant, When, grant},
    session::Session,
};

async fn keep_for(session: &Session<'_>, name: &str, days: u32) -> Result<(), CloudError> {
    let call = session.logs.put_retention_policy().log_group_name(name).retention_in_days(i32_of(days));
    session.send("logs", "PutRetentionPolicy", call.send()).await?;
    Ok(())
}

/// ARN without the final `:*`, and retention in days (0: for ever).
async fn find(session: &Session<'_>, name: &str) -> Result<Option<(String, u32)>, CloudError> {
    let mut next = None;
    loop {
        let call = session.logs.describe_log_groups().log_group_name_prefix(name).set_next_token(next);
        let reply = session.send("logs", "DescribeLogGroups", call.send()).await?;
        if let Some(group) = reply.log_groups().iter().find(|one| one.log_group_name() == Some(name)) {
            let arn = group.log_group_arn().or(group.arn()).unwrap_or_default().trim_end_matches(":*");
            return Ok(Some((arn.to_owned(), group.retention_in_days().map_or(0, u32_of))));
        }
        next = reply.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(None);
        }
    }
}

#[async_trait]
impl Verbs for LogGroup {
    const GRANTS: &'static [Grant] = &[
        grant(When::Always, &["logs:DescribeLogGroups"]),
        grant(
            When::Log,
            &[
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:ListTagsForResource",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
            ],
        ),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let Some((arn, retention_days)) = find(session, &lookup.name).await? else { return Ok(Seen::Absent) };
        let call = session.logs.list_tags_for_resource().resource_arn(&arn);
        let tags = match session.send("logs", "ListTagsForResource", call.send()).await {
            Err(error) if error.code == "ResourceNotFoundException" => return Ok(Seen::Absent),
            reply => reply?.tags().cloned().unwrap_or_default().into_iter().collect(),
        };
        let outputs = outputs([("arn", &arn), ("name", &lookup.name)]);
        Ok(Seen::by_tags(lookup, &arn, tags, Self { retention_days }, outputs))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let name = &target.lookup.name;
        let tags = target.tags.clone().into_iter().collect();
        let call = session.logs.create_log_group().log_group_name(name).set_tags(Some(tags));
        session.send("logs", "CreateLogGroup", call.send()).await?;
        keep_for(session, name, spec.retention_days).await?;
        match find(session, name).await? {
            Some((arn, _)) => Ok(outputs([("arn", &arn), ("name", name)])),
            None => Err(super::incomplete("DescribeLogGroups", "log group that was just made")),
        }
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        if now.spec != *want {
            keep_for(session, &target.lookup.name, want.retention_days).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        let tags = tags.clone().into_iter().collect();
        let call = session.logs.tag_resource().resource_arn(&now.outputs["arn"]).set_tags(Some(tags));
        session.send("logs", "TagResource", call.send()).await?;
        Ok(())
    }

    async fn unmake(session: &Session<'_>, target: &Target, _: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.logs.delete_log_group().log_group_name(&target.lookup.name);
        match session.send("logs", "DeleteLogGroup", call.send()).await {
            Err(error) if error.code == "ResourceNotFoundException" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
