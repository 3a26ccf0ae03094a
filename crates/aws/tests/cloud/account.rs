//! An account to test in: a network of its own in what `GANTRY_TEST_AWS_ENDPOINT` names, and short ways to make the
//! things that others need.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use domain::{
    environment::Environment,
    kinds::{Identity, Kind},
    observation::{Lookup, Outputs},
};
use gantry_aws::{AwsClouds, AwsOptions, testing::Wire};
use provisioner::cloud::{Class, Cloud, CloudError, Clouds, Progress, Target};
use serde_json::{Value as Json, json};

pub const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";

pub struct Account {
    pub cloud: Arc<dyn Cloud>,
    pub wire: Wire,
    pub network: Network,
    pub region: &'static str,
    pub ssm: aws_sdk_ssm::Client,
    pub ecs: aws_sdk_ecs::Client,
    pub config: aws_config::SdkConfig,
    /// Different for every test and every run of it.
    name: String,
}

pub struct Network {
    pub vpc: String,
    pub subnets: Vec<String>,
    pub certificate: String,
}

/// A cluster, a load balancer with a listener, a target group behind it and a group for tasks.
pub struct Stage {
    pub cluster: Outputs,
    pub balancer: Outputs,
    pub group: Outputs,
    tasks: String,
}

fn endpoint() -> String {
    std::env::var("GANTRY_TEST_AWS_ENDPOINT").expect("GANTRY_TEST_AWS_ENDPOINT is missing: run `cargo xtask test`")
}

fn credentials() -> Credentials {
    Credentials::new("gantry", "gantry", None, None, "test")
}

/// The SDK's way there, over a wire.
pub fn options(wire: &Wire) -> AwsOptions {
    AwsOptions {
        endpoint: Some(endpoint()),
        credentials: Some(credentials()),
        http: Some(wire.client()),
        // The stand-ins hold nobody back.
        rate: 1_000.0,
        ..AwsOptions::default()
    }
}

/// An environment without a network.
pub fn environment(name: &str, account: &str) -> Environment {
    Environment {
        id: "env-TEST".parse().expect("an id"),
        name: name.to_owned(),
        summary: String::new(),
        account: account.to_owned(),
        region: REGION.to_owned(),
        launch_role: None,
        vpc_id: String::new(),
        public_subnets: vec![],
        private_subnets: vec![],
        assign_public_ip: true,
        certificate_arn: None,
        shared_load_balancer: None,
        permissions_boundary: None,
        tags: BTreeMap::new(),
        approvals_needed: 1,
        rules: Default::default(),
        version: 1,
    }
}

impl Account {
    /// An account with an empty network.
    pub async fn open(test: &str) -> Self {
        let (cloud, wire) = Self::connect(test, ACCOUNT).await.expect("an account");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(endpoint())
            .credentials_provider(credentials())
            .http_client(Wire::default().client())
            .load()
            .await;
        let network = Network::make(&config).await;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self {
            cloud,
            wire,
            network,
            region: REGION,
            ssm: aws_sdk_ssm::Client::new(&config),
            ecs: aws_sdk_ecs::Client::new(&config),
            config,
            name,
        }
    }

    /// Signs in to an environment that says it is `account`.
    pub async fn connect(test: &str, account: &str) -> Result<(Arc<dyn Cloud>, Wire), CloudError> {
        let wire = Wire::default();
        Ok((AwsClouds::new(options(&wire)).connect(&environment(test, account)).await?, wire))
    }

    /// What the names of this test's resources begin with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// This test's stack.
    pub fn stack(&self) -> String {
        format!("stk-{}", self.name)
    }

    /// The target of a resource of this test's stack.
    pub fn target(&self, kind: Kind, resource: &str, spec: &Json) -> Target {
        let name = match kind.def().identity {
            Identity::Path => format!("/gantry/{}/{resource}", self.name),
            _ => format!("{}-{resource}", self.name),
        };
        let lookup = Lookup {
            kind,
            name,
            spec: spec.clone(),
            outputs: Outputs::new(),
            stack: self.stack(),
            resource: resource.to_owned(),
            installation: "test".to_owned(),
        };
        let tags = BTreeMap::from([
            ("gantry:installation".to_owned(), lookup.installation.clone()),
            ("gantry:stack".to_owned(), lookup.stack.clone()),
            ("gantry:resource".to_owned(), resource.to_owned()),
            ("team".to_owned(), "shop".to_owned()),
        ]);
        Target { lookup, tags, client_token: format!("{}-{resource}", self.name), secret: None }
    }

    pub async fn create(&self, kind: Kind, resource: &str, spec: &Json) -> Outputs {
        assert_eq!((kind.def().check)(spec), [], "{kind}");
        let target = self.target(kind, resource, spec);
        let answer = self.cloud.create(&target, spec).await;
        answer.result.unwrap_or_else(|error| panic!("{kind}: {error}"));
        self.ready(&target, spec).await
    }

    /// Waits until it is ready.
    pub async fn ready(&self, target: &Target, spec: &Json) -> Outputs {
        match self.settled(target, spec).await {
            Progress::Done(outputs) => outputs,
            other => panic!("{} {}: {other:?}", target.kind(), target.lookup.name),
        }
    }

    /// Waits until it has failed; the sentence.
    pub async fn failure(&self, target: &Target, spec: &Json) -> String {
        match self.settled(target, spec).await {
            Progress::Failed { why } => why,
            other => panic!("{} {}: {other:?}", target.kind(), target.lookup.name),
        }
    }

    async fn settled(&self, target: &Target, spec: &Json) -> Progress {
        let waited = async {
            loop {
                match self.cloud.ready(target, spec).await.expect("an answer") {
                    Progress::Waiting { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
                    settled => return settled,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waited).await.expect("it settles within a minute")
    }

    /// Deletes and waits until it is gone; repeats what is busy.
    pub async fn delete(&self, target: &Target) {
        let waited = async {
            loop {
                match self.cloud.delete(target).await.result {
                    Ok(()) => break,
                    Err(error) if error.class == Class::Busy => tokio::time::sleep(Duration::from_millis(50)).await,
                    Err(error) => panic!("{}: {error}", target.kind()),
                }
            }
            while !matches!(self.cloud.gone(target).await.expect("an answer"), Progress::Done(_)) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waited).await.expect("it goes within a minute");
    }

    pub async fn security_group(&self, resource: &str) -> String {
        let spec = json!({"vpc_id": self.network.vpc, "description": resource});
        self.create(Kind::SecurityGroup, resource, &spec).await["id"].clone()
    }

    pub async fn load_balancer(&self, group: &str) -> Outputs {
        let spec = json!({"scheme": "internet-facing", "subnets": self.network.subnets, "security_groups": [group]});
        self.create(Kind::LoadBalancer, "alb", &spec).await
    }

    pub async fn target_group(&self, resource: &str) -> Outputs {
        self.create(Kind::TargetGroup, resource, &json!({"vpc_id": self.network.vpc, "port": 80})).await
    }

    pub async fn role(&self) -> String {
        self.create(Kind::IamRole, "role", &json!({"trusted_service": "ecs-tasks.amazonaws.com"})).await["arn"].clone()
    }

    pub fn task(&self, role: &str, image: &str) -> Json {
        json!({"cpu": 256, "memory": 512, "execution_role": role, "containers": [{"name": "web", "image": image, "ports": [80]}]})
    }

    pub async fn task_definition(&self, resource: &str, image: &str) -> String {
        let spec = self.task(&self.role().await, image);
        self.create(Kind::TaskDefinition, resource, &spec).await["arn"].clone()
    }

    pub async fn stage(&self) -> Stage {
        let cluster = self.create(Kind::EcsCluster, "cluster", &json!({})).await;
        let balancer = self.load_balancer(&self.security_group("alb").await).await;
        let group = self.target_group("web").await;
        let listener = json!({"load_balancer": balancer["arn"], "port": 80, "protocol": "HTTP",
            "default_action": {"forward": {"target_group": group["arn"]}}});
        self.create(Kind::Listener, "http", &listener).await;
        Stage { cluster, balancer, group, tasks: self.security_group("tasks").await }
    }
}

impl Stage {
    pub fn service(&self, account: &Account, task_definition: &str, desired_count: u32) -> Json {
        json!({"cluster": self.cluster["arn"], "task_definition": task_definition, "desired_count": desired_count,
            "subnets": account.network.subnets, "security_groups": [self.tasks], "assign_public_ip": true,
            "load_balancers": [{"target_group": self.group["arn"], "container": "web", "port": 80}],
            "health_check_grace_seconds": 240})
    }
}

impl Network {
    async fn make(config: &aws_config::SdkConfig) -> Self {
        let ec2 = aws_sdk_ec2::Client::new(config);
        let vpc = ec2.create_vpc().cidr_block("10.30.0.0/16").send().await.expect("a VPC");
        let vpc = vpc.vpc().and_then(|vpc| vpc.vpc_id()).expect("its id").to_owned();
        let mut subnets = vec![];
        for (index, zone) in ["a", "b"].iter().enumerate() {
            let call = ec2
                .create_subnet()
                .vpc_id(&vpc)
                .cidr_block(format!("10.30.{index}.0/24"))
                .availability_zone(format!("{REGION}{zone}"));
            let subnet = call.send().await.expect("a subnet");
            subnets.push(subnet.subnet().and_then(|subnet| subnet.subnet_id()).expect("its id").to_owned());
        }
        let gateway = ec2.create_internet_gateway().send().await.expect("a gateway");
        let gateway = gateway.internet_gateway().and_then(|one| one.internet_gateway_id()).expect("its id");
        ec2.attach_internet_gateway().vpc_id(&vpc).internet_gateway_id(gateway).send().await.expect("attached");
        let zone = aws_sdk_route53::Client::new(config).create_hosted_zone().name("example.com");
        zone.caller_reference(&vpc).send().await.expect("a hosted zone");
        let acm = aws_sdk_acm::Client::new(config);
        let certificate = acm.request_certificate().domain_name("*.example.com").send().await.expect("a certificate");
        let certificate = certificate.certificate_arn().expect("its ARN").to_owned();
        Self { vpc, subnets, certificate }
    }
}
