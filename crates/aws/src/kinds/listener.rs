//! Verbs of listeners. A listener is found by its load balancer and its port.

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, FixedResponseActionConfig, Listener as SdkListener, ProtocolEnum,
    RedirectActionConfig, RedirectActionStatusCodeEnum,
};
use domain::{
    kinds::{DefaultAction, Listener, ListenerProtocol},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{
    Ours, Seen, Verbs, incomplete, known,
    load_balancing::{elb_tags, tag, tags_of},
    outputs,
};
use crate::{
    ownership::Tags,
    policy::{Grant, When, grant},
    session::Session,
};

const ELB: &str = "elasticloadbalancing";

/// The target group that an action sends to, where there is exactly one.
pub(super) fn forwards_to(action: &Action) -> Option<String> {
    if action.r#type() != Some(&ActionTypeEnum::Forward) {
        return None;
    }
    let weighted = action.forward_config().map(|config| config.target_groups()).unwrap_or_default();
    match weighted {
        [] => action.target_group_arn().map(str::to_owned),
        [one] => one.target_group_arn().map(str::to_owned),
        _ => None,
    }
}

fn from_elb(actions: &[Action]) -> DefaultAction {
    let unknown = || DefaultAction::FixedResponse { status: 0, body: "an action that Gantry does not make".to_owned() };
    // Authentication comes before the last action; Gantry makes no such listeners.
    let [action] = actions else { return unknown() };
    if let Some(target_group) = forwards_to(action) {
        return DefaultAction::Forward { target_group };
    }
    if let Some(redirect) = action.redirect_config() {
        let to_https = redirect.protocol() == Some("HTTPS") && redirect.port() == Some("443");
        let plain =
            matches!(redirect.host(), None | Some("#{host}")) && matches!(redirect.path(), None | Some("/#{path}"));
        if to_https && plain {
            return DefaultAction::RedirectToHttps {};
        }
    }
    if let Some(fixed) = action.fixed_response_config() {
        return DefaultAction::FixedResponse {
            status: fixed.status_code().and_then(|code| code.parse().ok()).unwrap_or_default(),
            body: fixed.message_body().unwrap_or_default().to_owned(),
        };
    }
    unknown()
}

fn to_elb(action: &DefaultAction) -> Action {
    let builder = Action::builder();
    match action {
        DefaultAction::Forward { target_group } => {
            builder.r#type(ActionTypeEnum::Forward).target_group_arn(target_group).build()
        }
        DefaultAction::RedirectToHttps {} => builder
            .r#type(ActionTypeEnum::Redirect)
            .redirect_config(
                RedirectActionConfig::builder()
                    .protocol("HTTPS")
                    .port("443")
                    .status_code(RedirectActionStatusCodeEnum::Http301)
                    .build(),
            )
            .build(),
        DefaultAction::FixedResponse { status, body } => builder
            .r#type(ActionTypeEnum::FixedResponse)
            .fixed_response_config(
                FixedResponseActionConfig::builder()
                    .status_code(status.to_string())
                    .content_type("text/plain")
                    .message_body(body)
                    .build(),
            )
            .build(),
    }
}

fn protocol(protocol: ListenerProtocol) -> ProtocolEnum {
    match protocol {
        ListenerProtocol::Http => ProtocolEnum::Http,
        ListenerProtocol::Https => ProtocolEnum::Https,
    }
}

fn certificates(spec: &Listener) -> Option<Vec<Certificate>> {
    spec.certificate.as_ref().map(|arn| vec![Certificate::builder().certificate_arn(arn).build()])
}

async fn find(session: &Session<'_>, load_balancer: &str, port: i32) -> Result<Option<SdkListener>, CloudError> {
    let mut marker = None;
    loop {
        let call = session.elb.describe_listeners().load_balancer_arn(load_balancer).set_marker(marker);
        let reply = match session.send(ELB, "DescribeListeners", call.send()).await {
            Err(error) if matches!(error.code.as_str(), "LoadBalancerNotFound" | "ListenerNotFound") => {
                return Ok(None);
            }
            reply => reply?,
        };
        if let Some(one) = reply.listeners().iter().find(|one| one.port() == Some(port)) {
            return Ok(Some(one.clone()));
        }
        marker = reply.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        if marker.is_none() {
            return Ok(None);
        }
    }
}

#[async_trait]
impl Verbs for Listener {
    const GRANTS: &'static [Grant] = &[
        grant(When::Always, &["elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeTags"]),
        grant(When::MakesOurs, &["elasticloadbalancing:CreateListener"]),
        grant(
            When::IsOurs,
            &[
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:ModifyListener",
            ],
        ),
        grant(When::TagsAtBirth, &["elasticloadbalancing:AddTags"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        // A load balancer that is not made yet has no listeners.
        let (Some(load_balancer), Some(port)) =
            (known(lookup, "load_balancer"), lookup.spec.get("port").and_then(serde_json::Value::as_i64))
        else {
            return Ok(Seen::Absent);
        };
        let port = i32::try_from(port).unwrap_or_default();
        let Some(one) = find(session, load_balancer, port).await? else { return Ok(Seen::Absent) };
        let arn = one.listener_arn().ok_or_else(|| incomplete("DescribeListeners", "ARN"))?;
        let Some(tags) = tags_of(session, arn).await? else { return Ok(Seen::Absent) };
        let https = one.protocol() == Some(&ProtocolEnum::Https);
        let spec = Self {
            load_balancer: load_balancer.to_owned(),
            port: u16::try_from(port).unwrap_or_default(),
            protocol: if https { ListenerProtocol::Https } else { ListenerProtocol::Http },
            certificate: one.certificates().first().and_then(|one| one.certificate_arn()).map(str::to_owned),
            ssl_policy: one.ssl_policy().filter(|text| https && !text.is_empty()).map(str::to_owned),
            default_action: from_elb(one.default_actions()),
        };
        Ok(Seen::by_tags(lookup, arn, tags, spec, outputs([("arn", arn)])))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let call = session
            .elb
            .create_listener()
            .load_balancer_arn(&spec.load_balancer)
            .port(i32::from(spec.port))
            .protocol(protocol(spec.protocol))
            .set_certificates(certificates(spec))
            .set_ssl_policy(spec.ssl_policy.clone())
            .default_actions(to_elb(&spec.default_action))
            .set_tags(Some(elb_tags(&target.tags)));
        let reply = session.send(ELB, "CreateListener", call.send()).await?;
        let arn = reply.listeners().first().and_then(|one| one.listener_arn());
        Ok(outputs([("arn", arn.ok_or_else(|| incomplete("CreateListener", "ARN"))?)]))
    }

    async fn converge(session: &Session<'_>, _: &Target, now: &Ours<Self>, want: &Self) -> Result<Outputs, CloudError> {
        if now.spec != *want {
            let call = session
                .elb
                .modify_listener()
                .listener_arn(&now.outputs["arn"])
                .port(i32::from(want.port))
                .protocol(protocol(want.protocol))
                .set_certificates(certificates(want))
                .set_ssl_policy(want.ssl_policy.clone())
                .default_actions(to_elb(&want.default_action));
            session.send(ELB, "ModifyListener", call.send()).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, _: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.elb.delete_listener().listener_arn(&now.outputs["arn"]);
        match session.send(ELB, "DeleteListener", call.send()).await {
            Err(error) if error.code == "ListenerNotFound" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
