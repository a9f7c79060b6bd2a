"""What enid does not have is refused by its name. Members that no operation reads, since what holds them is refused as a
whole, are listed in models/exceptions.toml; each is sent here, so that none is ignored."""

import json
import tomllib

import botocore.exceptions
import pytest
from botocore import xform_name
from errors import refused
from network import Network
from servers import ROOT

MODEL = json.loads((ROOT / "models" / "ec2.json").read_text())
SHAPES = MODEL["shapes"]
WORDS = {"boolean": "true", "integer": "1", "long": "1", "double": "1.5", "timestamp": "2027-01-01T00:00:00Z"}


def refused_members():
    """(structure, member) of every member that the list says is refused with what holds it."""
    unread = tomllib.loads((ROOT / "models" / "exceptions.toml").read_text())["unread"]
    for why, names in unread.items():
        if why.startswith("refused as a whole: "):
            for structure, member in (name.split(".") for name in names):
                for each in SHAPES[structure]["members"] if member == "*" else [member]:
                    yield structure, each


def on_the_wire(name, reference):
    spelled = reference.get("locationName", name)
    return reference.get("queryName", spelled[0].upper() + spelled[1:])


def least(shape, path):
    """The fewest parameters that make a value of this shape."""
    kind = SHAPES[shape]["type"]
    if kind == "list":
        return least(SHAPES[shape]["member"]["shape"], f"{path}.1")
    if kind == "structure":
        [name, member] = next(iter(SHAPES[shape]["members"].items()))
        return required(shape, path) or least(member["shape"], f"{path}.{on_the_wire(name, member)}")
    return {path: WORDS.get(kind, "x")}


def required(shape, path):
    members = SHAPES[shape]["members"]
    parameters = {}
    for name in SHAPES[shape].get("required", []):
        parameters |= least(members[name]["shape"], f"{path}.{on_the_wire(name, members[name])}")
    return parameters


def requests(shape, path="", around=None, within=()):
    """(structure, member, parameters) of every member below a shape: the parameters give it and what must stand beside it."""
    if SHAPES[shape]["type"] == "list":
        yield from requests(SHAPES[shape]["member"]["shape"], f"{path}.1", around, within)
    elif SHAPES[shape]["type"] == "structure" and shape not in within:
        beside = (around or {}) | (required(shape, path) if path else {})
        for name, member in SHAPES[shape]["members"].items():
            below = f"{path}.{on_the_wire(name, member)}".lstrip(".")
            yield shape, name, beside | least(member["shape"], below)
            yield from requests(member["shape"], below, beside, (*within, shape))


class World:
    """Requests that would be accepted, were it not for one more parameter."""

    def __init__(self, ec2):
        self.ec2 = ec2
        network = Network(ec2)
        template = ec2.create_launch_template(LaunchTemplateName="base", LaunchTemplateData={"InstanceType": "t3.micro"})
        instance, _ = network.instance()
        image = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["ImageId"]
        data = {"LaunchTemplateData": {"InstanceType": "t3.micro"}}
        interface = network.interface()
        self.accepted = {
            "RunInstances": {"ImageId": image, "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1},
            "CreateLaunchTemplate": {"LaunchTemplateName": "web", **data},
            "CreateLaunchTemplateVersion": {"LaunchTemplateId": template["LaunchTemplate"]["LaunchTemplateId"], **data},
            "CreateNatGateway": {"SubnetId": network.subnet, "ConnectivityType": "private"},
            "CreateVpc": {"CidrBlock": "10.77.0.0/16"},
            "CreateVpcPeeringConnection": {"VpcId": network.vpc, "PeerVpcId": ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]},
            "CreateNetworkInterface": {"SubnetId": network.subnet},
            "AttachNetworkInterface": {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": 1},
            "ModifyNetworkInterfaceAttribute": {"NetworkInterfaceId": interface, "Description": {"Value": "mine"}},
        }

    def send(self, operation, parameters, dry_run=False):
        """Sends the accepted request with parameters of which boto3 need not know; gives the error, if there is one."""

        def add(params, **_):
            params["body"].update(parameters)

        self.ec2.meta.events.register(f"before-call.ec2.{operation}", add)
        try:
            getattr(self.ec2, xform_name(operation))(**self.accepted[operation], DryRun=dry_run)
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]
        finally:
            self.ec2.meta.events.unregister(f"before-call.ec2.{operation}", add)


@pytest.fixture
def world(ec2):
    return World(ec2)


def test_every_member_of_what_is_refused_as_a_whole_is_refused_by_name(world):
    wanted = set(refused_members())
    assert wanted
    sent, wrong = set(), []
    for operation, about in MODEL["operations"].items():
        shape = about.get("input", {}).get("shape")
        for structure, member, parameters in requests(shape) if shape else ():
            if (structure, member) not in wanted:
                continue
            assert operation in world.accepted, f"how to ask for {operation} with {structure}.{member}?"
            sent.add((structure, member))
            error = world.send(operation, parameters) or {"Code": "", "Message": "accepted"}
            named = error["Message"].removeprefix("The parameter ").removesuffix(" is not supported.")
            paths = [".".join(part for part in path.split(".") if not part.isdigit()) for path in parameters]
            if error["Code"] != "UnsupportedOperation" or not all(path.startswith(named) for path in paths):
                wrong.append((operation, parameters, error))
    assert wrong == []
    assert sent == wanted


def test_the_same_requests_are_accepted_without_it(world):
    for operation in world.accepted:
        assert world.send(operation, {}, dry_run=True)["Code"] == "DryRunOperation", operation


INTERFACE = {"NetworkInterface.1.DeviceIndex": "0"}


@pytest.mark.parametrize(
    ("operation", "parameters", "name"),
    [
        ("RunInstances", {"CapacityReservationSpecification.CapacityReservationPreference": "none"}, "CapacityReservationSpecification.CapacityReservationPreference"),
        ("RunInstances", {"CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId": "cr-1"}, "CapacityReservationSpecification.CapacityReservationTarget"),
        ("RunInstances", {"HibernationOptions.Configured": "true"}, "HibernationOptions.Configured"),
        ("RunInstances", {"EnclaveOptions.Enabled": "true"}, "EnclaveOptions.Enabled"),
        ("RunInstances", {"NetworkPerformanceOptions.BandwidthWeighting": "vpc-1"}, "NetworkPerformanceOptions.BandwidthWeighting"),
        ("RunInstances", {"CpuOptions.AmdSevSnp": "enabled"}, "CpuOptions.AmdSevSnp"),
        ("RunInstances", {"CpuOptions.NestedVirtualization": "enabled"}, "CpuOptions.NestedVirtualization"),
        ("RunInstances", {"Monitoring.Enabled": "true", "Monitoring.MetricCategoryId.1": "x"}, "Monitoring.MetricCategoryId"),
        ("RunInstances", {"Placement.GroupName": "near"}, "Placement.GroupName"),
        ("RunInstances", {"Placement.HostId": "h-1"}, "Placement.HostId"),
        ("RunInstances", {"Placement.PartitionNumber": "2"}, "Placement.PartitionNumber"),
        ("RunInstances", {"ImageId": "resolve:ssm:/aws/service/ami"}, "ImageId with resolve:ssm"),
        ("RunInstances", INTERFACE | {"NetworkInterface.1.EnaQueueCount": "2"}, "NetworkInterface.EnaQueueCount"),
        ("RunInstances", INTERFACE | {"NetworkInterface.1.AssociateCarrierIpAddress": "true"}, "NetworkInterface.AssociateCarrierIpAddress"),
        ("RunInstances", INTERFACE | {"NetworkInterface.1.EnaSrdSpecification.EnaSrdEnabled": "true"}, "NetworkInterface.EnaSrdSpecification"),
        (
            "RunInstances",
            INTERFACE | {"NetworkInterface.1.EnaSrdSpecification.EnaSrdUdpSpecification.EnaSrdUdpEnabled": "true"},
            "NetworkInterface.EnaSrdSpecification",
        ),
        ("CreateLaunchTemplate", {"LaunchTemplateData.ImageId": "resolve:ssm:/aws/service/ami"}, "LaunchTemplateData.ImageId with resolve:ssm"),
        ("CreateLaunchTemplate", {"LaunchTemplateData.KernelId": "aki-1"}, "LaunchTemplateData.KernelId"),
        ("CreateLaunchTemplate", {"LaunchTemplateData.RamDiskId": "ari-1"}, "LaunchTemplateData.RamDiskId"),
        ("CreateLaunchTemplateVersion", {"ResolveAlias": "true"}, "ResolveAlias"),
        ("CreateNatGateway", {"AvailabilityMode": "regional"}, "AvailabilityMode other than zonal"),
        ("AttachNetworkInterface", {"EnaQueueCount": "2"}, "EnaQueueCount"),
        ("ModifyNetworkInterfaceAttribute", {"AssociatedSubnetId.1": "subnet-1"}, "AssociatedSubnetId"),
    ],
)
def test_what_asks_for_a_feature_that_is_not_there_is_refused_by_name(world, operation, parameters, name):
    assert world.send(operation, parameters) == {"Code": "UnsupportedOperation", "Message": f"The parameter {name} is not supported."}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}}, "CapacityReservationTarget"),
        ({"HibernationOptions": {"Configured": True}}, "HibernationOptions.Configured"),
        ({"CpuOptions": {"AmdSevSnp": "enabled"}}, "CpuOptions.AmdSevSnp"),
        ({"Placement": {"GroupName": "near"}}, "Placement.GroupName"),
        ({"NetworkPerformanceOptions": {"BandwidthWeighting": "vpc-1"}}, "NetworkPerformanceOptions.BandwidthWeighting"),
    ],
)
def test_what_a_template_may_hold_is_refused_by_name_at_its_launch(ec2, world, data, name):
    given = {"LaunchTemplateName": "asks", "LaunchTemplateData": data}
    ec2.create_launch_template(**given)
    [version] = ec2.describe_launch_template_versions(LaunchTemplateName="asks")["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"] == data
    with refused("UnsupportedOperation", name):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "asks"}, **world.accepted["RunInstances"])
