"""Network interfaces, as boto3 sees them."""

import re

import pytest
from errors import refused
from network import Network


@pytest.fixture
def net(ec2):
    return Network(ec2)


def ids(answer):
    return [interface["NetworkInterfaceId"] for interface in answer["NetworkInterfaces"]]


def test_a_new_interface_is_pending_and_then_available(net):
    made = net.ec2.create_network_interface(SubnetId=net.subnet, PrivateIpAddress="10.0.0.10")["NetworkInterface"]
    assert made["Status"] == "pending"
    waiter = net.ec2.get_waiter("network_interface_available")
    waiter.wait(NetworkInterfaceIds=[made["NetworkInterfaceId"]], WaiterConfig={"Delay": 0.01, "MaxAttempts": 2})
    interface = net.describe(made["NetworkInterfaceId"])
    assert interface == made | {"Status": "available"}
    assert re.fullmatch(r"eni-[0-9a-f]{17}", interface["NetworkInterfaceId"])
    assert re.fullmatch(r"0[26ae](:[0-9a-f]{2}){5}", interface["MacAddress"])
    assert (interface["Description"], interface["InterfaceType"], interface["SourceDestCheck"]) == ("", "interface", True)
    assert (interface["VpcId"], interface["SubnetId"], interface["AvailabilityZone"]) == (net.vpc, net.subnet, "us-east-1a")
    assert (interface["OwnerId"], interface["RequesterManaged"], interface["TagSet"]) == ("123456789012", False, [])
    assert [group["GroupName"] for group in interface["Groups"]] == ["default"]
    assert interface["PrivateIpAddress"] == "10.0.0.10"
    assert interface["PrivateIpAddresses"] == [{"Primary": True, "PrivateIpAddress": "10.0.0.10"}]
    assert interface["Ipv6Addresses"] == [] and "Attachment" not in interface and "Association" not in interface


def test_names_follow_the_vpc_s_dns_hostnames(net):
    interface = net.interface("10.0.0.10")
    assert "PrivateDnsName" not in net.describe(interface)
    net.ec2.modify_vpc_attribute(VpcId=net.vpc, EnableDnsHostnames={"Value": True})
    net.ec2.associate_address(AllocationId=net.elastic_ip(), NetworkInterfaceId=interface)
    described = net.describe(interface)
    assert described["PrivateDnsName"] == "ip-10-0-0-10.ec2.internal"
    net.interface("10.0.0.11")
    named = [{"Name": "private-dns-name", "Values": ["ip-10-0-0-10.ec2.internal"]}]
    assert ids(net.ec2.describe_network_interfaces(Filters=named)) == [interface]
    public = described["Association"]["PublicIp"].replace(".", "-")
    assert described["Association"]["PublicDnsName"] == f"ec2-{public}.compute-1.amazonaws.com"


def test_addresses_of_every_kind_can_be_asked_for_at_creation(net):
    listed = [{"PrivateIpAddress": "10.0.0.12"}, {"PrivateIpAddress": "10.0.0.10", "Primary": True}, {"PrivateIpAddress": "10.0.0.11"}]
    named = net.interface(PrivateIpAddresses=listed, Ipv6Addresses=[{"Ipv6Address": net.ipv6_address("a")}])
    assert net.addresses(named) == ["10.0.0.10", "10.0.0.12", "10.0.0.11"]
    assert net.ipv6_addresses(named) == [net.ipv6_address("a")]
    counted = net.interface(SecondaryPrivateIpAddressCount=3, Ipv6AddressCount=2)
    assert (len(net.addresses(counted)), len(net.ipv6_addresses(counted))) == (4, 2)
    # Without a primary one in the list, EC2 picks it.
    listed = [{"PrivateIpAddress": "10.0.1.50", "Primary": False}]
    assert net.addresses(net.interface(SubnetId=net.ipv4_subnet, PrivateIpAddresses=listed))[1:] == ["10.0.1.50"]
    prefixes = net.describe(net.interface(Ipv4PrefixCount=2, Ipv6PrefixCount=1))
    assert (len(prefixes["Ipv4Prefixes"]), len(prefixes["Ipv6Prefixes"])) == (2, 1)
    elsewhere = net.make_subnet("10.0.4.0/24")
    named = net.describe(net.interface(SubnetId=elsewhere, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.4.128/28"}]))
    assert named["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.4.128/28"}]


@pytest.mark.parametrize(
    "members",
    [
        {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.11"}], "SecondaryPrivateIpAddressCount": 1},
        {"SecondaryPrivateIpAddressCount": 1, "Ipv4PrefixCount": 1},
        {"Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.32/28"}], "Ipv4PrefixCount": 1},
        {"Ipv6AddressCount": 1, "Ipv6PrefixCount": 1},
        {"PrivateIpAddress": "10.0.0.10", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.11", "Primary": True}]},
        {"PrivateIpAddresses": [{"PrivateIpAddress": f"10.0.0.{last}", "Primary": True} for last in (10, 11)]},
        {"EnablePrimaryIpv6": True},
    ],
)
def test_members_that_do_not_go_together_are_refused(net, members):
    if "EnablePrimaryIpv6" in members:
        members = members | {"SubnetId": net.ipv4_subnet}
    with refused("InvalidParameterCombination"):
        net.interface(**members)
    assert ids(net.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [net.vpc]}])) == []


def test_a_subnet_that_does_not_exist_or_is_not_named_is_refused(ec2):
    with refused("InvalidSubnetID.NotFound", "The subnet ID 'subnet-0123456789abcdef0' does not exist"):
        ec2.create_network_interface(SubnetId="subnet-0123456789abcdef0")
    with refused("MissingParameter"):
        ec2.create_network_interface()


def test_groups_are_at_most_five_of_the_same_vpc(net):
    groups = [net.ec2.create_security_group(GroupName=f"g{n}", Description="d", VpcId=net.vpc)["GroupId"] for n in range(6)]
    interface = net.interface(Groups=groups[:5])
    assert [group["GroupId"] for group in net.describe(interface)["Groups"]] == groups[:5]
    with refused("SecurityGroupsPerInterfaceLimitExceeded"):
        net.interface(Groups=groups)
    with refused("SecurityGroupsPerInterfaceLimitExceeded"):
        net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)
    foreign = net.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    foreign = next(group["GroupId"] for group in foreign if group["VpcId"] != net.vpc)
    with refused("InvalidParameter", "belong to different networks"):
        net.interface(Groups=[foreign])
    with refused("InvalidGroup.NotFound", "The security group 'sg-0123456789abcdef0' does not exist"):
        net.interface(Groups=["sg-0123456789abcdef0"])
    net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[groups[5]])
    assert [group["GroupId"] for group in net.describe(interface)["Groups"]] == [groups[5]]


def test_a_deleted_interface_is_gone(net):
    interface = net.interface("10.0.0.10")
    net.ec2.delete_network_interface(NetworkInterfaceId=interface)
    for call in [lambda: net.ec2.delete_network_interface(NetworkInterfaceId=interface), lambda: net.describe(interface)]:
        with refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{interface}' does not exist"):
            call()
    net.interface("10.0.0.10")


def test_tags_are_given_at_creation(net):
    tags = [{"Key": "node", "Value": "a"}]
    interface = net.interface(TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}])
    assert net.describe(interface)["TagSet"] == tags
    for name, value in [("tag:node", "a"), ("tag-key", "no?e")]:
        assert ids(net.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])) == [interface]
    with refused("InvalidParameterValue"):
        net.interface(TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])


def test_every_filter_finds_its_interface_and_no_other(net):
    group = net.ec2.create_security_group(GroupName="web", Description="d", VpcId=net.vpc)["GroupId"]
    other_subnet = net.make_subnet("10.0.3.0/24", zone="us-east-1b")
    net.interface(SubnetId=other_subnet)
    mine = net.interface(
        "10.0.0.10", Description="mine", Groups=[group], InterfaceType="trunk", Ipv6Addresses=[{"Ipv6Address": net.ipv6_address("a")}]
    )
    net.assign(mine, "10.0.0.11")
    net.ec2.modify_network_interface_attribute(NetworkInterfaceId=mine, SourceDestCheck={"Value": False})
    elastic = net.elastic_ip()
    association = net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=mine)["AssociationId"]
    public = net.address(elastic)["PublicIp"]
    for name, value in [
        ("addresses.association.owner-id", "123456789012"),
        ("addresses.association.public-ip", public),
        ("addresses.primary", "false"),
        ("addresses.private-ip-address", "10.0.0.11"),
        ("association.allocation-id", elastic),
        ("association.association-id", association),
        ("association.ip-owner-id", "123456789012"),
        ("association.public-ip", public),
        ("availability-zone", "us-east-1a"),
        ("availability-zone-id", "use1-az1"),
        ("description", "mine"),
        ("group-id", group),
        ("group-name", "web"),
        ("interface-type", "trunk"),
        ("ipv6-addresses.ipv6-address", net.ipv6_address("a")),
        ("mac-address", net.describe(mine)["MacAddress"]),
        ("network-interface-id", mine),
        ("private-ip-address", "10.0.0.10"),
        ("private-ip-address", "10.0.0.1?"),
        ("source-dest-check", "false"),
        ("subnet-id", net.subnet),
    ]:
        assert ids(net.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])) == [mine], name
    for name, value in [
        ("owner-id", "123456789012"),
        ("requester-managed", "false"),
        ("requester-id", "123456789012"),
        ("operator.managed", "false"),
        ("status", "available"),
        ("vpc-id", net.vpc),
    ]:
        assert len(ids(net.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}]))) == 2, name
    for name in ["attachment.status", "attachment.instance-id", "private-dns-name", "operator.principal"]:
        assert ids(net.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": ["*"]}])) == [], name
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        net.ec2.describe_network_interfaces(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_pages_show_every_interface_once(net):
    made = {net.interface() for _ in range(12)}
    pages = net.ec2.get_paginator("describe_network_interfaces").paginate(PaginationConfig={"PageSize": 5})
    shown = [id for page in pages for id in ids(page)]
    assert set(shown) == made and len(shown) == 12
    with refused("InvalidParameterCombination"):
        net.ec2.describe_network_interfaces(MaxResults=5, NetworkInterfaceIds=[shown[0]])


def test_attributes_are_changed_one_at_a_time(net):
    interface = net.interface()
    modify = lambda **change: net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, **change)
    modify(Description={"Value": "new"})
    modify(SourceDestCheck={"Value": False})
    described = net.describe(interface)
    assert (described["Description"], described["SourceDestCheck"]) == ("new", False)
    with refused("InvalidParameterCombination"):
        modify(Description={"Value": "x"}, SourceDestCheck={"Value": True})
    with refused("InvalidParameterCombination"):
        modify()
    net.ec2.reset_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck="true")
    assert net.describe(interface)["SourceDestCheck"] is True
    with refused("UnsupportedOperation", "EnaSrdSpecification"):
        modify(EnaSrdSpecification={"EnaSrdEnabled": True})
    modify(ConnectionTrackingSpecification={"TcpEstablishedTimeout": 600, "UdpTimeout": 60})
    tracking = net.describe(interface)["ConnectionTrackingConfiguration"]
    assert tracking == {"TcpEstablishedTimeout": 600, "UdpTimeout": 60}
    with refused("InvalidParameterValue"):
        modify(ConnectionTrackingSpecification={"UdpTimeout": 61})


def test_each_attribute_is_described_by_itself(net):
    interface = net.interface(Description="mine")
    describe = lambda name: net.ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute=name)
    assert describe("description")["Description"] == {"Value": "mine"}
    assert "Groups" not in describe("description")
    assert describe("sourceDestCheck")["SourceDestCheck"] == {"Value": True}
    assert [group["GroupName"] for group in describe("groupSet")["Groups"]] == ["default"]
    assert "Attachment" not in describe("attachment")
    assert describe("description")["NetworkInterfaceId"] == interface
    with refused("InvalidParameterValue"):
        describe("colour")
    with refused("MissingParameter"):
        net.ec2.describe_network_interface_attribute(NetworkInterfaceId=interface)


def test_a_primary_ipv6_address_stays(net):
    interface = net.interface(Ipv6AddressCount=2, EnablePrimaryIpv6=True)
    entries = net.describe(interface)["Ipv6Addresses"]
    assert [entry["IsPrimaryIpv6"] for entry in entries] == [True, False]
    with refused("InvalidParameterValue", "cannot be unassigned"):
        net.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[entries[0]["Ipv6Address"]])
    net.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[entries[1]["Ipv6Address"]])
    with refused("OperationNotPermitted"):
        net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, EnablePrimaryIpv6=False)
    later = net.interface(Ipv6AddressCount=1)
    net.ec2.modify_network_interface_attribute(NetworkInterfaceId=later, EnablePrimaryIpv6=True)
    assert net.describe(later)["Ipv6Addresses"][0]["IsPrimaryIpv6"] is True


def test_an_interface_is_attached_and_detached(net):
    instance, primary = net.instance()
    interface = net.interface("10.0.0.110")
    attachment = net.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1)
    described = net.describe(interface)
    assert described["Status"] == "in-use"
    assert described["Attachment"]["AttachmentId"] == attachment["AttachmentId"]
    place = {key: described["Attachment"][key] for key in ["DeviceIndex", "NetworkCardIndex", "InstanceId", "DeleteOnTermination"]}
    assert place == {"DeviceIndex": 1, "NetworkCardIndex": 0, "InstanceId": instance, "DeleteOnTermination": False}
    assert (described["Attachment"]["Status"], described["Attachment"]["InstanceOwnerId"]) == ("attached", "123456789012")
    for name, value in [
        ("attachment.attachment-id", attachment["AttachmentId"]),
        ("attachment.device-index", "1"),
        ("attachment.delete-on-termination", "false"),
    ]:
        assert ids(net.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])) == [interface], name
    both = net.ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])
    assert set(ids(both)) == {primary, interface}
    net.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, Attachment={"AttachmentId": attachment["AttachmentId"], "DeleteOnTermination": True}
    )
    attribute = net.ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute="attachment")
    assert attribute["Attachment"]["DeleteOnTermination"] is True
    with refused("InvalidParameterValue", f"Network interface '{interface}' is currently in use."):
        net.ec2.delete_network_interface(NetworkInterfaceId=interface)
    net.ec2.detach_network_interface(AttachmentId=attachment["AttachmentId"])
    assert net.describe(interface)["Status"] == "available"
    with refused("InvalidAttachmentID.NotFound", attachment["AttachmentId"]):
        net.ec2.detach_network_interface(AttachmentId=attachment["AttachmentId"], Force=True)


def test_an_instance_type_limits_its_interfaces(net):
    instance, _ = net.instance("m5.large", state="stopped")
    attach = lambda index, **more: net.ec2.attach_network_interface(
        NetworkInterfaceId=net.interface(), InstanceId=instance, DeviceIndex=index, **more
    )
    attach(1)
    with refused("InvalidParameterValue", f"Instance '{instance}' already has an interface attached at device index '1'."):
        attach(1)
    with refused("InvalidParameterValue"):
        attach(2, NetworkCardIndex=1)
    attach(2)
    with refused("AttachmentLimitExceeded", "Interface count 4 exceeds the limit for m5.large"):
        attach(3)


def test_the_primary_interface_cannot_be_detached(net):
    _, primary = net.instance()
    attachment = net.describe(primary)["Attachment"]["AttachmentId"]
    words = "The network interface at device index 0 and networkCard index 0 cannot be detached."
    with refused("OperationNotPermitted", words):
        net.ec2.detach_network_interface(AttachmentId=attachment)


def test_an_interface_is_attached_in_its_own_zone_only(net):
    instance, _ = net.instance()
    elsewhere = net.interface(SubnetId=net.make_subnet("10.0.3.0/24", zone="us-east-1b"))
    with refused("InvalidParameterCombination", "not in the same availability zone"):
        net.ec2.attach_network_interface(NetworkInterfaceId=elsewhere, InstanceId=instance, DeviceIndex=1)


def test_addresses_and_elastic_ips_stay_with_a_detached_interface(net):
    (one, _), (two, _) = net.instance(), net.instance()
    interface = net.interface("10.0.0.110", Ipv6AddressCount=1)
    net.assign(interface, "10.0.0.111")
    elastic = net.elastic_ip()
    net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface, PrivateIpAddress="10.0.0.111")
    first = net.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=one, DeviceIndex=1)["AttachmentId"]
    assert net.address(elastic)["InstanceId"] == one
    before = net.describe(interface)
    net.ec2.detach_network_interface(AttachmentId=first)
    between = net.describe(interface)
    assert "InstanceId" not in net.address(elastic)
    net.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=two, DeviceIndex=1)
    after = net.describe(interface)
    for key in ["PrivateIpAddresses", "Ipv6Addresses", "MacAddress", "PrivateIpAddress"]:
        assert before[key] == between[key] == after[key], key
    assert net.address(elastic)["InstanceId"] == two


def test_the_primary_interface_can_be_given_a_public_address_and_lose_it(net):
    _, primary = net.instance()
    modify = lambda interface, wanted: net.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, AssociatePublicIpAddress=wanted
    )
    wanted = lambda: net.ec2.describe_network_interface_attribute(NetworkInterfaceId=primary, Attribute="associatePublicIpAddress")
    assert wanted()["AssociatePublicIpAddress"] is False
    modify(primary, True)
    assert net.describe(primary)["Association"]["IpOwnerId"] == "amazon" and wanted()["AssociatePublicIpAddress"] is True
    modify(primary, False)
    assert "Association" not in net.describe(primary)


def test_an_interface_keeps_whether_it_gets_a_public_address_until_an_instance_is_launched_with_it(net):
    interface = net.interface()
    wanted = lambda: net.ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute="associatePublicIpAddress")
    net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, AssociatePublicIpAddress=True)
    assert wanted()["AssociatePublicIpAddress"] is True and "Association" not in net.describe(interface)
    net.instance(NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": interface}])
    assert net.describe(interface)["Association"]["IpOwnerId"] == "amazon"
    net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, AssociatePublicIpAddress=False)
    assert wanted()["AssociatePublicIpAddress"] is False and "Association" not in net.describe(interface)


def test_an_address_is_the_primary_ipv6_one_until_the_interface_is_detached(net):
    instance, _ = net.instance()
    interface = net.interface(Ipv6AddressCount=1, EnablePrimaryIpv6=True)
    attachment = net.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1)["AttachmentId"]
    assert net.describe(interface)["Ipv6Addresses"][0]["IsPrimaryIpv6"] is True
    net.ec2.detach_network_interface(AttachmentId=attachment)
    assert net.describe(interface)["Ipv6Addresses"][0]["IsPrimaryIpv6"] is False


def test_network_cards_have_device_indexes_of_their_own(net):
    instance, _ = net.instance("p4d.24xlarge", state="stopped")
    attach = lambda card, index: net.ec2.attach_network_interface(
        NetworkInterfaceId=net.interface(), InstanceId=instance, DeviceIndex=index, NetworkCardIndex=card
    )
    assert attach(1, 1)["NetworkCardIndex"] == 1
    attach(2, 1)
    with refused("InvalidParameterValue", "already has an interface attached at device index '1'"):
        attach(2, 1)
    with refused("InvalidParameterValue"):
        attach(4, 1)
    attached = net.ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["NetworkInterfaces"]
    places = [(entry["Attachment"]["NetworkCardIndex"], entry["Attachment"]["DeviceIndex"]) for entry in attached]
    assert sorted(places) == [(0, 0), (1, 1), (2, 1)]


def test_a_nat_gateway_s_interface_is_not_the_user_s_to_change(net):
    elastic, spare = net.elastic_ip(), net.elastic_ip()
    net.ec2.create_nat_gateway(SubnetId=net.subnet, AllocationId=elastic)
    found = net.ec2.describe_network_interfaces(Filters=[{"Name": "requester-managed", "Values": ["true"]}])["NetworkInterfaces"]
    assert len(found) == 1
    interface = found[0]["NetworkInterfaceId"]
    assert (found[0]["InterfaceType"], found[0]["Status"]) == ("nat_gateway", "in-use")
    attachment = found[0]["Attachment"]
    assert (attachment["Status"], attachment["InstanceOwnerId"]) == ("attached", "amazon-aws")
    assert attachment["AttachmentId"].startswith("ela-attach-")
    by_attachment = [{"Name": "attachment.attachment-id", "Values": [attachment["AttachmentId"]]}]
    assert ids(net.ec2.describe_network_interfaces(Filters=by_attachment)) == [interface]
    with refused("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments."):
        net.ec2.detach_network_interface(AttachmentId=attachment["AttachmentId"])
    with refused("InvalidParameterValue", f"Network interface '{interface}' is currently in use."):
        net.ec2.delete_network_interface(NetworkInterfaceId=interface)
    words = "You do not have permission to access the specified resource."
    instance, _ = net.instance()
    for change in [
        lambda: net.assign(interface, "10.0.0.100"),
        lambda: net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.100"]),
        lambda: net.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=1),
        lambda: net.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Description={"Value": "mine"}),
        lambda: net.ec2.reset_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck="true"),
        lambda: net.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1),
        lambda: net.ec2.associate_address(AllocationId=spare, NetworkInterfaceId=interface),
        lambda: net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=net.primary(instance)),
        lambda: net.ec2.disassociate_address(AssociationId=found[0]["Association"]["AssociationId"]),
    ]:
        with refused("AuthFailure", words):
            change()
    assert net.describe(interface) == found[0]
