"""Reads of what enid has nothing of: inventories and clean-up tools go through all of them, and stop at an error."""

import json
import re
import tomllib

import pytest
from botocore import xform_name
from errors import refused
from servers import ROOT

MODELS = ROOT / "models"
READS = json.loads((MODELS / "constant-reads.json").read_text())
BY_HAND = tomllib.loads((MODELS / "constant-reads.toml").read_text())
EMPTY = [name for name in READS if name not in BY_HAND["answers"]]
WITH_IDS = [(name, member) for name, read in READS.items() for member in read["parameters"] if member in BY_HAND["ids"]]

# What the tools' sources call in EC2 and enid has nothing of.
TOOLS = {
    "aws-nuke": """DescribeCapacityReservations DescribeClientVpnEndpoints DescribeCustomerGateways DescribeHosts DescribeInstanceConnectEndpoints
        DescribePlacementGroups DescribeSnapshots DescribeSpotFleetRequests DescribeTransitGatewayAttachments DescribeTransitGatewayConnectPeers
        DescribeTransitGateways DescribeVerifiedAccessEndpoints DescribeVerifiedAccessGroups DescribeVerifiedAccessInstances
        DescribeVerifiedAccessTrustProviders DescribeVpcEndpointConnections DescribeVpcEndpointServiceConfigurations DescribeVpcEndpoints
        DescribeVpnConnections DescribeVpnGateways""",
    "cloud-nuke": """DescribeIpamByoasn DescribeIpamPools DescribeIpamResourceDiscoveries DescribeIpamScopes DescribeIpams
        DescribeNetworkInsightsPaths DescribePlacementGroups DescribeRouteServers DescribeTransitGatewayPeeringAttachments
        DescribeTransitGatewayRouteTables DescribeTransitGatewayVpcAttachments""",
    "prowler": """DescribeClientVpnEndpoints DescribeFlowLogs DescribeSnapshots DescribeTransitGateways DescribeVpcEndpointServices
        DescribeVpcEndpoints DescribeVpnConnections GetEbsEncryptionByDefault GetInstanceMetadataDefaults GetSnapshotBlockPublicAccessState""",
    "ScoutSuite": "DescribeFlowLogs DescribeSnapshots GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault",
    "steampipe": """DescribeCapacityReservations DescribeClientVpnEndpoints DescribeCustomerGateways DescribeFlowLogs DescribeReservedInstances
        DescribeReservedInstancesModifications DescribeSnapshots DescribeSpotPriceHistory DescribeTransitGatewayAttachments
        DescribeTransitGatewayRouteTables DescribeTransitGateways DescribeVerifiedAccessEndpoints DescribeVerifiedAccessGroups
        DescribeVerifiedAccessInstances DescribeVerifiedAccessTrustProviders DescribeVpcEndpointConnections DescribeVpcEndpointServices
        DescribeVpcEndpoints DescribeVpnConnections DescribeVpnGateways GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault
        GetSnapshotBlockPublicAccessState""",
    "cartography": """DescribeReservedInstances DescribeSnapshots DescribeTransitGatewayAttachments DescribeTransitGatewayVpcAttachments
        DescribeTransitGateways DescribeVpcEndpoints""",
    "Cloud Custodian": """DescribeCapacityReservations DescribeCustomerGateways DescribeFlowLogs DescribeHosts DescribeReservedInstances
        DescribeSnapshots DescribeSpotFleetRequests DescribeTrafficMirrorSessions DescribeTrafficMirrorTargets DescribeTransitGatewayAttachments
        DescribeTransitGateways DescribeVpcEndpoints DescribeVpnConnections DescribeVpnGateways""",
    "kops": "DescribeSpotInstanceRequests DescribeVpnGateways",
    "Karpenter": "DescribeCapacityReservations DescribePlacementGroups DescribeSpotPriceHistory",
    "Cluster API": "DescribeCapacityReservations DescribeCarrierGateways DescribeHosts DescribeIpamPools DescribeVpcEndpoints",
    "CloudQuery": """DescribeFastSnapshotRestores DescribeImageUsageReports DescribeInstanceEventWindows DescribeSnapshotTierStatus
        DescribeSpotInstanceRequests DescribeTransitGatewayMulticastDomains DescribeVolumesModifications GetImageBlockPublicAccessState
        GetSerialConsoleAccessStatus GetAllowedImagesSettings""",
}


def call(ec2, name, **how):
    answer = getattr(ec2, xform_name(name))(**how)
    del answer["ResponseMetadata"]
    return answer


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tool_asks_for_is_answered(tool):
    assert set(TOOLS[tool].split()) <= set(READS)


@pytest.mark.parametrize("name", EMPTY)
def test_there_is_nothing(ec2, name):
    output = ec2.meta.service_model.operation_model(name).output_shape
    lists = {member for member, shape in output.members.items() if shape.type_name == "list"}
    assert lists and call(ec2, name) == {member: [] for member in lists}
    if "DryRun" in READS[name]["parameters"]:
        with refused("DryRunOperation"):
            call(ec2, name, DryRun=True)


@pytest.mark.parametrize("name", BY_HAND["answers"])
def test_what_cannot_be_changed_is_as_in_a_new_account(ec2, name):
    answer = call(ec2, name)
    assert {member: value for member, value in answer.items() if value != []} == BY_HAND["answers"][name]


@pytest.mark.parametrize("name", [name for name, read in READS.items() if "filters" in read])
def test_filters_are_held_to_the_documented_names(ec2, name):
    (filters,) = [member for member, (_, kind) in READS[name]["parameters"].items() if kind == "filters"]
    known = READS[name]["filters"]
    plain = [each for each in known if not each.startswith("tag")]
    given = [{"Name": each, "Values": ["a"]} for each in plain]
    given += [{"Name": "tag:Name", "Values": ["a"]}] if len(plain) < len(known) else []
    assert all(value == [] for value in call(ec2, name, **{filters: given}).values())
    if known:
        with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
            call(ec2, name, **{filters: [*given, {"Name": "colour", "Values": ["red"]}]})


@pytest.mark.parametrize("name", [name for name, read in READS.items() if "MaxResults" in read["parameters"]])
def test_pages_are_held_to_their_bounds(ec2, name):
    least, most = READS[name].get("max_results", (5, None))
    assert "NextToken" not in call(ec2, name, MaxResults=most or 1000)
    with refused("InvalidParameterValue", "for parameter maxResults is invalid"):
        call(ec2, name, MaxResults=least - 1)
    if most:
        with refused("InvalidParameterValue", "for parameter maxResults is invalid"):
            call(ec2, name, MaxResults=most + 1)
    with refused("InvalidPaginationToken"):
        call(ec2, name, NextToken="elsewhere")


@pytest.mark.parametrize("name, member", WITH_IDS)
def test_what_is_named_does_not_exist(ec2, name, member):
    known = BY_HAND["ids"][member]
    id = known["prefix"] + "0123456789abcdef0"
    with refused(known["code"], known["says"].replace("{}", id)):
        call(ec2, name, **{member: [id, known["prefix"] + "00000000000000001"]})
    if malformed := known.get("malformed"):
        with refused(malformed, f'Invalid id: "foobar" (expecting "{known["prefix"]}...")'):
            call(ec2, name, **{member: ["foobar"]})
    if "MaxResults" in READS[name]["parameters"]:
        with refused("InvalidParameterCombination", f"The parameter {member} cannot be used with the parameter MaxResults"):
            call(ec2, name, **{member: [id]}, MaxResults=10)


def test_parameters_that_an_operation_does_not_have_are_refused(ec2):
    for name, parameters, code in [
        ("Foo", "1", "UnknownParameter"),
        ("MaxResults", "many", "InvalidParameterValue"),
        ("StartTime", "noon", "InvalidParameterValue"),
    ]:

        def send(params, **_):
            params["body"][name] = parameters

        ec2.meta.events.register("before-call.ec2.DescribeSpotPriceHistory", send)
        with refused(code):
            ec2.describe_spot_price_history()
        ec2.meta.events.unregister("before-call.ec2.DescribeSpotPriceHistory", send)


def test_the_list_of_what_is_served_says_what_is_always_empty():
    page = (ROOT / "docs" / "operations.md").read_text()
    listed = set(re.findall(r"^\| (\w+) \| read only, always empty \|$", page, re.M))
    assert listed == set(EMPTY) and "| DescribeVpcs |  |" in page
