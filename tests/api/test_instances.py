"""Launching and running instances, as boto3 sees them. Without a data plane every transition ends at once."""

import base64
import time

import pytest
from errors import refused


def image(ec2, architecture="x86_64"):
    found = ec2.describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": [f"al2023-ami-2023.*-kernel-6.1-{architecture}"]}]
    )
    return found["Images"][0]["ImageId"]


def launch(ec2, **more):
    parameters = {"ImageId": image(ec2), "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1, **more}
    return ec2.run_instances(**parameters)


def launch_one(ec2, **more):
    return launch(ec2, **more)["Instances"][0]


def see(ec2, instance):
    return ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]


def wait(ec2, what, *instances):
    ec2.get_waiter(what).wait(
        InstanceIds=[instance["InstanceId"] for instance in instances], WaiterConfig={"Delay": 1, "MaxAttempts": 15}
    )


def addresses(interface):
    return [address["PrivateIpAddress"] for address in interface["PrivateIpAddresses"]]


@pytest.fixture
def subnet(ec2):
    """A subnet of a VPC of the test's own, with an IPv6 block and an internet gateway."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=block.replace("::/56", "::/64"), AvailabilityZone="us-east-1a")
    return made["Subnet"]


def ipv6(subnet, host):
    return subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("::/64", f"::{host}")


def eni(subnet, index=0, **more):
    return {"DeviceIndex": index, "SubnetId": subnet["SubnetId"], **more}


def test_a_launch_without_a_subnet_goes_to_the_default_vpc_and_gets_a_public_address(ec2):
    reservation = launch(ec2)
    assert reservation["ReservationId"].startswith("r-") and reservation["OwnerId"] == "123456789012"
    instance = reservation["Instances"][0]
    assert instance["State"] == {"Code": 0, "Name": "pending"}
    assert instance["StateReason"] == {"Code": "pending", "Message": "pending"}
    assert instance["AmiLaunchIndex"] == 0 and instance["StateTransitionReason"] == ""
    wait(ec2, "instance_exists", instance)
    wait(ec2, "instance_running", instance)
    instance = see(ec2, instance)
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    assert instance["VpcId"] == vpc["VpcId"] and instance["State"] == {"Code": 16, "Name": "running"}
    assert "StateReason" not in instance
    dashes = instance["PublicIpAddress"].replace(".", "-")
    assert instance["PublicIpAddress"].startswith("203.0.113.")
    assert instance["PublicDnsName"] == f"ec2-{dashes}.compute-1.amazonaws.com"
    assert instance["PrivateDnsName"] == f"ip-{instance['PrivateIpAddress'].replace('.', '-')}.ec2.internal"
    [interface] = instance["NetworkInterfaces"]
    assert interface["Association"]["IpOwnerId"] == "amazon"
    assert interface["Association"]["PublicIp"] == instance["PublicIpAddress"]
    assert interface["PrivateIpAddress"] == instance["PrivateIpAddress"] and addresses(interface) == [instance["PrivateIpAddress"]]
    assert interface["Attachment"]["DeviceIndex"] == 0 and interface["Attachment"]["DeleteOnTermination"] is True
    assert interface["Attachment"]["Status"] == "attached" and interface["Status"] == "in-use"
    assert interface["Groups"] == instance["SecurityGroups"] and instance["SecurityGroups"][0]["GroupName"] == "default"
    [volume] = instance["BlockDeviceMappings"]
    assert volume["DeviceName"] == instance["RootDeviceName"] == "/dev/xvda" and volume["Ebs"]["Status"] == "attached"
    assert instance["MetadataOptions"]["HttpTokens"] == "required" and instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert instance["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}


def test_the_answer_to_a_launch_has_no_volume_and_no_public_address_yet(ec2):
    first = launch_one(ec2)
    assert first["BlockDeviceMappings"] == [] and first["PublicDnsName"] == "" and "PublicIpAddress" not in first
    [interface] = first["NetworkInterfaces"]
    assert "Association" not in interface and "Association" not in interface["PrivateIpAddresses"][0]
    assert first["MetadataOptions"]["State"] == "pending"
    then = see(ec2, first)
    assert len(then["BlockDeviceMappings"]) == 1 and then["MetadataOptions"]["State"] == "applied"
    assert then["NetworkInterfaces"][0]["Association"]["PublicIp"] == then["PublicIpAddress"]


def test_the_elastic_ip_of_an_interface_is_in_the_answer_to_its_launch(ec2, subnet):
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address()
    ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=made)
    launched = launch_one(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": made}])
    assert launched["PublicIpAddress"] == address["PublicIp"]


def test_the_interface_says_the_same_as_its_instance(ec2, subnet):
    instance = launch_one(ec2, NetworkInterfaces=[eni(subnet, Description="mine", SecondaryPrivateIpAddressCount=2, Ipv6AddressCount=2)])
    wait(ec2, "instance_running", instance)
    [seen] = see(ec2, instance)["NetworkInterfaces"]
    [own] = ec2.describe_network_interfaces(NetworkInterfaceIds=[seen["NetworkInterfaceId"]])["NetworkInterfaces"]
    for member in ["MacAddress", "Description", "PrivateIpAddress", "Groups", "SubnetId", "VpcId", "SourceDestCheck", "Status"]:
        assert seen[member] == own[member], member
    assert addresses(seen) == addresses(own) and len(addresses(own)) == 3
    assert [a["Ipv6Address"] for a in seen["Ipv6Addresses"]] == [a["Ipv6Address"] for a in own["Ipv6Addresses"]]
    assert own["Attachment"]["InstanceId"] == instance["InstanceId"]


def test_top_level_addressing_members_are_about_the_primary_interface(ec2, subnet):
    group = ec2.create_security_group(VpcId=subnet["VpcId"], GroupName="web", Description="web")["GroupId"]
    instance = launch_one(
        ec2, SubnetId=subnet["SubnetId"], PrivateIpAddress="10.0.1.77", SecurityGroupIds=[group],
        Ipv6Addresses=[{"Ipv6Address": ipv6(subnet, "77")}, {"Ipv6Address": ipv6(subnet, "66")}],
    )
    assert instance["PrivateIpAddress"] == "10.0.1.77" and instance["SecurityGroups"] == [{"GroupId": group, "GroupName": "web"}]
    assert [a["Ipv6Address"] for a in instance["NetworkInterfaces"][0]["Ipv6Addresses"]] == [ipv6(subnet, "77"), ipv6(subnet, "66")]
    assert instance["Ipv6Address"] == ipv6(subnet, "77") and "PublicIpAddress" not in see(ec2, instance)
    counted = launch_one(ec2, SubnetId=subnet["SubnetId"], Ipv6AddressCount=3)
    assert len(counted["NetworkInterfaces"][0]["Ipv6Addresses"]) == 3


def test_secondary_addresses_are_assigned_at_launch(ec2, subnet):
    listed = [
        {"PrivateIpAddress": "10.0.1.10", "Primary": True},
        {"PrivateIpAddress": "10.0.1.12", "Primary": False},
        {"PrivateIpAddress": "10.0.1.11"},
    ]
    instance = launch_one(ec2, NetworkInterfaces=[eni(subnet, PrivateIpAddresses=listed)])
    [interface] = instance["NetworkInterfaces"]
    assert addresses(interface) == ["10.0.1.10", "10.0.1.12", "10.0.1.11"]
    assert [address["Primary"] for address in interface["PrivateIpAddresses"]] == [True, False, False]
    assert instance["PrivateIpAddress"] == "10.0.1.10"


def test_prefixes_are_delegated_at_launch(ec2, subnet):
    wanted = eni(subnet, Ipv4PrefixCount=1, Ipv6Prefixes=[{"Ipv6Prefix": ipv6(subnet, "/80").replace("::/80", ":1::/80")}])
    [interface] = launch_one(ec2, NetworkInterfaces=[wanted])["NetworkInterfaces"]
    assert interface["Ipv4Prefixes"][0]["Ipv4Prefix"].endswith("/28") and len(interface["Ipv6Prefixes"]) == 1
    with refused("UnsupportedOperation", "t2.micro"):
        launch(ec2, InstanceType="t2.micro", NetworkInterfaces=[eni(subnet, Ipv4PrefixCount=1)])


def test_a_second_interface_means_no_automatic_public_address(ec2):
    subnets = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-east-1b"]}])["Subnets"]
    two = [eni(subnets[0]), eni(subnets[0], 1, DeleteOnTermination=False)]
    instance = launch_one(ec2, NetworkInterfaces=two)
    assert [interface["Attachment"]["DeviceIndex"] for interface in instance["NetworkInterfaces"]] == [0, 1]
    assert "PublicIpAddress" not in see(ec2, instance)
    for interfaces, words in [
        ([{**two[0], "AssociatePublicIpAddress": True}, two[1]], "multiple network interfaces"),
        ([eni(subnets[0], 1, AssociatePublicIpAddress=True)], "with DeviceIndex 0"),
    ]:
        with refused("InvalidParameterCombination", words):
            launch(ec2, NetworkInterfaces=interfaces)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_request_decides_on_a_public_address_before_the_subnet(ec2, subnet, wanted):
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": not wanted})
    instance = launch_one(ec2, NetworkInterfaces=[eni(subnet, AssociatePublicIpAddress=wanted)])
    assert ("PublicIpAddress" in see(ec2, instance)) is wanted


def test_an_existing_interface_becomes_the_primary_one_and_is_kept(ec2, subnet):
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"], PrivateIpAddress="10.0.1.50")["NetworkInterface"]
    reuse = [{"DeviceIndex": 0, "NetworkInterfaceId": made["NetworkInterfaceId"]}]
    with refused("InvalidParameterCombination", "with an ID"):
        launch(ec2, NetworkInterfaces=[{**reuse[0], "AssociatePublicIpAddress": True}])
    with refused("InvalidParameterCombination", "both a network interface ID and a subnet"):
        launch(ec2, NetworkInterfaces=[{**reuse[0], "SubnetId": subnet["SubnetId"]}])
    instance = launch_one(ec2, NetworkInterfaces=reuse)
    assert instance["PrivateIpAddress"] == "10.0.1.50" and instance["SubnetId"] == subnet["SubnetId"]
    with refused("InvalidNetworkInterface.InUse", f"Interface: [{made['NetworkInterfaceId']}] in use."):
        launch(ec2, NetworkInterfaces=reuse)
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    wait(ec2, "instance_terminated", instance)
    [kept] = ec2.describe_network_interfaces(NetworkInterfaceIds=[made["NetworkInterfaceId"]])["NetworkInterfaces"]
    assert kept["Status"] == "available" and "Attachment" not in kept


def test_terminating_deletes_interfaces_by_delete_on_termination(ec2, subnet):
    instance = launch_one(ec2, NetworkInterfaces=[eni(subnet), eni(subnet, 1, DeleteOnTermination=False, SecondaryPrivateIpAddressCount=1)])
    wait(ec2, "instance_running", instance)
    goes, stays = see(ec2, instance)["NetworkInterfaces"]
    [answer] = ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])["TerminatingInstances"]
    assert (answer["PreviousState"]["Name"], answer["CurrentState"]["Name"]) == ("running", "shutting-down")
    wait(ec2, "instance_terminated", instance)
    gone = see(ec2, instance)
    assert gone["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert gone["StateTransitionReason"].startswith("User initiated (20") and gone["StateTransitionReason"].endswith(" GMT)")
    assert gone["NetworkInterfaces"] == [] and "VpcId" not in gone and "PrivateIpAddress" not in gone
    with refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{goes['NetworkInterfaceId']}' does not exist"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[goes["NetworkInterfaceId"]])
    [kept] = ec2.describe_network_interfaces(NetworkInterfaceIds=[stays["NetworkInterfaceId"]])["NetworkInterfaces"]
    assert kept["Status"] == "available" and addresses(kept) == addresses(stays)


def test_stop_and_start_keep_addresses_but_change_the_automatic_public_one(ec2):
    instance = launch_one(ec2)
    ids = {"InstanceIds": [instance["InstanceId"]]}
    wait(ec2, "instance_running", instance)
    before = see(ec2, instance)
    [stopped] = ec2.stop_instances(**ids)["StoppingInstances"]
    assert (stopped["PreviousState"]["Name"], stopped["CurrentState"]["Name"]) == ("running", "stopping")
    wait(ec2, "instance_stopped", instance)
    between = see(ec2, instance)
    # Launch times are of whole seconds.
    time.sleep(1)
    assert "PublicIpAddress" not in between and between["PublicDnsName"] == ""
    assert between["StateReason"] == {
        "Code": "Client.UserInitiatedShutdown", "Message": "Client.UserInitiatedShutdown: User initiated shutdown"
    }
    [started] = ec2.start_instances(**ids)["StartingInstances"]
    assert (started["PreviousState"]["Name"], started["CurrentState"]["Name"]) == ("stopped", "pending")
    wait(ec2, "instance_running", instance)
    after = see(ec2, instance)
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"] and "PublicIpAddress" in after
    assert after["LaunchTime"] > before["LaunchTime"] and after["StateTransitionReason"] == ""
    ec2.reboot_instances(**ids)
    assert see(ec2, instance)["State"]["Name"] == "running"


def test_states_refuse_what_ec2_refuses(ec2):
    instance = launch_one(ec2, DisableApiTermination=True, DisableApiStop=True)
    ids = {"InstanceIds": [instance["InstanceId"]]}
    wait(ec2, "instance_running", instance)
    with refused("OperationNotPermitted", "may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."):
        ec2.terminate_instances(**ids)
    with refused("OperationNotPermitted", "may not be stopped. Modify its 'disableApiStop' instance attribute and try again."):
        ec2.stop_instances(**ids)
    other = launch_one(ec2)
    wait(ec2, "instance_running", other)
    ec2.terminate_instances(InstanceIds=[other["InstanceId"]])
    wait(ec2, "instance_terminated", other)
    ids = {"InstanceIds": [other["InstanceId"]]}
    for operation, done in [(ec2.start_instances, "started"), (ec2.stop_instances, "stopped")]:
        with refused("IncorrectInstanceState", f"The instance '{other['InstanceId']}' is not in a state from which it can be {done}."):
            operation(**ids)
    [again] = ec2.terminate_instances(**ids)["TerminatingInstances"]
    assert again["PreviousState"]["Name"] == again["CurrentState"]["Name"] == "terminated"
    ec2.reboot_instances(**ids)
    assert see(ec2, other)["State"]["Name"] == "terminated"
    for unknown, words in [
        (["i-00000000"], "The instance ID 'i-00000000' does not exist"),
        (["i-00000000", "i-00000001"], "The instance IDs 'i-00000000, i-00000001' do not exist"),
    ]:
        with refused("InvalidInstanceID.NotFound", words):
            ec2.stop_instances(InstanceIds=unknown)
        with refused("InvalidInstanceID.NotFound", words):
            ec2.describe_instances(InstanceIds=unknown)
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "x"'):
        ec2.describe_instances(InstanceIds=["x"])


def test_a_terminated_instance_shows_what_it_was_but_not_where(ec2, subnet):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "k", "Value": "v"}]}]
    instance = launch_one(ec2, SubnetId=subnet["SubnetId"], TagSpecifications=tags)
    wait(ec2, "instance_running", instance)
    before = see(ec2, instance)
    assert before["MetadataOptions"]["State"] == "applied"
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    wait(ec2, "instance_terminated", instance)
    shown = see(ec2, instance)
    gone = {"VpcId", "SubnetId", "PrivateIpAddress", "SourceDestCheck", "PrivateDnsNameOptions", "Ipv6Address"}
    assert set(before) - set(shown) == gone & set(before) and not gone & set(shown)
    for name in ["NetworkInterfaces", "SecurityGroups", "BlockDeviceMappings"]:
        assert shown[name] == [], name
    assert (shown["PrivateDnsName"], shown["PublicDnsName"]) == ("", "")
    assert shown["MetadataOptions"] == {**before["MetadataOptions"], "State": "pending"}
    assert shown["Tags"] == before["Tags"] and shown["LaunchTime"] == before["LaunchTime"]
    assert shown["StateReason"]["Code"] == "Client.UserInitiatedShutdown"


def test_a_refused_call_changes_none_of_its_instances(ec2):
    free, protected = launch_one(ec2), launch_one(ec2, DisableApiTermination=True)
    wait(ec2, "instance_running", free, protected)
    with refused("OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[free["InstanceId"], protected["InstanceId"]])
    assert see(ec2, free)["State"]["Name"] == "running"


def test_limits_of_the_type_hold_at_launch(ec2, subnet):
    with refused("InvalidInterface.IpAddressLimitExceeded", "exceeds the limit for t3.micro"):
        launch(ec2, InstanceType="t3.micro", NetworkInterfaces=[eni(subnet, SecondaryPrivateIpAddressCount=2)])
    with refused("AttachmentLimitExceeded", "Interface count 4 exceeds the limit for m5.large"):
        launch(ec2, NetworkInterfaces=[eni(subnet, index) for index in range(4)])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_instances()["Reservations"] == []


def test_addresses_at_launch_are_checked(ec2, subnet):
    launch(ec2, SubnetId=subnet["SubnetId"], PrivateIpAddress="10.0.1.9")
    for address, code, words in [
        ("10.0.1.9", "InvalidIPAddress.InUse", "Address 10.0.1.9 is in use."),
        ("10.0.2.9", "InvalidParameterValue", "Address does not fall within the subnet's address range"),
        ("10.0.1.2", "InvalidParameterValue", "Address 10.0.1.2 is in subnet's reserved address range"),
        ("ten", "InvalidParameterValue", "invalid value for parameter address: ten"),
    ]:
        with refused(code, words):
            launch(ec2, SubnetId=subnet["SubnetId"], PrivateIpAddress=address)
    listed = [{"PrivateIpAddress": "10.0.1.20", "Primary": True}, {"PrivateIpAddress": "10.0.1.21", "Primary": True}]
    with refused("InvalidParameterCombination", "Only one primary private IP address can be specified."):
        launch(ec2, NetworkInterfaces=[eni(subnet, PrivateIpAddresses=listed)])


def test_members_that_do_not_go_together_are_refused(ec2, subnet):
    one = [eni(subnet)]
    for more, words in [
        ({"SubnetId": subnet["SubnetId"]}, "Network interfaces and an instance-level subnet ID"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "Network interfaces and an instance-level security groups"),
        ({"PrivateIpAddress": "10.0.1.5"}, "Network interfaces and an instance-level private IP address"),
    ]:
        with refused("InvalidParameterCombination", words):
            launch(ec2, NetworkInterfaces=one, **more)
    with refused("InvalidParameterCombination", "both a security group ID and a security group name"):
        launch(ec2, SecurityGroups=["default"], SecurityGroupIds=["sg-00000000"])
    with refused("InvalidParameterValue", "InterfaceType"):
        launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "InterfaceType": "colour"}])
    with refused("InvalidParameterCombination", "The parameter groupName cannot be used with the parameter subnet"):
        launch(ec2, SubnetId=subnet["SubnetId"], SecurityGroups=["default"])
    with refused("InvalidParameter", "Each network interface requires a device index."):
        launch(ec2, NetworkInterfaces=[{"SubnetId": subnet["SubnetId"]}])


def test_what_cannot_be_honoured_is_refused_by_name(ec2):
    for member, value in [
        ("KernelId", "aki-00000000"),
        ("InstanceMarketOptions", {"MarketType": "spot"}),
        ("HibernationOptions", {"Configured": True}),
        ("EnclaveOptions", {"Enabled": True}),
        ("Placement", {"GroupName": "cluster"}),
        ("BlockDeviceMappings", [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}]),
    ]:
        with refused("UnsupportedOperation", member.rstrip("s")):
            launch(ec2, **{member: value})


def test_images_types_keys_and_user_data_are_checked(ec2):
    with refused("InvalidAMIID.NotFound", "The image id '[ami-00000000]' does not exist"):
        launch(ec2, ImageId="ami-00000000")
    with refused("InvalidParameterValue", "Invalid value 'm5.huge' for InstanceType."):
        launch(ec2, InstanceType="m5.huge")
    with refused("InvalidParameterValue", "does not match the architecture 'arm64' of the specified AMI"):
        launch(ec2, ImageId=image(ec2, "arm64"))
    with refused("InvalidKeyPair.NotFound", "The key pair 'mine' does not exist"):
        launch(ec2, KeyName="mine")
    with refused("InvalidParameterValue", "User data is limited to 16384 bytes"):
        launch(ec2, UserData="x" * 16385)
    with refused("InvalidBlockDeviceMapping", "Volume of size 4GB is smaller than snapshot"):
        launch(ec2, BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}}])
    with refused("MissingParameter", "ImageId"):
        ec2.run_instances(MinCount=1, MaxCount=1)
    assert ec2.describe_instances()["Reservations"] == []


def test_a_launch_of_several_has_one_reservation_and_tags_on_everything(ec2):
    tags = [{"ResourceType": kind, "Tags": [{"Key": "of", "Value": kind}]} for kind in ("instance", "volume", "network-interface")]
    reservation = launch(ec2, MinCount=3, MaxCount=3, TagSpecifications=tags, KeyName=ec2.create_key_pair(KeyName="k", KeyType="ed25519")["KeyName"])
    assert [instance["AmiLaunchIndex"] for instance in reservation["Instances"]] == [0, 1, 2]
    for instance in reservation["Instances"]:
        assert instance["Tags"] == [{"Key": "of", "Value": "instance"}] and instance["KeyName"] == "k"
    found = ec2.describe_network_interfaces(Filters=[{"Name": "tag:of", "Values": ["network-interface"]}])["NetworkInterfaces"]
    assert len(found) == 3
    [again] = ec2.describe_instances(Filters=[{"Name": "tag:of", "Values": ["instance"]}])["Reservations"]
    assert again["ReservationId"] == reservation["ReservationId"] and len(again["Instances"]) == 3
    assert len(ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["volume"]}])["Tags"]) == 3


def test_as_many_are_launched_as_addresses_allow_between_the_counts(ec2, subnet):
    small = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    with refused("InsufficientFreeAddressesInSubnet", "to satisfy the requested number of instances."):
        launch(ec2, SubnetId=small, MinCount=12, MaxCount=20)
    assert len(launch(ec2, SubnetId=small, MinCount=2, MaxCount=20)["Instances"]) == 11


def test_addresses_are_named_for_one_instance_only(ec2, subnet):
    primary = {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"]}
    for named in [
        {"SubnetId": subnet["SubnetId"], "PrivateIpAddress": "10.0.1.100"},
        {"NetworkInterfaces": [primary | {"PrivateIpAddress": "10.0.1.100"}]},
        {"NetworkInterfaces": [primary | {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.100"}]}]},
        {"NetworkInterfaces": [primary | {"Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.64/28"}]}]},
        {"NetworkInterfaces": [primary | {"Ipv6Addresses": [{"Ipv6Address": "2001:db8:1::1"}]}]},
    ]:
        for least in (1, 2):
            with refused("InvalidParameterCombination", "only when launching one instance"):
                launch(ec2, MinCount=least, MaxCount=2, **named)
    assert len(launch(ec2, MinCount=2, MaxCount=2, NetworkInterfaces=[primary | {"SecondaryPrivateIpAddressCount": 1}])["Instances"]) == 2


def test_a_client_token_launches_once(ec2):
    first = launch(ec2, ClientToken="once")
    assert launch(ec2, ClientToken="once")["ReservationId"] == first["ReservationId"]
    assert first["Instances"][0]["ClientToken"] == "once"
    with refused("IdempotentParameterMismatch"):
        launch(ec2, ClientToken="once", InstanceType="t3.micro")
    with refused("DryRunOperation"):
        launch(ec2, DryRun=True)
    assert len(ec2.describe_instances()["Reservations"]) == 1


def test_filters(ec2, subnet):
    instance = launch_one(ec2, SubnetId=subnet["SubnetId"], UserData="#!/bin/sh", Monitoring={"Enabled": True})
    launch(ec2, InstanceType="t3.micro")
    wait(ec2, "instance_running", instance)
    instance = see(ec2, instance)
    [interface] = instance["NetworkInterfaces"]
    address = ec2.allocate_address()
    ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=interface["NetworkInterfaceId"])
    for name, value in {
        "availability-zone": "us-east-1a",
        "image-id": instance["ImageId"],
        "instance-type": "m5.*",
        "private-ip-address": instance["PrivateIpAddress"],
        "ip-address": address["PublicIp"],
        "subnet-id": subnet["SubnetId"],
        "vpc-id": subnet["VpcId"],
        "monitoring-state": "enabled",
        "instance.group-name": "default",
        "network-interface.network-interface-id": interface["NetworkInterfaceId"],
        "network-interface.addresses.private-ip-address": interface["PrivateIpAddress"],
        "network-interface.mac-address": interface["MacAddress"],
        "network-interface.attachment.attachment-id": interface["Attachment"]["AttachmentId"],
        "network-interface.association.allocation-id": address["AllocationId"],
        "network-interface.addresses.association.public-ip": address["PublicIp"],
        "block-device-mapping.volume-id": instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"],
    }.items():
        filters = [{"Name": name, "Values": [value]}, {"Name": "instance-type", "Values": ["m5.large"]}]
        found = ec2.describe_instances(Filters=filters)["Reservations"]
        assert [i["InstanceId"] for r in found for i in r["Instances"]] == [instance["InstanceId"]], name
    with refused("InvalidParameterValue", "The filter 'color' is invalid"):
        ec2.describe_instances(Filters=[{"Name": "color", "Values": ["red"]}])


def test_pages_count_instances(ec2):
    launch(ec2, MinCount=7, MaxCount=7)
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    counts = [sum(len(r["Instances"]) for r in page["Reservations"]) for page in pages]
    assert counts == [5, 2]
    with refused("InvalidParameterCombination"):
        first = pages[0]["Reservations"][0]["Instances"][0]
        ec2.describe_instances(InstanceIds=[first["InstanceId"]], MaxResults=5)


def test_zones_pick_default_subnets(ec2, subnet):
    assert launch_one(ec2, Placement={"AvailabilityZone": "us-east-1c"})["Placement"]["AvailabilityZone"] == "us-east-1c"
    assert launch_one(ec2, Placement={"AvailabilityZoneId": "use1-az2"})["Placement"]["AvailabilityZone"] == "us-east-1b"
    with refused("InvalidParameterValue", "Invalid availability zone: [us-east-1z]"):
        launch(ec2, Placement={"AvailabilityZone": "us-east-1z"})
    with refused("InvalidParameterValue", "us-east-1c"):
        launch(ec2, SubnetId=subnet["SubnetId"], Placement={"AvailabilityZone": "us-east-1c"})


def stopped_instance(ec2, **more):
    instance = launch_one(ec2, **more)
    wait(ec2, "instance_running", instance)
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    wait(ec2, "instance_stopped", instance)
    return instance


def test_status_checks_pass_and_their_waiters_too(ec2):
    instance, stopped = launch_one(ec2), stopped_instance(ec2)
    wait(ec2, "instance_running", instance)
    wait(ec2, "instance_status_ok", instance)
    wait(ec2, "system_status_ok", instance)
    [status] = ec2.describe_instance_status()["InstanceStatuses"]
    assert status["InstanceId"] == instance["InstanceId"]
    assert status["SystemStatus"] == {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}
    statuses = ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert {s["InstanceId"]: s["InstanceStatus"]["Status"] for s in statuses} == {
        instance["InstanceId"]: "ok", stopped["InstanceId"]: "not-applicable"
    }


def attribute(ec2, instance, name):
    answer = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute=name)
    value = answer[name[0].upper() + name[1:]] if name != "groupSet" else answer["Groups"]
    return value.get("Value") if isinstance(value, dict) else value


def modify(ec2, instance, **change):
    ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], **change)


def test_user_data_is_kept_and_changed_while_stopped(ec2):
    instance = launch_one(ec2, UserData="#!/bin/sh\necho hello\n")
    assert base64.b64decode(attribute(ec2, instance, "userData")) == b"#!/bin/sh\necho hello\n"
    wait(ec2, "instance_running", instance)
    with refused("IncorrectInstanceState", f"The instance '{instance['InstanceId']}' is not in the 'stopped' state."):
        modify(ec2, instance, UserData={"Value": b"new"})
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    wait(ec2, "instance_stopped", instance)
    modify(ec2, instance, UserData={"Value": b"new"})
    assert base64.b64decode(attribute(ec2, instance, "userData")) == b"new"
    modify(ec2, instance, UserData={"Value": b""})
    assert attribute(ec2, instance, "userData") is None


def test_protection_is_switched_on_and_off(ec2):
    instance = launch_one(ec2)
    wait(ec2, "instance_running", instance)
    modify(ec2, instance, DisableApiTermination={"Value": True})
    modify(ec2, instance, Attribute="disableApiStop", Value="true")
    assert attribute(ec2, instance, "disableApiTermination") is True and attribute(ec2, instance, "disableApiStop") is True
    with refused("OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    modify(ec2, instance, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    wait(ec2, "instance_terminated", instance)
    with refused("IncorrectInstanceState", "not in a state from which it can be modified"):
        modify(ec2, instance, DisableApiTermination={"Value": True})


def test_a_stopped_instance_changes_its_type_within_the_new_types_limits(ec2, subnet):
    instance = stopped_instance(ec2, NetworkInterfaces=[eni(subnet, SecondaryPrivateIpAddressCount=4), eni(subnet, 1), eni(subnet, 2)])
    with refused("AttachmentLimitExceeded", "Interface count 3 exceeds the limit for t3.micro"):
        modify(ec2, instance, InstanceType={"Value": "t3.micro"})
    with refused("InvalidInterface.IpAddressLimitExceeded", "Address count 5 on interface eni-"):
        modify(ec2, instance, InstanceType={"Value": "t3.small"})
    modify(ec2, instance, InstanceType={"Value": "m5.xlarge"})
    assert attribute(ec2, instance, "instanceType") == "m5.xlarge"
    assert see(ec2, instance)["CpuOptions"]["CoreCount"] == 2


def test_attributes_of_the_sole_interface(ec2, subnet):
    instance = launch_one(ec2, SubnetId=subnet["SubnetId"])
    group = ec2.create_security_group(VpcId=subnet["VpcId"], GroupName="web", Description="web")["GroupId"]
    modify(ec2, instance, SourceDestCheck={"Value": False})
    modify(ec2, instance, Groups=[group])
    assert attribute(ec2, instance, "sourceDestCheck") is False
    assert attribute(ec2, instance, "groupSet") == [{"GroupId": group, "GroupName": "web"}]
    assert see(ec2, instance)["SourceDestCheck"] is False
    ec2.reset_instance_attribute(InstanceId=instance["InstanceId"], Attribute="sourceDestCheck")
    assert see(ec2, instance)["NetworkInterfaces"][0]["SourceDestCheck"] is True
    two = launch_one(ec2, NetworkInterfaces=[eni(subnet), eni(subnet, 1)])
    for change in ({"SourceDestCheck": {"Value": False}}, {"Groups": [group]}):
        with refused("InvalidInstanceID", f"There are multiple interfaces attached to instance '{two['InstanceId']}'."):
            modify(ec2, two, **change)


def test_one_attribute_a_call(ec2):
    instance = launch_one(ec2)
    with refused("InvalidParameterCombination", "Fields for multiple attribute types specified"):
        modify(ec2, instance, DisableApiStop={"Value": True}, DisableApiTermination={"Value": True})
    with refused("InvalidParameterCombination", "No attributes specified."):
        modify(ec2, instance)
    with refused("InvalidParameterValue", "Unknown attribute"):
        attribute(ec2, instance, "color")


def test_metadata_options_are_changed(ec2):
    instance = launch_one(ec2)
    answer = ec2.modify_instance_metadata_options(InstanceId=instance["InstanceId"], HttpTokens="optional", HttpPutResponseHopLimit=5)
    assert answer["InstanceMetadataOptions"]["State"] == "pending"
    options = see(ec2, instance)["MetadataOptions"]
    assert options == {
        "State": "applied", "HttpTokens": "optional", "HttpPutResponseHopLimit": 5, "HttpEndpoint": "enabled",
        "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
    }
    with refused("InvalidParameterValue", "HttpPutResponseHopLimit"):
        ec2.modify_instance_metadata_options(InstanceId=instance["InstanceId"], HttpPutResponseHopLimit=65)


def test_monitoring_is_switched(ec2):
    instance = launch_one(ec2)
    ids = {"InstanceIds": [instance["InstanceId"]]}
    assert ec2.monitor_instances(**ids)["InstanceMonitorings"][0]["Monitoring"]["State"] == "pending"
    assert see(ec2, instance)["Monitoring"]["State"] == "enabled"
    assert ec2.unmonitor_instances(**ids)["InstanceMonitorings"][0]["Monitoring"]["State"] == "disabling"
    assert see(ec2, instance)["Monitoring"]["State"] == "disabled"


def test_an_ipv6_only_subnet_takes_what_does_without_ipv4(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    [block] = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    cidr = block["Ipv6CidrBlock"].replace("/56", "/64")
    native = ec2.create_subnet(VpcId=vpc, Ipv6Native=True, Ipv6CidrBlock=cidr)["Subnet"]["SubnetId"]
    with refused("UnsupportedOperation", "IPv6-only subnets are not supported for instance type t2.micro"):
        launch(ec2, SubnetId=native, InstanceType="t2.micro")
    with refused("InvalidParameterValue", f"The subnet '{native}' does not have an associated IPv4 CIDR block."):
        launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": native, "AssociatePublicIpAddress": True}])
    with refused("InvalidParameterValue", "HostnameType"):
        launch(ec2, SubnetId=native, PrivateDnsNameOptions={"HostnameType": "ip-name"})
    instance = launch_one(ec2, SubnetId=native)
    assert instance["PrivateDnsName"].startswith(instance["InstanceId"]) and "PrivateIpAddress" not in instance


def test_credits_are_those_of_burstable_types(ec2):
    def credits(instance):
        ids = [instance["InstanceId"]]
        return ec2.describe_instance_credit_specifications(InstanceIds=ids)["InstanceCreditSpecifications"][0]["CpuCredits"]

    t2 = launch_one(ec2, InstanceType="t2.micro")
    t3 = launch_one(ec2, InstanceType="t3.micro")
    assert (credits(t2), credits(t3)) == ("standard", "unlimited")
    assert credits(launch_one(ec2, InstanceType="t3.micro", CreditSpecification={"CpuCredits": "standard"})) == "standard"
    listed = ec2.describe_instance_credit_specifications()["InstanceCreditSpecifications"]
    assert [item["InstanceId"] for item in listed] == [t3["InstanceId"]]
    assert credits(launch_one(ec2)) == "standard"
    # What is not listed takes no place on a page.
    launch(ec2, InstanceType="t2.micro", MinCount=5, MaxCount=5)
    page = ec2.describe_instance_credit_specifications(MaxResults=5)
    assert page["InstanceCreditSpecifications"] == listed and "NextToken" not in page
    with refused("InvalidParameterCombination", "m5.large"):
        launch(ec2, CreditSpecification={"CpuCredits": "standard"})


def test_a_profile_that_the_configuration_does_not_name_does_not_exist(ec2):
    invalid = "Value ({}) for parameter iamInstanceProfile.{} is invalid. Invalid IAM Instance Profile {}"
    arn = "arn:aws:iam::123456789012:instance-profile/web"
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"IamInstanceProfile": {"Name": "web"}})
    for given, said in (
        ({"IamInstanceProfile": {"Name": "web"}}, ("web", "name", "name")),
        ({"IamInstanceProfile": {"Arn": arn}}, (arn, "arn", "ARN")),
        ({"LaunchTemplate": {"LaunchTemplateName": "web"}}, ("web", "name", "name")),
    ):
        with refused("InvalidParameterValue", invalid.format(*said)):
            launch(ec2, **given)
    assert ec2.describe_instances()["Reservations"] == []


@pytest.fixture
def with_profile(start, session, tmp_path):
    """A client of a server whose configuration names the instance profile `web`."""
    config = tmp_path / "profiles.toml"
    config.write_text('[iam]\ninstance_profiles = ["web"]\n')
    return start("--ephemeral", "--fabric", "none", "--config", config).client(session)


def test_profiles_of_another_account_do_not_exist(with_profile):
    arn = "arn:aws:iam::999999999999:instance-profile/web"
    with refused("InvalidParameterValue", arn):
        launch(with_profile, IamInstanceProfile={"Arn": arn})
    launched = launch_one(with_profile, IamInstanceProfile={"Arn": "arn:aws:iam::123456789012:instance-profile/path/web"})
    assert see(with_profile, launched)["IamInstanceProfile"]["Arn"].endswith("/path/web")


def test_profiles_are_associated_at_launch(with_profile):
    ec2 = with_profile
    instance = launch_one(ec2, IamInstanceProfile={"Name": "web"})
    [association] = ec2.describe_iam_instance_profile_associations(
        Filters=[{"Name": "instance-id", "Values": [instance["InstanceId"]]}]
    )["IamInstanceProfileAssociations"]
    assert association["IamInstanceProfile"]["Arn"] == "arn:aws:iam::123456789012:instance-profile/web"
    assert association["State"] == "associated" and see(ec2, instance)["IamInstanceProfile"] == association["IamInstanceProfile"]
    ids = [association["AssociationId"]]
    assert ec2.describe_iam_instance_profile_associations(AssociationIds=ids)["IamInstanceProfileAssociations"] == [association]
    launch(ec2, MinCount=5, MaxCount=5)
    page = ec2.describe_iam_instance_profile_associations(MaxResults=5)
    assert page["IamInstanceProfileAssociations"] == [association] and "NextToken" not in page
    with refused("InvalidAssociationID.NotFound", "The association ID 'iip-assoc-00000000' does not exist"):
        ec2.describe_iam_instance_profile_associations(AssociationIds=["iip-assoc-00000000"])


def test_the_console_is_empty_without_a_machine(ec2):
    answer = ec2.get_console_output(InstanceId=launch_one(ec2)["InstanceId"])
    assert answer["Output"] == "" and "Timestamp" in answer


def test_root_volumes_follow_their_instances(ec2):
    wanted = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Iops": 4000}}]
    goes = launch_one(ec2, BlockDeviceMappings=wanted)
    stays = launch_one(ec2, BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": False}}])
    ids = [see(ec2, instance)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"] for instance in (goes, stays)]
    ec2.get_waiter("volume_in_use").wait(VolumeIds=ids, WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    [volume] = ec2.describe_volumes(VolumeIds=ids[:1])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Iops"], volume["Throughput"]) == (20, "gp3", 4000, 125)
    assert volume["Attachments"][0]["InstanceId"] == goes["InstanceId"] and volume["State"] == "in-use"
    [status] = ec2.describe_volume_status(VolumeIds=ids[:1])["VolumeStatuses"]
    assert status["VolumeStatus"]["Status"] == "ok"
    found = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [stays["InstanceId"]]}])["Volumes"]
    assert [volume["VolumeId"] for volume in found] == ids[1:]
    ec2.terminate_instances(InstanceIds=[goes["InstanceId"], stays["InstanceId"]])
    wait(ec2, "instance_terminated", goes, stays)
    ec2.get_waiter("volume_deleted").wait(VolumeIds=ids[:1], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    ec2.get_waiter("volume_available").wait(VolumeIds=ids[1:], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    with refused("InvalidVolume.NotFound", f"The volume '{ids[0]}' does not exist"):
        ec2.describe_volumes(VolumeIds=ids[:1])
