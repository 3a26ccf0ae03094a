//! What the four kinds of Elastic Load Balancing have in common: tags and names out of ARNs.

use aws_sdk_elasticloadbalancingv2::types::Tag;
use provisioner::cloud::CloudError;

use crate::{
    ownership::{self, Tags},
    session::Session,
};

/// Tags as the API takes them.
pub(super) fn elb_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of a load balancer, target group, listener or rule; none where it has just gone.
pub(super) async fn tags_of(session: &Session<'_>, arn: &str) -> Result<Option<Tags>, CloudError> {
    match session
        .send("elasticloadbalancing", "DescribeTags", session.elb.describe_tags().resource_arns(arn).send())
        .await
    {
        Err(error) if error.code.ends_with("NotFound") => Ok(None),
        reply => Ok(reply?
            .tag_descriptions()
            .iter()
            .find(|one| one.resource_arn() == Some(arn))
            .map(|one| ownership::tags(one.tags().iter().map(|tag| (tag.key(), tag.value()))))),
    }
}

/// Sets tags.
pub(super) async fn tag(session: &Session<'_>, arn: &str, tags: &Tags) -> Result<(), CloudError> {
    let call = session.elb.add_tags().resource_arns(arn).set_tags(Some(elb_tags(tags)));
    session.send("elasticloadbalancing", "AddTags", call.send()).await?;
    Ok(())
}

/// `app/<name>/<id>` or `targetgroup/<name>/<id>`, as metrics name it, from the ARN.
pub(super) fn full_name(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    resource.strip_prefix("loadbalancer/").unwrap_or(resource)
}

/// A number in an attribute's text.
pub(super) fn number(text: Option<&str>) -> Option<u32> {
    text?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_are_what_metrics_want() {
        assert_eq!(full_name("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/0a"), "app/web/0a");
        assert_eq!(full_name("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0a"), "targetgroup/web/0a");
    }
}
