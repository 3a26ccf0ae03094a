//! What AWS answers now and then, and what Gantry makes of it: a line for each operation and error that other tools have
//! learned to expect of the kinds that Gantry has. Each is injected once into the run of a real stack.
//!
//! To add one: a line in [`rows`].

use domain::{
    plan::Wish,
    run::{Choice, Event, Failure, RunStatus, StepEvent},
};
use gantry_aws::testing::{Fault, Rule, Told, WireCall};
use provisioner::cloud::Class;

use crate::{
    ground::{Ground, cluster, own_load_balancer, shared_load_balancer, with_each},
    house::{House, Wanted},
};

/// What comes of it.
#[derive(Clone, Copy, Debug)]
enum Reaction {
    /// The same call is made again, and nobody has to do anything.
    Repeats(Class),
    /// The run stops and tells a person this; the call is made again when the person says so.
    Asks(Class, &'static str),
    /// It was as good as a success.
    Passes,
}
use Reaction::{Asks, Passes, Repeats};

struct Row {
    wanted: fn(&Ground) -> Wanted,
    wish: Wish,
    operation: &'static str,
    fault: Fault,
    reaction: Reaction,
}

const BAD_PARAMETER: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";
/// What AWS says of a secret's parameter may quote it.
const WITHHELD: &str = "AWS rejected the parameter. Its message is withheld, because it may quote the value.";
/// In the advice on a name that is taken.
const NAMESAKE: &str = "Something that this stack does not own bears the name.";

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let (create, update, destroy) = (Wish::Create, Wish::Update, Wish::Destroy);
    let (own, shared) = (own_load_balancer as fn(&Ground) -> Wanted, shared_load_balancer as fn(&Ground) -> Wanted);
    let row = |wanted, wish, operation, code, message, reaction| {
        let fault = Fault::says(code, message);
        // What is as good as a success says that AWS has it already, or no more.
        let fault = if matches!(reaction, Passes) { fault.applied() } else { fault };
        Row { wanted, wish, operation, fault, reaction }
    };
    vec![
        // IAM and service-linked roles.
        row(cluster, create, "CreateCluster", BAD_PARAMETER, "Unable to assume the service linked role. Please verify that the ECS service linked role exists.", Repeats(Class::Propagating)),
        row(own, create, "CreateService", BAD_PARAMETER, "Please verify that the ECS service role being passed has the proper permissions.", Repeats(Class::Propagating)),
        row(own, create, "CreateService", "ClusterNotFoundException", "Cluster not found.", Repeats(Class::Propagating)),
        row(own, create, "RegisterTaskDefinition", CLIENT, "Role is not valid", Asks(Class::Refused, "The role's ARN is not one.")),
        row(own, create, "RegisterTaskDefinition", "AccessDeniedException", "User: me is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/web", Asks(Class::Denied, "Allow it `iam:PassRole` on `arn:aws:iam::1:role/web`, then retry.")),
        row(own, create, "RegisterScalableTarget", "ValidationException", "ECS service doesn't exist: service/a/b", Repeats(Class::Propagating)),
        row(own, create, "RegisterScalableTarget", "ValidationException", "Unable to assume IAM role: arn:aws:iam::1:role/web", Repeats(Class::Propagating)),
        row(own, create, "CreateRole", "EntityAlreadyExists", "Role with name web already exists.", Asks(Class::Stale, NAMESAKE)),
        row(own, create, "CreateRole", "Throttling", "Rate exceeded", Repeats(Class::Throttled)),
        row(own, create, "CreateRole", "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", Asks(Class::Refused, "A quota of the account is used up.")),
        row(own, create, "PutRolePolicy", "ConcurrentModification", "The request was rejected because multiple requests to change this object were submitted simultaneously.", Repeats(Class::Propagating)),
        row(own, create, "PutRolePolicy", "EntityTemporarilyUnmodifiable", "Role web cannot be modified at the moment.", Repeats(Class::Propagating)),
        row(own, create, "PutRolePolicy", "MalformedPolicyDocument", "Policy contains a statement with one or more invalid principals.", Repeats(Class::Propagating)),
        row(own, destroy, "DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.", Repeats(Class::Busy)),
        row(own, destroy, "DeleteRole", "DeleteConflict", "Cannot delete entity, must delete policies first.", Repeats(Class::Busy)),
        row(own, destroy, "DeleteRole", "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", Repeats(Class::Busy)),
        row(own, destroy, "DeleteRole", "NoSuchEntity", "The role with name web cannot be found.", Passes),
        // ECS.
        row(own, create, "CreateService", BAD_PARAMETER, "The target group with targetGroupArn arn:x does not have an associated load balancer.", Repeats(Class::Propagating)),
        row(own, update, "UpdateService", BAD_PARAMETER, "The target group with targetGroupArn arn:x does not have an associated load balancer.", Repeats(Class::Propagating)),
        row(own, update, "UpdateService", "ServiceNotFoundException", "Service not found.", Asks(Class::Stale, "The account has changed since the plan was made.")),
        row(own, update, "UpdateService", "ServiceNotActiveException", "Service was not ACTIVE.", Asks(Class::Stale, "The account has changed since the plan was made.")),
        row(own, create, "CreateService", BAD_PARAMETER, "The new ARN and resource ID format must be enabled to add tags to the service.", Asks(Class::Refused, "AWS will not accept this as it is.")),
        row(own, create, "CreateService", "AccessDeniedException", "User: me is not authorized to perform: ecs:TagResource on resource: arn:aws:ecs:r:1:service/c/web", Asks(Class::Denied, "Allow it `ecs:TagResource` on `arn:aws:ecs:r:1:service/c/web`, then retry.")),
        row(own, create, "CreateService", BAD_PARAMETER, "Creation of service was not idempotent.", Asks(Class::Stale, NAMESAKE)),
        row(own, create, "CreateService", BAD_PARAMETER, "Unable to Start a service that is still Draining.", Repeats(Class::Busy)),
        row(own, create, "CreateService", BAD_PARAMETER, "Error retrieving security group information for [sg-1]: The security group 'sg-1' does not exist (ErrorCode: InvalidGroup.NotFound)", Repeats(Class::Propagating)),
        row(own, create, "CreateService", BAD_PARAMETER, "Error retrieving subnet information for [subnet-1]: The subnet ID 'subnet-1' does not exist (ErrorCode: InvalidSubnetID.NotFound)", Asks(Class::Refused, "The environment names a subnet that does not exist.")),
        row(own, create, "CreateService", BAD_PARAMETER, "The specified cluster is inactive. Specify an active cluster and try again.", Asks(Class::Stale, "The cluster was deleted.")),
        row(cluster, create, "CreateCluster", BAD_PARAMETER, "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).", Asks(Class::Stale, NAMESAKE)),
        row(cluster, create, "CreateCluster", "ThrottlingException", "Rate exceeded", Repeats(Class::Throttled)),
        row(cluster, create, "CreateCluster", "ServerException", "Service Unavailable. Please try again later.", Repeats(Class::Unavailable)),
        row(own, create, "RegisterTaskDefinition", CLIENT, "Too many concurrent attempts to create a new revision of the specified family.", Repeats(Class::Throttled)),
        row(own, create, "RegisterTaskDefinition", CLIENT, "No Fargate configuration exists for given values.", Asks(Class::Refused, "Fargate does not have this pair of CPU and memory.")),
        row(own, create, "RegisterTaskDefinition", CLIENT, "Fargate requires task definition to have execution role ARN to support ECR images.", Asks(Class::Refused, "AWS will not accept this as it is.")),
        row(own, create, "RegisterTaskDefinition", CLIENT, "Invalid 'cpu' setting for task.", Asks(Class::Refused, "AWS will not accept this as it is.")),
        row(cluster, update, "PutClusterCapacityProviders", "ResourceInUseException", "The specified capacity provider is in use and cannot be removed.", Repeats(Class::Busy)),
        row(cluster, update, "PutClusterCapacityProviders", "UpdateInProgressException", "There's already a current update in progress.", Repeats(Class::Busy)),
        row(cluster, update, "PutClusterCapacityProviders", CLIENT, "Cluster was not ACTIVE", Repeats(Class::Busy)),
        row(own, destroy, "DeleteService", BAD_PARAMETER, "The service cannot be stopped while it is scaled above 0.", Repeats(Class::Busy)),
        row(own, destroy, "DeleteService", BAD_PARAMETER, "The service cannot be stopped while deployments are active.", Repeats(Class::Busy)),
        row(own, destroy, "DeleteService", "DependencyViolation", "The service has a dependent object.", Repeats(Class::Busy)),
        row(own, destroy, "DeleteService", "ServiceNotFoundException", "Service not found.", Passes),
        row(own, destroy, "DeleteService", "ServiceNotActiveException", "Service was not ACTIVE.", Passes),
        row(own, destroy, "DeleteService", "ClusterNotFoundException", "Cluster not found.", Passes),
        row(cluster, destroy, "DeleteCluster", "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.", Repeats(Class::Busy)),
        row(cluster, destroy, "DeleteCluster", "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.", Repeats(Class::Busy)),
        row(cluster, destroy, "DeleteCluster", "ClusterContainsContainerInstancesException", "The Cluster cannot be deleted while Container Instances are active or draining.", Repeats(Class::Busy)),
        row(cluster, destroy, "DeleteCluster", "UpdateInProgressException", "There's already a current update in progress.", Repeats(Class::Busy)),
        row(cluster, destroy, "DeleteCluster", "ClusterNotFoundException", "Cluster not found.", Passes),
        // Load balancing.
        row(own, create, "CreateLoadBalancer", "DuplicateLoadBalancerName", "A load balancer with the same name exists, but with different settings", Asks(Class::Stale, NAMESAKE)),
        row(own, create, "CreateLoadBalancer", "SubnetNotFound", "The subnet ID does not exist", Asks(Class::Refused, "The environment names a subnet that does not exist.")),
        row(own, create, "CreateLoadBalancer", "InvalidSubnet", "Not enough IP space available", Asks(Class::Refused, "subnets in two availability zones with at least 8 free addresses")),
        row(own, create, "CreateLoadBalancer", "TooManyLoadBalancers", "The maximum number of load balancers has been reached", Asks(Class::Refused, "A quota of the account is used up.")),
        row(own, create, "CreateLoadBalancer", "InvalidSecurityGroup", "One or more security groups are invalid", Repeats(Class::Propagating)),
        row(own, create, "CreateTargetGroup", "DuplicateTargetGroupName", "A target group with the same name exists, but with different settings", Asks(Class::Stale, NAMESAKE)),
        row(own, create, "CreateListener", "LoadBalancerNotFound", "One or more load balancers not found", Repeats(Class::Propagating)),
        row(own, create, "CreateListener", "CertificateNotFound", "Certificate not found", Repeats(Class::Propagating)),
        row(own, create, "CreateListener", "UnsupportedCertificate", "The certificate must have a fully-qualified domain name and a supported signature", Repeats(Class::Propagating)),
        row(own, create, "CreateListener", "DuplicateListener", "A listener already exists on this port", Asks(Class::Stale, "The load balancer already has a listener on this port")),
        row(shared, create, "CreateRule", "PriorityInUse", "Priority '10' is currently in use", Asks(Class::Stale, "Another rule of the listener has taken the priority.")),
        row(own, destroy, "DeleteTargetGroup", "ResourceInUse", "Target group 'x' is currently in use by a listener or a rule", Repeats(Class::Busy)),
        row(own, destroy, "DeleteLoadBalancer", "OperationNotPermitted", "Deletion protection is enabled", Asks(Class::Refused, "The load balancer is protected against deletion.")),
        row(own, destroy, "DeleteLoadBalancer", "LoadBalancerNotFound", "One or more load balancers not found", Passes),
        row(own, destroy, "DeleteListener", "ListenerNotFound", "One or more listeners not found", Passes),
        row(shared, destroy, "DeleteRule", "RuleNotFound", "One or more rules not found", Passes),
        row(own, destroy, "DeleteTargetGroup", "TargetGroupNotFound", "One or more target groups not found", Passes),
        // EC2.
        row(own, create, "CreateSecurityGroup", "InvalidGroup.Duplicate", "The security group already exists", Asks(Class::Stale, NAMESAKE)),
        row(own, create, "CreateSecurityGroup", "RequestLimitExceeded", "Request limit exceeded.", Repeats(Class::Throttled)),
        row(own, create, "AuthorizeSecurityGroupIngress", "InvalidGroup.NotFound", "The security group does not exist", Repeats(Class::Propagating)),
        row(shared, create, "AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate", "The specified rule already exists", Passes),
        row(own, update, "RevokeSecurityGroupIngress", "InvalidPermission.NotFound", "The specified rule does not exist in this security group.", Passes),
        row(own, destroy, "DeleteSecurityGroup", "DependencyViolation", "resource sg-1 has a dependent object", Repeats(Class::Busy)),
        row(own, destroy, "DeleteSecurityGroup", "InvalidGroup.InUse", "The security group is in use", Repeats(Class::Busy)),
        row(own, destroy, "DeleteSecurityGroup", "InvalidGroup.NotFound", "The security group does not exist", Passes),
        // Parameters, logs and scaling.
        row(own, create, "PutParameter", "ParameterAlreadyExists", "The parameter already exists.", Asks(Class::Stale, NAMESAKE)),
        row(own, create, "PutParameter", "TooManyUpdates", "There are concurrent updates for a resource that supports one update at a time.", Repeats(Class::Throttled)),
        row(own, create, "PutParameter", "ParameterLimitExceeded", "You have exceeded the number of parameters for this account.", Asks(Class::Refused, "A quota of the account is used up.")),
        row(own, create, "PutParameter", "HierarchyTypeMismatch", "Parameter Store does not support changing a parameter type in a hierarchy.", Asks(Class::Refused, "AWS will not accept this as it is.")),
        row(own, create, "PutParameter", "ValidationException", "Parameter name: can't be prefixed with ssm.", Asks(Class::Refused, "AWS will not accept this as it is.")),
        row(own, create, "PutParameter", "InvalidKeyId", "The query key ID isn't valid.", Asks(Class::Refused, "The encryption key does not exist or must not be used.")),
        row(own, destroy, "DeleteParameter", "ParameterNotFound", "The parameter could not be found.", Passes),
        row(own, create, "CreateLogGroup", "ResourceAlreadyExistsException", "The specified log group already exists", Passes),
        row(own, create, "CreateLogGroup", "OperationAbortedException", "A conflicting operation is currently in progress against this resource.", Repeats(Class::Propagating)),
        row(own, create, "PutRetentionPolicy", "OperationAbortedException", "A conflicting operation is currently in progress against this resource.", Repeats(Class::Propagating)),
        row(own, destroy, "DeleteLogGroup", "OperationAbortedException", "A conflicting operation is currently in progress against this resource.", Repeats(Class::Propagating)),
        row(own, destroy, "DeleteLogGroup", "ResourceNotFoundException", "The specified log group does not exist.", Passes),
        row(own, create, "PutScalingPolicy", "ConcurrentUpdateException", "You already have a pending update to an Application Auto Scaling resource.", Repeats(Class::Propagating)),
        row(own, destroy, "DeleteScalingPolicy", "ObjectNotFoundException", "No scaling policy found", Passes),
        row(own, destroy, "DeregisterScalableTarget", "ObjectNotFoundException", "No scalable target found", Passes),
    ]
}

/// What the log told people of failures.
async fn failures(house: &House, run: &domain::ids::RunId) -> Vec<Failure> {
    let failed = |event| match event {
        Event::Step { event: StepEvent::Failed { failure }, .. } => Some(failure),
        _ => None,
    };
    house.log(run).await.into_iter().filter_map(|logged| failed(logged.event)).collect()
}

/// How often a call was made with the very parameters of the one that went wrong.
fn tries(record: &[WireCall]) -> usize {
    let wrong = record.iter().find(|call| call.fault.is_some()).expect("a call that went wrong");
    let same = |call: &&WireCall| call.operation == wrong.operation && call.parameters == wrong.parameters;
    record.iter().filter(same).count()
}

impl Row {
    async fn holds(&self, ground: &Ground) {
        let Told::Refused(code, message) = self.fault.told else { panic!("{:?} is no refusal", self.fault) };
        let what = format!("{} of a {}: {code}: {message}", self.operation, self.wish);
        let house = ground.house(&(self.wanted)(ground)).await;
        let before: &[Wish] = match self.wish {
            Wish::Create => &[],
            Wish::Update | Wish::Destroy => &[Wish::Create],
        };
        for wish in before {
            let run = house.submit(*wish).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        }
        house.wire.inject(Rule::on(self.operation, self.fault));
        let run = house.submit(self.wish).await;
        let mut status = house.work(&run).await;
        assert_eq!(house.wire.heal(), [], "{what}: it was injected");
        let (tried, failures) = (tries(&house.wire.record()), failures(&house, &run).await);
        let heard = house.refusals().into_iter().find(|refusal| refusal.code == code);
        let heard = heard.as_ref().map(|refusal| (refusal.operation.as_str(), refusal.class, refusal.message.as_str()));
        let message = match heard {
            Some(("PutParameter", _, WITHHELD)) => WITHHELD,
            _ => message,
        };
        match self.reaction {
            Repeats(class) => {
                let (operation, class_heard, message_heard) = heard.unwrap_or_else(|| panic!("{what}: nothing heard"));
                assert_eq!((operation, class_heard), (self.operation, class), "{what}");
                assert!(message_heard.starts_with(message), "{what}: {message_heard}");
                assert_eq!((tried, failures), (2, vec![]), "{what}");
            }
            Asks(class, advice) => {
                assert_eq!(heard, Some((self.operation, class, message)), "{what}");
                assert_eq!((status, tried), (RunStatus::NeedsChoice, 1), "{what}: it is not tried again by itself");
                let [told] = failures.as_slice() else { panic!("{what}: {failures:?}") };
                assert_eq!((told.code.as_str(), told.message.as_str()), (code, message), "{what}");
                assert!(told.advice.contains(advice), "{what}: {}", told.advice);
                house.choose(&run, Choice::Retry).await;
                status = house.work(&run).await;
                assert_eq!(tries(&house.wire.record()), 2, "{what}: a person said so");
            }
            Passes => assert_eq!((heard, tried, failures), (None, 1, vec![]), "{what}"),
        }
        assert_eq!(status, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        ground.arrived(&house, self.wish, &what).await;
        if self.wish != Wish::Destroy {
            let run = house.submit(Wish::Destroy).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_that_is_to_be_expected_has_its_reaction() {
    let ground = Ground::prepare("rows").await;
    with_each(rows(), |row| {
        let ground = &ground;
        async move { row.holds(ground).await }
    })
    .await;
}
