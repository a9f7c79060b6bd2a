"""Internet gateways, as boto3 sees them."""

from errors import refused


def default_gateway(ec2):
    return ec2.describe_internet_gateways()["InternetGateways"][0]


def test_the_default_vpc_has_an_attached_gateway(ec2):
    gateway = default_gateway(ec2)
    assert gateway["Attachments"][0]["State"] == "available"
    assert gateway["Tags"] == []


def test_a_gateway_is_created_with_tags_and_found_by_them(ec2):
    tags = [{"Key": "name", "Value": "mine"}]
    made = ec2.create_internet_gateway(TagSpecifications=[{"ResourceType": "internet-gateway", "Tags": tags}])["InternetGateway"]
    assert made["Tags"] == tags and made["Attachments"] == []
    found = ec2.describe_internet_gateways(Filters=[{"Name": "tag:name", "Values": ["m?n*"]}])["InternetGateways"]
    assert [gateway["InternetGatewayId"] for gateway in found] == [made["InternetGatewayId"]]


def test_an_attached_gateway_is_neither_deleted_nor_attached_twice(ec2):
    gateway = default_gateway(ec2)
    ids = {"InternetGatewayId": gateway["InternetGatewayId"]}
    vpc = gateway["Attachments"][0]["VpcId"]
    with refused("DependencyViolation"):
        ec2.delete_internet_gateway(**ids)
    with refused("Resource.AlreadyAssociated", f"already attached to network {vpc}"):
        ec2.attach_internet_gateway(**ids, VpcId=vpc)
    ec2.detach_internet_gateway(**ids, VpcId=vpc)
    with refused("Gateway.NotAttached"):
        ec2.detach_internet_gateway(**ids, VpcId=vpc)
    ec2.delete_internet_gateway(**ids)
    with refused("InvalidInternetGatewayID.NotFound", f"'{gateway['InternetGatewayId']}' does not exist"):
        ec2.describe_internet_gateways(InternetGatewayIds=[gateway["InternetGatewayId"]])


def test_a_dry_run_changes_nothing(ec2):
    with refused("DryRunOperation"):
        ec2.create_internet_gateway(DryRun=True)
    assert len(ec2.describe_internet_gateways()["InternetGateways"]) == 1


def test_pages_show_every_gateway_once(ec2):
    for _ in range(11):
        ec2.create_internet_gateway()
    pages = list(ec2.get_paginator("describe_internet_gateways").paginate(PaginationConfig={"PageSize": 5}))
    shown = [gateway["InternetGatewayId"] for page in pages for gateway in page["InternetGateways"]]
    assert [len(page["InternetGateways"]) for page in pages] == [5, 5, 2]
    assert len(set(shown)) == 12


def test_an_unknown_filter_is_named(ec2):
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        ec2.describe_internet_gateways(Filters=[{"Name": "colour", "Values": ["red"]}])
