"""Makes the network that an environment needs, in the AWS of AWS_ENDPOINT_URL, and prints it as JSON.

A VPC, two public subnets in two zones with a way to the internet, an issued certificate, and a load balancer that
services may share: HTTPS with 404 for what no rule takes, HTTP redirected. Each run makes its own.
"""

import argparse
import json

import boto3


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--region", default="eu-central-1")
    arguments.add_argument("--domain", default="*.apps.example.com")
    arguments = arguments.parse_args()
    region = arguments.region

    ec2 = boto3.client("ec2", region_name=region)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "demo"}])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    subnets = []
    for index, zone in enumerate("ab"):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=f"{region}{zone}")
        subnets.append(subnet["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=routes, SubnetId=subnets[-1])

    certificate = boto3.client("acm", region_name=region).request_certificate(
        DomainName=arguments.domain, ValidationMethod="DNS"
    )["CertificateArn"]
    shared = make_shared_load_balancer(ec2, boto3.client("elbv2", region_name=region), vpc, subnets, certificate)
    account = boto3.client("sts", region_name=region).get_caller_identity()["Account"]
    print(json.dumps({
        "region": region,
        "account": account,
        "vpc_id": vpc,
        "subnet_ids": subnets,
        "certificate_arn": certificate,
        "shared_load_balancer": shared,
    }))


def make_shared_load_balancer(ec2, elb, vpc, subnets, certificate):
    group = ec2.create_security_group(GroupName=f"shared-{vpc}", Description="shared load balancer", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for port in (80, 443)
    ])
    balancer = elb.create_load_balancer(
        Name=f"shared-{vpc[-8:]}", Subnets=subnets, SecurityGroups=[group], Scheme="internet-facing", Type="application"
    )["LoadBalancers"][0]
    nothing_here = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "nothing here"}
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": certificate}], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing_here}],
    )["Listeners"][0]["ListenerArn"]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{
            "Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        }],
    )
    return {
        "arn": balancer["LoadBalancerArn"],
        "dns_name": balancer["DNSName"],
        "full_name": balancer["LoadBalancerArn"].partition(":loadbalancer/")[2],
        "listener_arn": listener,
        "https": True,
        "security_group": group,
    }


if __name__ == "__main__":
    main()
