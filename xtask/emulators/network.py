"""Makes the network that an environment needs, in the AWS of AWS_ENDPOINT_URL, and prints it as JSON.

A VPC, two public subnets in two zones with a way to the internet, and an issued certificate. Each run makes its own.
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
    account = boto3.client("sts", region_name=region).get_caller_identity()["Account"]
    print(json.dumps({
        "region": region,
        "account": account,
        "vpc_id": vpc,
        "subnet_ids": subnets,
        "certificate_arn": certificate,
    }))


if __name__ == "__main__":
    main()
