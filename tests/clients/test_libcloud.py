"""Apache Libcloud, which shares no code with AWS's SDKs: a signer, a parser and lists of names of its own."""

import time
import urllib.parse

import pytest
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.drivers.ec2 import EC2NodeDriver
from libcloud.compute.types import KeyPairDoesNotExistError, NodeState, StorageVolumeState

SECONDS_MAX = 20
# What names may hold that a form, a signature or XML must escape.
NAME = "a b+c=d&e/~*'()<é>"


@pytest.fixture
def connect(server):
    def connect(secret=server.env["AWS_SECRET_ACCESS_KEY"], **more):
        address = urllib.parse.urlsplit(server.env["AWS_ENDPOINT_URL_EC2"])
        where = {"secure": False, "host": address.hostname, "port": address.port, "region": server.env["AWS_REGION"]}
        return EC2NodeDriver(server.env["AWS_ACCESS_KEY_ID"], secret, **where, **{"signature_version": "4"} | more)

    return connect


@pytest.fixture
def driver(connect):
    return connect()


@pytest.fixture
def network(driver):
    return driver.ex_create_network("10.0.0.0/16", name=NAME)


@pytest.fixture
def subnet(driver, network):
    return driver.ex_create_subnet(network.id, "10.0.1.0/24", "us-east-1a", name="front")


@pytest.fixture
def node(driver, subnet):
    image = driver.list_images(ex_owner="amazon", ex_filters={"architecture": "x86_64"})[0]
    (size,) = (size for size in driver.list_sizes() if size.id == "m5.large")
    node = driver.create_node(name=NAME, image=image, size=size, ex_subnet=subnet, ex_metadata={"role": "web"}, ex_userdata="echo")
    driver.wait_until_running([node], wait_period=0.1, timeout=SECONDS_MAX, ssh_interface="private_ips")
    return node


def wait_for(driver, node, status):
    deadline = time.monotonic() + SECONDS_MAX
    while (shown := driver.list_nodes(ex_node_ids=[node.id])[0]).extra["status"] != status:
        assert time.monotonic() < deadline, shown
        time.sleep(0.05)
    return shown


def test_networks_and_their_routes_are_made_read_and_removed(driver, ec2, network, subnet):
    assert (network.name, network.cidr_block, network.extra["state"]) == (NAME, "10.0.0.0/16", "pending")
    (shown,) = driver.ex_list_networks(network_ids=[network.id])
    (vpc,) = ec2.describe_vpcs(VpcIds=[network.id])["Vpcs"]
    assert (shown.name, shown.cidr_block) == (NAME, "10.0.0.0/16")
    assert shown.extra == {
        "state": "available",
        "dhcp_options_id": vpc["DhcpOptionsId"],
        "instance_tenancy": "default",
        "is_default": "false",
        "tags": {"Name": NAME},
    }
    (shown,) = driver.ex_list_subnets(filters={"vpc-id": network.id})
    assert (shown.id, shown.state, shown.extra["available_ips"], shown.extra["zone"]) == (subnet.id, "available", 251, "us-east-1a")

    gateway = driver.ex_create_internet_gateway(name="out")
    assert driver.ex_attach_internet_gateway(gateway, network)
    table = driver.ex_create_route_table(network)
    assert driver.ex_create_route(table, "0.0.0.0/0", internet_gateway=gateway)
    association = driver.ex_associate_route_table(table, subnet)
    (shown,) = driver.ex_list_route_tables(filters={"association.subnet-id": subnet.id})
    assert [(route.cidr, route.gateway_id, route.state) for route in shown.routes] == [
        ("10.0.0.0/16", "local", "active"),
        ("0.0.0.0/0", gateway.id, "active"),
    ]
    assert [(found.id, found.subnet_id) for found in shown.subnet_associations] == [(association, subnet.id)]

    with pytest.raises(BaseHTTPError, match="^DependencyViolation: "):
        driver.ex_delete_network(network)
    assert driver.ex_dissociate_route_table(shown.subnet_associations[0])
    assert driver.ex_delete_route_table(table)
    assert driver.ex_detach_internet_gateway(gateway, network)
    assert driver.ex_delete_internet_gateway(gateway)
    assert driver.ex_delete_subnet(subnet)
    assert driver.ex_delete_network(network)
    assert driver.ex_list_networks(filters={"vpc-id": network.id}) == []


def test_rules_of_a_group_come_and_go(driver, network):
    group = driver.ex_create_security_group("web", "web servers", vpc_id=network.id)["group_id"]
    assert driver.ex_authorize_security_group_ingress(group, 80, 81, cidr_ips=["0.0.0.0/0", "10.0.0.0/8"])
    assert driver.ex_authorize_security_group_ingress(group, 22, 22, group_pairs=[{"group_id": group}])
    with pytest.raises(BaseHTTPError, match="^InvalidPermission.Duplicate: "):
        driver.ex_authorize_security_group_ingress(group, 80, 81, cidr_ips=["10.0.0.0/8"])
    assert driver.ex_revoke_security_group_ingress(group, 80, 81, cidr_ips=["10.0.0.0/8"])
    (shown,) = driver.ex_get_security_groups(group_ids=[group])
    assert [(rule["from_port"], rule["to_port"], rule["cidr_ips"]) for rule in shown.ingress_rules] == [
        ("80", "81", ["0.0.0.0/0"]),
        ("22", "22", []),
    ]
    assert [pair["group_id"] for pair in shown.ingress_rules[1]["group_pairs"]] == [group]
    assert [(rule["protocol"], rule["cidr_ips"]) for rule in shown.egress_rules] == [("-1", ["0.0.0.0/0"])]
    assert driver.ex_delete_security_group_by_id(group)


def test_a_node_lives_through_its_states(driver, ec2, node):
    (shown,) = driver.list_nodes(ex_filters={"tag:role": "web"})
    (instance,) = ec2.describe_instances(InstanceIds=[node.id])["Reservations"][0]["Instances"]
    assert (shown.id, shown.name, shown.state) == (node.id, NAME, NodeState.RUNNING)
    assert shown.private_ips == [instance["PrivateIpAddress"]]
    assert shown.created_at == instance["LaunchTime"]
    assert driver.ex_get_metadata_for_node(node) == {"Name": NAME, "role": "web"}
    (volume,) = driver.list_volumes(node=node)
    assert (volume.state, volume.extra["device"]) == (StorageVolumeState.INUSE, "/dev/xvda")

    assert driver.ex_create_tags(node, {"empty": "", "role": NAME})
    assert driver.ex_delete_tags(node, {"empty": ""})
    assert driver.ex_describe_tags(node) == {"Name": NAME, "role": NAME}
    assert driver.reboot_node(node)
    assert driver.stop_node(node)
    wait_for(driver, node, "stopped")
    assert driver.start_node(node)
    wait_for(driver, node, "running")
    assert driver.destroy_node(node)
    assert wait_for(driver, node, "terminated").state == NodeState.TERMINATED


def test_an_interface_and_an_address_are_given_to_a_node(driver, network, subnet, node):
    gateway = driver.ex_create_internet_gateway()
    driver.ex_attach_internet_gateway(gateway, network)
    address = driver.ex_allocate_address("vpc")
    association = driver.ex_associate_address_with_node(node, address, domain="vpc")
    assert driver.ex_describe_addresses_for_node(node) == [address.ip]
    (shown,) = driver.ex_describe_all_addresses(only_associated=True)
    assert (shown.ip, shown.instance_id, shown.extra["association_id"]) == (address.ip, node.id, association)
    # Libcloud lists an instance's address and its Elastic IPs, which are the same here.
    assert set(wait_for(driver, node, "running").public_ips) == {address.ip}
    assert driver.ex_disassociate_address(shown, domain="vpc")
    assert driver.ex_release_address(shown, domain="vpc")

    interface = driver.ex_create_network_interface(subnet, name="second", description="more", private_ip_address="10.0.1.77")
    attachment = driver.ex_attach_network_interface_to_node(interface, node, 1)
    (shown,) = (shown for shown in driver.ex_list_network_interfaces() if shown.id == interface.id)
    assert (shown.name, shown.state, shown.extra["description"]) == ("second", "in-use", "more")
    assert [(entry["private_ip"], entry["primary"]) for entry in shown.extra["private_ips"]] == [("10.0.1.77", "true")]
    assert (shown.extra["attachment"]["attachment_id"], shown.extra["attachment"]["device_index"]) == (attachment, 1)
    assert driver.ex_detach_network_interface(attachment, force=True)
    assert driver.ex_delete_network_interface(interface)


def test_key_pairs_are_found_by_name_and_missed_by_name(driver):
    made = driver.create_key_pair("mine")
    driver.create_key_pair("other")
    assert "PRIVATE KEY" in made.private_key
    assert driver.get_key_pair("mine").fingerprint == made.fingerprint
    assert sorted(pair.name for pair in driver.list_key_pairs()) == ["mine", "other"]
    assert driver.delete_key_pair(made)
    with pytest.raises(KeyPairDoesNotExistError) as caught:
        driver.get_key_pair("mine")
    assert caught.value.name == "mine"


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"signature_version": "2"}], ids=lambda wrong: next(iter(wrong)))
def test_a_wrong_signature_is_told_as_wrong_credentials(connect, wrong):
    with pytest.raises(InvalidCredsError):
        connect(**wrong).list_nodes()
