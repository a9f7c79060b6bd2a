"""Permissions on network interfaces, as boto3 sees them."""

import pytest
from errors import refused
from network import Network


OWNER, BORROWER = "123456789012", "999999999999"


@pytest.fixture
def net(ec2):
    return Network(ec2)


def test_a_permission_is_granted_described_and_deleted(net):
    interface, other = net.interface(), net.interface()
    grant = lambda on, permission="INSTANCE-ATTACH": net.ec2.create_network_interface_permission(
        NetworkInterfaceId=on, AwsAccountId="999999999999", Permission=permission
    )["InterfacePermission"]
    made = grant(interface)
    assert made["PermissionState"] == {"State": "granted"}
    assert (made["NetworkInterfaceId"], made["AwsAccountId"], made["Permission"]) == (interface, "999999999999", "INSTANCE-ATTACH")
    grant(other, "EIP-ASSOCIATE")
    with refused("InvalidPermission.Duplicate"):
        grant(interface)
    describe = lambda **query: net.ec2.describe_network_interface_permissions(**query)["NetworkInterfacePermissions"]
    id = made["NetworkInterfacePermissionId"]
    for name, value in [("network-interface-id", interface), ("permission", "INSTANCE-*"), ("network-interface-permission-id", id)]:
        assert describe(Filters=[{"Name": f"network-interface-permission.{name}", "Values": [value]}]) == [made], name
    assert describe(NetworkInterfacePermissionIds=[id]) == [made] and len(describe()) == 2
    assert net.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=id)["Return"] is True
    with refused("InvalidPermission.NotFound"):
        net.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=id)
    net.ec2.delete_network_interface(NetworkInterfaceId=other)
    assert describe() == []


def test_what_is_not_a_permission_is_refused(net):
    interface = net.interface()
    with refused("UnsupportedOperation", "AwsService"):
        net.ec2.create_network_interface_permission(NetworkInterfaceId=interface, AwsService="ecs", Permission="INSTANCE-ATTACH")
    with refused("InvalidParameterValue"):
        net.ec2.create_network_interface_permission(NetworkInterfaceId=interface, AwsAccountId="999999999999", Permission="ALL")
    with refused("InvalidNetworkInterfaceID.NotFound"):
        net.ec2.create_network_interface_permission(
            NetworkInterfaceId="eni-0123456789abcdef0", AwsAccountId="999999999999", Permission="INSTANCE-ATTACH"
        )


@pytest.fixture
def lent(accounts):
    """An interface of one account, and a network of another that has an instance in the same zone."""
    owner, borrower = (Network(ec2) for ec2 in accounts)
    return owner, borrower, owner.interface("10.0.0.50")


def permit(net, interface, permission):
    made = net.ec2.create_network_interface_permission(NetworkInterfaceId=interface, AwsAccountId=BORROWER, Permission=permission)
    return made["InterfacePermission"]["NetworkInterfacePermissionId"]


def test_another_account_attaches_an_interface_that_it_was_permitted_to(lent):
    owner, borrower, interface = lent
    instance, primary = borrower.instance()
    attach = lambda index=1: borrower.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=index)
    with refused("InvalidNetworkInterfaceID.NotFound", interface):
        attach()
    permit(owner, interface, "EIP-ASSOCIATE")
    with refused("InvalidNetworkInterfaceID.NotFound", interface):
        attach()
    permission = permit(owner, interface, "INSTANCE-ATTACH")
    attachment = attach()["AttachmentId"]
    # The owner sees where it went, also by filters.
    seen = owner.describe(interface)
    assert seen["Status"] == "in-use" and seen["OwnerId"] == OWNER
    assert {key: seen["Attachment"][key] for key in ("InstanceId", "InstanceOwnerId", "AttachmentId", "DeviceIndex")} == {
        "InstanceId": instance,
        "InstanceOwnerId": BORROWER,
        "AttachmentId": attachment,
        "DeviceIndex": 1,
    }
    for name, value in [("instance-id", instance), ("instance-owner-id", BORROWER), ("attachment-id", attachment)]:
        found = owner.ec2.describe_network_interfaces(Filters=[{"Name": f"attachment.{name}", "Values": [value]}])["NetworkInterfaces"]
        assert [each["NetworkInterfaceId"] for each in found] == [interface], name
    # The borrower sees it on the instance, with its owner's group, and not among its own.
    described = borrower.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["NetworkInterfaces"]
    assert [each["NetworkInterfaceId"] for each in described] == [primary, interface]
    assert [each["OwnerId"] for each in described] == [BORROWER, OWNER]
    assert (described[1]["SubnetId"], described[1]["Groups"]) == (owner.subnet, seen["Groups"])
    by_interface = [{"Name": "network-interface.network-interface-id", "Values": [interface]}]
    assert len(borrower.ec2.describe_instances(Filters=by_interface)["Reservations"]) == 1
    with refused("InvalidNetworkInterfaceID.NotFound"):
        borrower.describe(interface)
    # It takes a place like any other, and is in use like any other.
    other = borrower.interface()
    with refused("InvalidParameterValue", "device index '1'"):
        borrower.ec2.attach_network_interface(NetworkInterfaceId=other, InstanceId=instance, DeviceIndex=1)
    with refused("InvalidParameterValue", "currently in use"):
        owner.ec2.delete_network_interface(NetworkInterfaceId=interface)
    with refused("InvalidInstanceID", "multiple interfaces"):
        borrower.ec2.associate_address(AllocationId=borrower.elastic_ip(), InstanceId=instance)
    # The permission stays as long as it is used, unless by force.
    with refused("OperationNotPermitted", permission):
        owner.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=permission)
    owner.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=permission, Force=True)
    assert owner.describe(interface)["Status"] == "in-use"
    borrower.ec2.detach_network_interface(AttachmentId=attachment)
    assert owner.describe(interface)["Status"] == "available"
    with refused("InvalidNetworkInterfaceID.NotFound"):
        attach()


def test_the_addresses_of_a_lent_interface_are_its_owners_and_as_many_as_the_instance_can_have(lent):
    owner, borrower, interface = lent
    permit(owner, interface, "INSTANCE-ATTACH")
    instance, _ = borrower.instance("t3.micro")
    borrower.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1)
    owner.assign(interface, "10.0.0.51")
    with refused("PrivateIpAddressLimitExceeded"):
        owner.assign(interface, "10.0.0.52")
    with refused("InvalidNetworkInterfaceID.NotFound"):
        borrower.assign(interface, "10.0.0.53")
    described = borrower.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["NetworkInterfaces"][1]
    assert [each["PrivateIpAddress"] for each in described["PrivateIpAddresses"]] == ["10.0.0.50", "10.0.0.51"]
    # A route of the owner to it leads to the other account's instance.
    table = owner.ec2.create_route_table(VpcId=owner.vpc)["RouteTable"]["RouteTableId"]
    owner.ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", NetworkInterfaceId=interface)
    route = owner.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"][-1]
    routed = [route[key] for key in ("InstanceId", "InstanceOwnerId", "State")]
    assert routed == [instance, BORROWER, "active"]
    borrower.ec2.stop_instances(InstanceIds=[instance])
    borrower.ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance], WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    route = owner.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"][-1]
    assert route["State"] == "blackhole"


def test_a_lent_interface_is_attached_at_launch_and_outlives_the_instance(lent):
    owner, borrower, interface = lent
    permit(owner, interface, "INSTANCE-ATTACH")
    own = {"DeviceIndex": 0, "SubnetId": borrower.subnet}
    with refused("UnsupportedOperation", interface):
        borrower.instance(NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": interface}])
    instance, _ = borrower.instance(NetworkInterfaces=[own, {"DeviceIndex": 1, "NetworkInterfaceId": interface}])
    attachment = owner.describe(interface)["Attachment"]
    assert (attachment["InstanceId"], attachment["Status"], attachment["DeleteOnTermination"]) == (instance, "attached", False)
    borrower.ec2.terminate_instances(InstanceIds=[instance])
    borrower.ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    assert owner.describe(interface)["Status"] == "available"
    # Its owner may say otherwise, and may take it back.
    instance, _ = borrower.instance(NetworkInterfaces=[own, {"DeviceIndex": 1, "NetworkInterfaceId": interface}])
    owner.ec2.detach_network_interface(AttachmentId=owner.describe(interface)["Attachment"]["AttachmentId"])
    borrower.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=2)
    attachment = owner.describe(interface)["Attachment"]["AttachmentId"]
    owner.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True}
    )
    borrower.ec2.terminate_instances(InstanceIds=[instance])
    borrower.ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    with refused("InvalidNetworkInterfaceID.NotFound"):
        owner.describe(interface)


def test_another_account_associates_an_elastic_ip_that_it_was_permitted_to(lent):
    owner, borrower, interface = lent
    allocation = borrower.elastic_ip()
    public = borrower.address(allocation)["PublicIp"]
    associate = lambda **more: borrower.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface, **more)
    permit(owner, interface, "INSTANCE-ATTACH")
    with refused("InvalidNetworkInterfaceID.NotFound"):
        associate()
    permit(owner, interface, "EIP-ASSOCIATE")
    association = associate()["AssociationId"]
    assert associate()["AssociationId"] == association
    seen = owner.describe(interface)["Association"]
    assert (seen["PublicIp"], seen["IpOwnerId"], seen["AllocationId"]) == (public, BORROWER, allocation)
    address = borrower.address(allocation)
    assert (address["NetworkInterfaceId"], address["NetworkInterfaceOwnerId"]) == (interface, OWNER)
    for name, value in [("network-interface-id", interface), ("network-interface-owner-id", OWNER), ("association-id", association)]:
        found = borrower.ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]
        assert [each["AllocationId"] for each in found] == [allocation], name
    assert owner.ec2.describe_addresses()["Addresses"] == []
    gateway = owner.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [owner.vpc]}])
    with refused("DependencyViolation", "mapped public address"):
        owner.ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGateways"][0]["InternetGatewayId"], VpcId=owner.vpc)
    # It follows an address that moves, gives way to the owner's own, and ends with the address.
    other = owner.interface()
    owner.assign(interface, "10.0.0.60")
    associate(PrivateIpAddress="10.0.0.60")
    owner.assign(other, "10.0.0.60", AllowReassignment=True)
    assert borrower.address(allocation)["NetworkInterfaceId"] == other
    own = owner.elastic_ip()
    with refused("Resource.AlreadyAssociated"):
        owner.ec2.associate_address(
            AllocationId=own, NetworkInterfaceId=other, PrivateIpAddress="10.0.0.60", AllowReassociation=False
        )
    owner.ec2.associate_address(AllocationId=own, NetworkInterfaceId=other, PrivateIpAddress="10.0.0.60")
    assert "AssociationId" not in borrower.address(allocation)
    associate()
    owner.ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert "AssociationId" not in borrower.address(allocation)
    borrower.ec2.release_address(AllocationId=allocation)
