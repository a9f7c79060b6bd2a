"""An interface of one account on an instance of another: its packets are those of its owner's VPC."""

import pytest
from lab import answers
from servers import OTHER_ACCOUNT


@pytest.fixture
def labs(host, start, session, config, lab):
    """A VPC of each of two accounts, of the same addresses."""
    server = start("--ephemeral", "--fabric", "require", "--config", config)
    return lab(server, server.client(session)), lab(server, server.client(session, **OTHER_ACCOUNT))


def test_a_lent_interface_carries_packets_of_its_owner_s_vpc_to_the_other_account_s_instance(labs):
    owner, borrower = labs
    asker = owner.launch("10.0.0.20")
    instance, neighbour = borrower.launch("10.0.0.10"), borrower.launch("10.0.0.30")
    made = owner.ec2.create_network_interface(SubnetId=owner.subnet, PrivateIpAddress="10.0.0.50", Groups=[owner.open])
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    for permission in ("INSTANCE-ATTACH", "EIP-ASSOCIATE"):
        owner.ec2.create_network_interface_permission(
            NetworkInterfaceId=interface, AwsAccountId="999999999999", Permission=permission
        )
    attached = borrower.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance.id, DeviceIndex=1)

    def configure():
        # The two VPCs have the same addresses, so that the guest must say which are meant on which side.
        instance.run("ip", "link", "set", "eth1", "up")
        instance.run("ip", "address", "replace", "10.0.0.50/32", "dev", "eth1")
        for destination in (asker.address, "203.0.113.1"):
            instance.run("ip", "route", "replace", destination, "via", "10.0.0.1", "dev", "eth1", "onlink", "src", "10.0.0.50")

    configure()
    assert asker.pings("10.0.0.50")
    assert instance.pings(asker.address)
    assert not neighbour.pings("10.0.0.50")
    # The groups that judge are the owner's.
    closed = owner.group("closed")
    owner.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[closed])
    assert not asker.pings("10.0.0.50")
    owner.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[owner.open])
    assert asker.pings("10.0.0.50")
    # An Elastic IP of the borrower stands for it at the gateway of the owner.
    public = borrower.elastic(interface, "10.0.0.50")
    assert answers(public)
    # It goes and comes with the instance, and has its address at boot.
    borrower.ec2.stop_instances(InstanceIds=[instance.id])
    borrower.await_state(instance.id, "stopped")
    assert not answers(public)
    borrower.ec2.start_instances(InstanceIds=[instance.id])
    borrower.await_state(instance.id, "running")
    assert "10.0.0.50/24" in instance.run("ip", "address", "show", "dev", "eth1")
    instance.run("ip", "address", "flush", "dev", "eth1")
    configure()
    assert answers(public)
    assert asker.pings("10.0.0.50")
    # Its owner takes it back.
    owner.ec2.detach_network_interface(AttachmentId=attached["AttachmentId"])
    assert not asker.pings("10.0.0.50")
    assert not answers(public)
    assert "eth1" not in instance.run("ip", "-brief", "link")
    assert instance.pings(neighbour.address)
