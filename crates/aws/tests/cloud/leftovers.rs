//! Looks through the whole account for anything of a stack, without Gantry's own eyes.

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use aws_sdk_ec2::types::Filter;
use aws_sdk_ecs::types::TaskDefinitionStatus;

use crate::account::Account;

impl Account {
    /// Everything whose name begins with the stack's or, on the shared listener, whose tag is the stack's id.
    pub async fn leftovers(&self, name: &str, stack: &str, listener: &str) -> Vec<String> {
        let config = &self.config;
        let mut left = vec![];
        let prefix = format!("{name}-");
        let mut add = |what: &str, name: Option<&str>| {
            let name = name.unwrap_or_default();
            if name.starts_with(&prefix) {
                left.push(format!("{what} {name}"));
            }
        };
        let ecs = &self.ecs;
        let mut clusters = ecs.list_clusters().into_paginator().items().send();
        while let Some(arn) = clusters.next().await {
            add("cluster", arn.unwrap().rsplit('/').next());
        }
        let mut definitions =
            ecs.list_task_definitions().status(TaskDefinitionStatus::Active).into_paginator().items().send();
        while let Some(arn) = definitions.next().await {
            add("task definition", arn.unwrap().rsplit('/').next());
        }
        let elb = aws_sdk_elasticloadbalancingv2::Client::new(config);
        let mut balancers = elb.describe_load_balancers().into_paginator().items().send();
        while let Some(one) = balancers.next().await {
            add("load balancer", one.unwrap().load_balancer_name());
        }
        let mut groups = elb.describe_target_groups().into_paginator().items().send();
        while let Some(one) = groups.next().await {
            add("target group", one.unwrap().target_group_name());
        }
        let ec2 = aws_sdk_ec2::Client::new(config);
        let named = Filter::builder().name("vpc-id").values(&self.network.vpc).build();
        let mut groups = ec2.describe_security_groups().filters(named).into_paginator().items().send();
        while let Some(one) = groups.next().await {
            add("security group", one.unwrap().group_name());
        }
        let iam = aws_sdk_iam::Client::new(config);
        let mut roles = iam.list_roles().into_paginator().items().send();
        while let Some(one) = roles.next().await {
            add("role", Some(one.unwrap().role_name()));
        }
        let logs = aws_sdk_cloudwatchlogs::Client::new(config);
        let mut groups = logs.describe_log_groups().log_group_name_prefix(&prefix).into_paginator().items().send();
        while let Some(one) = groups.next().await {
            add("log group", one.unwrap().log_group_name());
        }
        let scaling = aws_sdk_applicationautoscaling::Client::new(config);
        let mut targets = scaling
            .describe_scalable_targets()
            .service_namespace(ServiceNamespace::Ecs)
            .into_paginator()
            .items()
            .send();
        while let Some(one) = targets.next().await {
            add("scalable target", one.unwrap().resource_id().rsplit('/').next());
        }
        let mut policies = scaling
            .describe_scaling_policies()
            .service_namespace(ServiceNamespace::Ecs)
            .into_paginator()
            .items()
            .send();
        while let Some(one) = policies.next().await {
            add("scaling policy", Some(one.unwrap().policy_name()));
        }
        let path = format!("/gantry/house/{name}");
        let mut pages = self.ssm.get_parameters_by_path().path(&path).recursive(true).into_paginator().send();
        while let Some(page) = pages.next().await {
            left.extend(page.unwrap().parameters().iter().filter_map(|one| Some(format!("parameter {}", one.name()?))));
        }
        let rules = elb.describe_rules().listener_arn(listener).send().await.unwrap();
        for rule in rules.rules() {
            let arn = rule.rule_arn().unwrap();
            let tags = match elb.describe_tags().resource_arns(arn).send().await {
                Ok(tags) => tags,
                // Another stack's rule that has just gone.
                Err(_) => continue,
            };
            if tags.tag_descriptions().iter().flat_map(|one| one.tags()).any(|tag| tag.value() == Some(stack)) {
                left.push(format!("rule {arn}"));
            }
        }
        left
    }
}
