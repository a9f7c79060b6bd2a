"""Permissions on network interfaces, as boto3 sees them."""

import pytest
from errors import refused
from network import Network


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
