"""ministack, made to answer as AWS does where the difference would hide a mistake of ours.

ministack accepts much that AWS refuses and calls things ready that are not. Each function below restores one
answer of AWS for one operation, and says which. To add one: write it, name its module and operation in
`@instead_of`, and note it in docs/emulators.md. It gets the original handler first, and returns a response.
"""

import json
import os
import threading
import time

import docker
from ministack.app import main
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import alb, ec2, ecs, iam, ssm

# How long a load balancer is `provisioning`. Minutes in AWS.
LOAD_BALANCER_SECONDS = float(os.environ.get("LOAD_BALANCER_SECONDS", "0.3"))

# A check and the change that follows it are one: handlers may run beside each other.
_one_at_a_time = threading.RLock()


def _handlers(module):
    return module._IAM_HANDLERS if module is iam else module._ACTION_MAP


def instead_of(module, *operations):
    """Puts the function before ministack's handler of these operations."""

    def put(function):
        for operation in operations:
            original = _handlers(module)[operation]

            def answer(params, original=original):
                with _one_at_a_time:
                    return function(original, params)

            _handlers(module)[operation] = answer
        return function

    return put


# --- ECS ---------------------------------------------------------------------------------------------------------

# Clusters that were deleted stay visible as INACTIVE.
_inactive_clusters = {}


def _cluster_key(reference):
    return get_account_id(), get_region(), (reference or "default").rsplit("/", 1)[-1]


def _refuse_missing_cluster(data):
    name = _cluster_key(data.get("cluster"))
    if name[2] in ecs._clusters:
        return None
    if name in _inactive_clusters:
        return error_response_json(
            "InvalidParameterException", "The specified cluster is inactive. Specify an active cluster and try again.", 400
        )
    return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)


@instead_of(ecs, "CreateCluster")
def create_cluster(original, data):
    _inactive_clusters.pop(_cluster_key(data.get("clusterName")), None)
    return original(data)


@instead_of(ecs, "DeleteCluster")
def delete_cluster(original, data):
    key = _cluster_key(data.get("cluster"))
    cluster = ecs._clusters.get(key[2])
    if cluster is None:
        if key in _inactive_clusters:
            return ecs.json_response({"cluster": _inactive_clusters[key]})
        return original(data)
    _end_drained_services()
    left = {s["status"] for s in ecs._services.values() if s["clusterArn"] == cluster["clusterArn"]}
    if "ACTIVE" in left:
        return error_response_json(
            "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.", 400
        )
    if "DRAINING" in left:
        return error_response_json(
            "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.", 400
        )
    answer = original(data)
    _inactive_clusters[key] = {
        "clusterArn": cluster["clusterArn"], "clusterName": key[2], "status": "INACTIVE", "tags": [], "settings": [],
        "statistics": [], "registeredContainerInstancesCount": 0, "runningTasksCount": 0, "pendingTasksCount": 0,
        "activeServicesCount": 0, "capacityProviders": [], "defaultCapacityProviderStrategy": [],
    }
    return answer


@instead_of(ecs, "DescribeClusters")
def describe_clusters(original, data):
    status, headers, body = original(data)
    answer = json.loads(body)
    failures = []
    for failure in answer.get("failures", []):
        inactive = _inactive_clusters.get(_cluster_key(failure["arn"]))
        (answer["clusters"] if inactive else failures).append(inactive or failure)
    answer["failures"] = failures
    return ecs.json_response(answer)


@instead_of(ecs, "RunTask")
def run_task(original, data):
    return _refuse_missing_cluster(data) or original(data)


@instead_of(ecs, "CreateService")
def create_service(original, data):
    refused = _refuse_missing_cluster(data)
    if refused:
        return refused
    for wanted in data.get("loadBalancers") or []:
        arn = wanted.get("targetGroupArn")
        group = alb._tgs.get(arn)
        if group is None:
            return error_response_json("InvalidParameterException", f"The target group {arn} does not exist.", 400)
        if not _load_balancers_of(arn, _forwarding()):
            return error_response_json(
                "InvalidParameterException",
                f"The target group with targetGroupArn {arn} does not have an associated load balancer.", 400,
            )
    service = _service(data, "serviceName")
    if service and service["status"] == "DRAINING":
        return error_response_json(
            "InvalidParameterException", "Unable to Start a service that is still Draining.", 400
        )
    answer = original(data)
    if answer[0] < 300:
        _tell_of_trouble(_service(data, "serviceName"))
    return answer


@instead_of(ecs, "UpdateService")
def update_service(original, data):
    service = _service(data, "service")
    if service and service["status"] != "ACTIVE":
        return error_response_json("ServiceNotActiveException", "Service was not ACTIVE.", 400)
    before = service and ecs._primary_deployment(service)
    answer = original(data)
    if service and ecs._primary_deployment(service) is not before:
        _tell_of_trouble(service)
    return answer


@instead_of(ecs, "DeleteService")
def delete_service(original, data):
    """AWS stops the tasks first and shows the service as DRAINING meanwhile; ministack takes no time for it."""
    service = _service(data, "service")
    if service and service["status"] != "ACTIVE":
        return ecs.json_response({"service": ecs._sanitize(service)})
    answer = original(data)
    if service and service["status"] == "INACTIVE":
        service["status"] = "DRAINING"
        service["_inactive_at"] = time.monotonic() + max((one.stop_seconds for one in _outcomes(service)), default=0)
        answer = ecs.json_response({"service": ecs._sanitize(service)})
    return answer


@instead_of(ecs, "DescribeServices")
def describe_services(original, data):
    _end_drained_services()
    return original(data)


def _service(data, name):
    """What a request is about, if there is such a service."""
    _end_drained_services()
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    return ecs._services.get(f"{cluster}/{(data.get(name) or '').rsplit('/', 1)[-1]}")


def _end_drained_services():
    for service in ecs._services.values():
        if service["status"] == "DRAINING" and time.monotonic() >= service["_inactive_at"]:
            service["status"] = "INACTIVE"


def _definition(service):
    return ecs._task_defs.get(ecs._resolve_td_key(service["taskDefinition"])) or {}


def _outcomes(service):
    """What becomes of each container of its tasks, by its image."""
    return [docker.outcome(one["image"]) for one in _definition(service).get("containerDefinitions", [])]


def _tell_of_trouble(service):
    """The events of a service whose tasks cannot start yet, which ministack never writes."""
    for outcome in _outcomes(service):
        if outcome.trouble:
            definition = _definition(service)
            role = definition.get("taskRoleArn") or definition.get("executionRoleArn")
            _write_event(service, outcome.trouble.format(role=role))


def _write_event(service, says):
    service["events"].insert(0, {
        "id": ecs.new_uuid(), "createdAt": ecs._iso(), "message": f"(service {service['serviceName']}) {says}",
    })


def _first_deployment_in_progress(task_definition, desired_count, status="PRIMARY", original=ecs._make_deployment):
    """AWS completes a rollout when its tasks run; ministack calls the first one COMPLETED before any task does."""
    deployment = original(task_definition, desired_count, status)
    if status == "PRIMARY":
        deployment["rolloutState"] = "IN_PROGRESS"
        deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} in progress."
    return deployment


ecs._make_deployment = _first_deployment_in_progress


def _steady_event(cluster_name, svc_key, expected_deployment_id=None, original=ecs._complete_service_deployment):
    """The event that people and tools wait for, which ministack never writes."""
    service = ecs._services.get(svc_key)
    before = ecs._primary_deployment(service) if service else None
    was = before and before.get("rolloutState")
    original(cluster_name, svc_key, expected_deployment_id)
    if was == "IN_PROGRESS" and before.get("rolloutState") == "COMPLETED":
        _write_event(service, "has reached a steady state.")


ecs._complete_service_deployment = _steady_event


def _reset_ecs(original=ecs.reset):
    _inactive_clusters.clear()
    return original()


ecs.reset = _reset_ecs


# --- Elastic Load Balancing --------------------------------------------------------------------------------------


def _forwarding():
    """Of each listener and rule its load balancer and what it does, as AWS sees it: ministack forgets rules and never
    forgets deleted listeners."""
    listeners = {one["ListenerArn"]: one for one in alb._listeners.values()}
    found = [(one["LoadBalancerArn"], json.dumps(one["DefaultActions"])) for one in listeners.values()]
    for rule in alb._rules.values():
        if rule["ListenerArn"] in listeners:
            found.append((listeners[rule["ListenerArn"]]["LoadBalancerArn"], json.dumps(rule["Actions"])))
    return found


def _load_balancers_of(target_group, forwarding):
    return {load_balancer for load_balancer, actions in forwarding if target_group in actions}


@instead_of(alb, "CreateLoadBalancer")
def create_load_balancer(original, params):
    subnets = alb._parse_member_list(params, "Subnets")
    missing = [subnet for subnet in subnets if subnet not in ec2._subnets]
    if missing:
        return alb._error("SubnetNotFound", f"The subnet ID '{missing[0]}' does not exist")
    zones = {ec2._subnets[subnet]["AvailabilityZone"] for subnet in subnets}
    if len(zones) < 2:
        return alb._error(
            "ValidationError", "At least two subnets in two different Availability Zones must be specified"
        )
    params = {**params, "VpcId": [ec2._subnets[subnets[0]]["VpcId"]]}
    before = set(alb._lbs.keys())
    answer = original(params)
    for arn in set(alb._lbs.keys()) - before:
        alb._lbs[arn]["_active_at"] = time.monotonic() + LOAD_BALANCER_SECONDS
        alb._lbs[arn]["State"] = "provisioning"
        answer = (answer[0], answer[1], _text(answer[2]).replace("<Code>active</Code>", "<Code>provisioning</Code>"))
    return answer


def _text(body):
    return body.decode() if isinstance(body, bytes) else body


def _load_balancer_xml(load_balancer, original=alb._lb_xml):
    if load_balancer["State"] == "provisioning" and time.monotonic() >= load_balancer.get("_active_at", 0):
        load_balancer["State"] = "active"
    xml = original(load_balancer)
    for subnet in load_balancer.get("Subnets", []):
        zone = (ec2._subnets.get(subnet) or {}).get("AvailabilityZone")
        if zone:
            xml = xml.replace(f"{get_region()}a</ZoneName><SubnetId>{subnet}", f"{zone}</ZoneName><SubnetId>{subnet}")
    return xml


alb._lb_xml = _load_balancer_xml


@instead_of(alb, "DeleteLoadBalancer")
def delete_load_balancer(original, params):
    arn = alb._p(params, "LoadBalancerArn")
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    if protection in alb._lb_attrs.get(arn, []):
        return alb._error(
            "OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        )
    # Its listeners and their rules go with it.
    for listener in [k for k, v in alb._listeners.items() if v["LoadBalancerArn"] == arn]:
        alb._delete_listener({"ListenerArn": [listener]})
    for group in alb._tgs.values():
        group["LoadBalancerArns"] = [a for a in group.get("LoadBalancerArns", []) if a != arn]
    return original(params)


@instead_of(alb, "DescribeTargetGroups")
def describe_target_groups(original, params):
    names = set(alb._parse_member_list(params, "Names"))
    arns = set(alb._parse_member_list(params, "TargetGroupArns"))
    groups = list(alb._tgs.values())
    if names - {g["TargetGroupName"] for g in groups} or arns - {g["TargetGroupArn"] for g in groups}:
        return alb._error("TargetGroupNotFound", "One or more target groups not found")
    forwarding = _forwarding()
    for group in groups:
        group["LoadBalancerArns"] = sorted(_load_balancers_of(group["TargetGroupArn"], forwarding))
    return original(params)


@instead_of(alb, "DeleteTargetGroup")
def delete_target_group(original, params):
    arn = alb._p(params, "TargetGroupArn")
    if arn in alb._tgs and _load_balancers_of(arn, _forwarding()):
        return alb._error("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
    if arn not in alb._tgs:
        # Deleting what is gone succeeds in AWS for a target group, as it does for a load balancer.
        return alb._empty("DeleteTargetGroup")
    return original(params)


@instead_of(alb, "CreateListener")
def create_listener(original, params):
    load_balancer, port = alb._p(params, "LoadBalancerArn"), alb._p(params, "Port")
    for listener in alb._listeners.values():
        if listener["LoadBalancerArn"] == load_balancer and str(listener["Port"]) == port:
            return alb._error("DuplicateListener", f"A listener already exists on this port for this load balancer '{load_balancer}'")
    if alb._p(params, "Protocol") == "HTTPS" and not alb._p(params, "Certificates.member.1.CertificateArn"):
        return alb._error("ValidationError", "A certificate must be specified for HTTPS listeners")
    missing = _missing_target_group(alb._parse_actions(params, "DefaultActions"))
    return missing or original(params)


def _missing_target_group(actions):
    for action in actions:
        arn = action.get("TargetGroupArn")
        if arn and arn not in alb._tgs:
            return alb._error("TargetGroupNotFound", f"One or more target groups not found: '{arn}'")
    return None


@instead_of(alb, "DescribeListeners")
def describe_listeners(original, params):
    if set(alb._parse_member_list(params, "ListenerArns")) - set(alb._listeners.keys()):
        return alb._error("ListenerNotFound", "One or more listeners not found")
    load_balancer = alb._p(params, "LoadBalancerArn")
    if load_balancer and load_balancer not in alb._lbs:
        return alb._error("LoadBalancerNotFound", f"Load balancer '{load_balancer}' not found")
    return original(params)


@instead_of(alb, "CreateRule")
def create_rule(original, params):
    listener, priority = alb._p(params, "ListenerArn"), alb._p(params, "Priority")
    for rule in alb._rules.values():
        if rule["ListenerArn"] == listener and rule["Priority"] == priority:
            return alb._error("PriorityInUse", f"Priority '{priority}' is currently in use")
    missing = _missing_target_group(alb._parse_actions(params, "Actions"))
    return missing or original(params)


@instead_of(alb, "DescribeRules")
def describe_rules(original, params):
    if set(alb._parse_member_list(params, "RuleArns")) - set(alb._rules.keys()):
        return alb._error("RuleNotFound", "One or more rules not found")
    listener = alb._p(params, "ListenerArn")
    if listener and listener not in alb._listeners:
        return alb._error("ListenerNotFound", "One or more listeners not found")
    return original(params)


@instead_of(alb, "DeleteRule")
def delete_rule(original, params):
    arn = alb._p(params, "RuleArn")
    if arn not in alb._rules:
        return alb._error("RuleNotFound", f"Rule '{arn}' not found")
    return original(params)


# --- EC2 ---------------------------------------------------------------------------------------------------------


def _single_rules(permissions):
    """A permission names many sources; AWS compares each of them alone, without its description."""
    for permission in permissions:
        head = tuple(permission.get(key) for key in ("IpProtocol", "FromPort", "ToPort"))
        if head[0] == "-1":
            head = ("-1", None, None)
        for key, name in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("UserIdGroupPairs", "GroupId")):
            for source in permission.get(key, []):
                yield head, source.get(name)


@instead_of(ec2, "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize_security_group(original, params):
    key = "IpPermissions" if alb._p(params, "Action").endswith("Ingress") else "IpPermissionsEgress"
    group = ec2._security_groups.get(alb._p(params, "GroupId"))
    if group:
        there = set(_single_rules(group[key]))
        for rule in _single_rules(ec2._parse_ip_permissions(params, "IpPermissions")):
            if rule in there:
                return ec2._error(
                    "InvalidPermission.Duplicate", f'the specified rule "peer: {rule[1]}, {rule[0]}" already exists', 400
                )
    return original(params)


def _update_rule_descriptions(params):
    """ministack lacks it. The first source of each permission decides which rule is meant: Gantry sends one in each."""
    key = "IpPermissions" if alb._p(params, "Action").endswith("Ingress") else "IpPermissionsEgress"
    with _one_at_a_time:
        group = ec2._security_groups.get(alb._p(params, "GroupId"))
        if not group:
            return ec2._error("InvalidGroup.NotFound", "The security group does not exist", 400)
        for wanted in ec2._parse_ip_permissions(params, "IpPermissions"):
            there = next((rule for rule in group[key] if ec2._rules_match(rule, wanted)), None)
            if there is None:
                return ec2._error("InvalidPermission.NotFound", "The specified rule does not exist", 400)
            for sources in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs"):
                there[sources] = wanted[sources]
    return ec2._xml(200, alb._p(params, "Action") + "Response", "<return>true</return>")


for _direction in ("Ingress", "Egress"):
    ec2._ACTION_MAP["UpdateSecurityGroupRuleDescriptions" + _direction] = _update_rule_descriptions


@instead_of(ec2, "DescribeSecurityGroups")
def describe_security_groups(original, params):
    """The filters by the groups that rules name, which ministack passes over."""
    filters = ec2._parse_filters(params)
    for name, key in (
        ("ip-permission.group-id", "IpPermissions"), ("egress.ip-permission.group-id", "IpPermissionsEgress")
    ):
        if name in filters:
            sources = set(filters[name])
            named = [
                one["GroupId"] for one in ec2._security_groups.values()
                if sources & {source for _, source in _single_rules(one[key])}
            ]
            if not named:
                return ec2._xml(200, "DescribeSecurityGroupsResponse", "<securityGroupInfo/>")
            params = {**params, **{f"GroupId.{place}": [group] for place, group in enumerate(named, 1)}}
    return original(params)


@instead_of(ec2, "DescribeNetworkInterfaces")
def describe_network_interfaces(original, params):
    """The filter by the groups that an interface has, which ministack passes over."""
    wanted = set(ec2._parse_filters(params).get("group-id", []))
    if wanted:
        held = [
            one["NetworkInterfaceId"] for one in ec2._network_interfaces.values()
            if wanted & {group["GroupId"] for group in one.get("Groups", [])}
        ]
        if not held:
            return ec2._xml(200, "DescribeNetworkInterfacesResponse", "<networkInterfaceSet/>")
        params = {**params, **{f"NetworkInterfaceId.{place}": [one] for place, one in enumerate(held, 1)}}
    return original(params)


@instead_of(ec2, "DeleteSecurityGroup")
def delete_security_group(original, params):
    wanted = alb._p(params, "GroupId")
    if wanted in ec2._security_groups and _is_used(wanted):
        return ec2._error("DependencyViolation", f"resource {wanted} has a dependent object", 400)
    return original(params)


def _is_used(wanted):
    for other, group in ec2._security_groups.items():
        rules = list(_single_rules(group["IpPermissions"])) + list(_single_rules(group["IpPermissionsEgress"]))
        if other != wanted and any(source == wanted for _, source in rules):
            return True
    if any(wanted == has["GroupId"] for one in ec2._network_interfaces.values() for has in one.get("Groups", [])):
        return True
    if any(wanted in load_balancer.get("SecurityGroups", []) for load_balancer in alb._lbs.values()):
        return True
    _end_drained_services()
    return any(
        service["status"] != "INACTIVE" and wanted in json.dumps(service.get("networkConfiguration") or {})
        for service in ecs._services.values()
    )


# --- IAM, Systems Manager ----------------------------------------------------------------------------------------


@instead_of(iam, "CreateRole", "UpdateAssumeRolePolicy")
def role_with_trust(original, params):
    document = alb._p(params, "AssumeRolePolicyDocument") or alb._p(params, "PolicyDocument")
    try:
        json.loads(document)
    except ValueError:
        return iam._error(400, "MalformedPolicyDocument", "This policy contains invalid Json")
    return original(params)


@instead_of(iam, "CreateServiceLinkedRole")
def create_service_linked_role(original, params):
    status, headers, body = original(params)
    if "EntityAlreadyExists" in _text(body):
        return iam._error(
            400, "InvalidInput",
            "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
        )
    return status, headers, body


def _put_parameter(data, original=ssm._put_parameter):
    if data.get("Tier", "Standard") == "Standard" and len(data.get("Value", "").encode()) > 4096:
        return error_response_json(
            "ValidationException",
            "Standard tier parameters support a maximum parameter value of 4096 characters. "
            "To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.", 400,
        )
    return original(data)


ssm._put_parameter = _put_parameter


if __name__ == "__main__":
    main()
