"""Requests that are repeated with their client token, as boto3 sees them."""

import pytest
from botocore import xform_name
from errors import refused
from test_instances import image, launch, see, wait

TAG = [{"Key": "since", "Value": "later"}]
GONE = "The client token you have provided is associated with a resource that is already deleted"


def of_vpc(ec2, vpc, subnet):
    return {"VpcId": vpc}


def of_subnet(ec2, vpc, subnet):
    return {"SubnetId": subnet}


def of_list(ec2, vpc, subnet):
    return {"PrefixListName": "offices", "AddressFamily": "IPv4", "MaxEntries": 1}


def of_template(ec2, vpc, subnet):
    return {"LaunchTemplateName": "web", "LaunchTemplateData": {"InstanceType": "m5.large"}}


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("NetworkInterface", of_subnet),
        ("RouteTable", of_vpc),
        ("NetworkAcl", of_vpc),
        ("EgressOnlyInternetGateway", of_vpc),
        ("PrefixList", of_list),
        ("LaunchTemplate", of_template),
    ],
)
def test_a_repeated_request_is_answered_with_what_the_first_one_made_as_it_is_by_then(ec2, vpc, subnet, kind, parameters):
    called = {"PrefixList": "ManagedPrefixList"}.get(kind, kind)
    call = lambda verb, **more: getattr(ec2, xform_name(f"{verb}{called}"))(**more)
    given = parameters(ec2, vpc, subnet)
    make = lambda **more: call("Create", ClientToken="once", **given, **more)
    first = make()
    id = first[kind][f"{kind}Id"]
    ec2.create_tags(Resources=[id], Tags=TAG)
    again = make()
    described = getattr(ec2, xform_name(f"Describe{called}s"))(**{f"{kind}Ids": [id]})[f"{kind}s"]
    tags = lambda shown: shown.get("Tags") or shown.get("TagSet")
    assert tags(again[kind]) == TAG and [again[kind]] == described
    assert first.get("ClientToken") == again.get("ClientToken") and again.get("ClientToken") in (None, "once")
    with refused("IdempotentParameterMismatch", "inconsistent with arguments used in previous request(s)"):
        make(TagSpecifications=[{"ResourceType": "vpc", "Tags": TAG}])
    call("Delete", **{f"{kind}Id": id})
    with refused("IdempotentParameterMismatch", GONE):
        make()


def test_a_repeated_nat_gateway_has_become_available_and_after_its_end_is_still_told_of(ec2, subnet):
    make = lambda: ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", ClientToken="once")["NatGateway"]
    first = make()
    gateway = first["NatGatewayId"]
    assert first["State"] == "pending"
    assert [make()] == ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    assert make()["State"] == "available"
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    shown = make()
    assert shown["NatGatewayId"] == gateway and shown["State"] == "deleted" and "DeleteTime" in shown


def test_a_repeated_template_version_is_the_one_that_was_made(ec2):
    data = lambda kind: {"LaunchTemplateData": {"InstanceType": kind}}
    ec2.create_launch_template(LaunchTemplateName="web", **data("m5.large"))
    make = lambda: ec2.create_launch_template_version(LaunchTemplateName="web", ClientToken="once", **data("m5.xlarge"))
    first = make()["LaunchTemplateVersion"]
    assert (first["VersionNumber"], first["DefaultVersion"]) == (2, False)
    ec2.create_launch_template_version(LaunchTemplateName="web", **data("m5.2xlarge"))
    modify = lambda: ec2.modify_launch_template(LaunchTemplateName="web", DefaultVersion="2", ClientToken="once")["LaunchTemplate"]
    assert modify() == modify() == ec2.describe_launch_templates()["LaunchTemplates"][0]
    assert make()["LaunchTemplateVersion"] == first | {"DefaultVersion": True}
    # A repeated change is not made again over a later one.
    ec2.modify_launch_template(LaunchTemplateName="web", DefaultVersion="3")
    assert modify()["DefaultVersionNumber"] == 3
    ec2.delete_launch_template_versions(LaunchTemplateName="web", Versions=["2"])
    with refused("IdempotentParameterMismatch", GONE):
        make()


def test_a_repeated_launch_is_answered_with_its_instances_as_they_are_by_then(ec2):
    launched = lambda: launch(ec2, MinCount=2, MaxCount=2, ClientToken="once")
    first = launched()
    one, other = first["Instances"]
    wait(ec2, "instance_running", one, other)
    ec2.create_tags(Resources=[one["InstanceId"]], Tags=TAG)
    again = launched()
    assert again["ReservationId"] == first["ReservationId"]
    assert again["Instances"] == [see(ec2, one), see(ec2, other)]
    assert [instance["State"]["Name"] for instance in again["Instances"]] == ["running", "running"]
    assert again["Instances"][0]["Tags"] == TAG

    ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
    wait(ec2, "instance_terminated", one)
    assert [instance["State"]["Name"] for instance in launched()["Instances"]] == ["terminated", "running"]
    ec2.terminate_instances(InstanceIds=[other["InstanceId"]])
    wait(ec2, "instance_terminated", other)
    with refused("IdempotentInstanceTerminated", "The client token you have provided is associated with a terminated instance."):
        launched()
    assert len(ec2.describe_instances()["Reservations"]) == 1


def test_a_token_is_of_one_action_and_of_one_region(ec2, vpc, subnet, server, session):
    make = lambda: ec2.create_route_table(VpcId=vpc, ClientToken="shared")["RouteTable"]["RouteTableId"]
    table = make()
    assert ec2.create_network_interface(SubnetId=subnet, ClientToken="shared")["NetworkInterface"]["NetworkInterfaceId"]
    assert make() == table
    elsewhere = server.client(session, region="eu-west-1")
    launched = [client.run_instances(ImageId=image(client), InstanceType="m5.large", MinCount=1, MaxCount=1, ClientToken="shared")
                for client in (ec2, elsewhere)]
    assert launched[0]["ReservationId"] != launched[1]["ReservationId"]


def test_a_token_is_at_most_64_characters_long(ec2, vpc):
    assert ec2.create_route_table(VpcId=vpc, ClientToken="x" * 64)["ClientToken"] == "x" * 64
    with refused("InvalidParameterValue", "Client token must be less than or equal to 64 characters"):
        ec2.create_route_table(VpcId=vpc, ClientToken="x" * 65)


def test_launch_templates_and_prefix_lists_take_longer_tokens(ec2):
    template = lambda length: ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "m5.large"}, ClientToken="x" * length
    )
    prefix_list = lambda length: ec2.create_managed_prefix_list(
        PrefixListName="mine", AddressFamily="IPv4", MaxEntries=1, ClientToken="x" * length
    )
    for make, most in [(template, 128), (prefix_list, 255)]:
        with refused("InvalidParameterValue", f"Client token must be less than or equal to {most} characters"):
            make(most + 1)
        make(most)


def test_a_dry_run_with_a_token_makes_nothing_and_remembers_nothing(ec2, vpc):
    with refused("DryRunOperation"):
        ec2.create_route_table(VpcId=vpc, ClientToken="once", DryRun=True)
    made = ec2.create_route_table(VpcId=vpc, ClientToken="once")["RouteTable"]["RouteTableId"]
    assert made in [table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"]]


def test_whether_a_request_is_a_dry_run_is_no_other_request_to_its_token(ec2, vpc):
    make = lambda **more: ec2.create_route_table(VpcId=vpc, ClientToken="once", **more)["RouteTable"]
    made = make()
    with refused("DryRunOperation"):
        make(DryRun=True)
    assert make(DryRun=False) == made


def test_tokens_outlive_the_server(start, session, tmp_path):
    server = start("--fabric", "none", data=tmp_path / "kept")
    ec2 = server.client(session)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    make = lambda client: client.create_route_table(VpcId=vpc, ClientToken="once")["RouteTable"]["RouteTableId"]
    table = make(ec2)
    server.stop()
    assert make(start("--fabric", "none", data=tmp_path / "kept").client(session)) == table
