"""Every example that the AWS CLI ships for the commands that enid serves, run by the CLI itself.

The examples are read from the installed package. The ids in them stand for resources that are made beforehand; what else an
example needs, `ARRANGE` makes. An example succeeds, or EC2 would refuse it in the same words: `REFUSED` says which and why.
"""

import base64
import contextlib
import re
import shlex

import pytest
from cli_examples import ID, Stage, examples
from servers import OTHER_ACCOUNT, ROOT

# What has a note, such as "read only, always empty", has nothing that an example could name: api/test_constant_reads.py.
OPERATIONS = [line for line in (ROOT / "models" / "operations.txt").read_text().split("\n") if line and not re.search("[:#]", line)]
EXAMPLES = list(examples(OPERATIONS))

HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}


def with_address(stage, text):
    """An Elastic IP of the stage's network, which an example names by its address."""
    stage.attached_gateway()
    made = stage.ec2.allocate_address()
    stage.prepare(eipalloc=made["AllocationId"])
    return re.sub(r"(--public-ips?) [\d.]+", rf"\1 {made['PublicIp']}", text)


def transferred(stage, text):
    made = stage.other.allocate_address()
    stage.other.enable_address_transfer(AllocationId=made["AllocationId"], TransferAccountId="123456789012")
    return re.sub(r"--address [\d.]+", f"--address {made['PublicIp']}", text)


def ipv6_addresses(stage, text):
    interface = stage.prepare(eni=stage.make_eni())
    addresses = re.findall(r"2001:db8:\S+", text)
    for last, address in enumerate(addresses, 0x10):
        text = text.replace(address, str(stage.ipv6[last]))
    if text.startswith("unassign"):
        stage.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[str(stage.ipv6[0x10])])
    return text


def ipv6_block(stage, text):
    """The block that an example gives to a subnet is to be the VPC's."""
    stage.prepare(vpc=stage.make_vpc())
    if text.startswith("associate-subnet"):
        stage.prepare(subnet=stage.make_subnet(ipv6=False))
    return re.sub(r"2\w*:\S+::/64", f"{stage.ipv6[0]}/64", text)


def instance_in_state(state):
    return lambda stage, text: stage.prepare(i=stage.make_i(state)) and text


def rule(direction, permission):
    """A group with a rule."""

    def arrange(stage, text):
        group, *others = [stage.real(found[0]) for found in ID.finditer(text)]
        authorize = getattr(stage.ec2, f"authorize_security_group_{direction}")
        authorize(GroupId=group, IpPermissions=[permission(*others)])
        return text

    return arrange


def default_group(stage, text):
    """A group of the default VPC, found by its name."""
    name = re.search(r"--group-name (\w+)", text)[1]
    with contextlib.suppress(stage.ec2.exceptions.ClientError):
        stage.ec2.delete_security_group(GroupName=name)
    if text.startswith("create"):
        return text
    stage.ec2.create_security_group(GroupName=name, Description="x")
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    stage.ec2.authorize_security_group_ingress(GroupName=name, IpPermissions=[rule])
    return text


def key_pair(stage, text):
    name = re.search(r"--key-names? (\S+)", text)[1]
    with contextlib.suppress(stage.ec2.exceptions.ClientError):
        stage.ec2.delete_key_pair(KeyName=name)
    if not text.startswith(("create", "import")):
        stage.ec2.create_key_pair(KeyName=name)
    return text


def launch(stage, text):
    key_pair(stage, text)
    stage.prepare(subnet=stage.make_subnet())
    return text


def acl_entry(stage, text):
    acl = stage.prepare(acl=stage.make_acl())
    entry = {"NetworkAclId": acl, "RuleNumber": 100, "Egress": False, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"}
    stage.ec2.create_network_acl_entry(**entry)
    return text


def route(stage, text):
    table = stage.prepare(rtb=stage.make_rtb())
    stage.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=stage.attached_gateway())
    return text


def attached_gateway(stage, text):
    stage.prepare(vpc=stage.make_vpc(), igw=stage.attached_gateway())
    return text


def peering_route(stage, text):
    # To the first VPC's block, from the second.
    stage.prepare(pcx=stage.make_pcx())
    stage.vpcs.reverse()
    return text


def active_peering(stage, text):
    peering = stage.prepare(pcx=stage.make_pcx())
    stage.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    return text


def two_versions(stage, text):
    template = stage.prepare(lt=stage.make_lt())
    stage.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "m5.xlarge"})
    if text.startswith("delete"):
        stage.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    return text


def changed_list(stage, text):
    made = stage.prepare(pl=stage.make_pl())
    stage.ec2.modify_managed_prefix_list(PrefixListId=made, CurrentVersion=1, AddEntries=[{"Cidr": "10.3.0.0/16"}])
    return text


def secondary_address(stage, text):
    interface = stage.prepare(eni=stage.make_eni())
    stage.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.82"])
    return text


def private_gateway(stage, text):
    gateway = stage.prepare(nat=stage.make_nat(public=False))
    if address := re.search(r"--private-ip-addresses ([\d.]+)", text):
        stage.ec2.assign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddresses=[address[1]])
    return text


def gateway_with_two_addresses(stage, text):
    gateway = stage.prepare(nat=stage.make_nat())
    stage.ec2.associate_nat_gateway_address(NatGatewayId=gateway, AllocationIds=[stage.make_eipalloc()])
    addresses = stage.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]["NatGatewayAddresses"]
    (second,) = [address["AssociationId"] for address in addresses if not address["IsPrimary"]]
    stage.prepare(eipassoc=second)
    return text


def dedicated(stage, text):
    stage.prepare(vpc=stage.make_vpc(InstanceTenancy="dedicated"))
    return text


def no_default_subnet(stage, text):
    (subnet,) = stage.ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": [stage.zone()]}, {"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    stage.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    return text


def no_default_vpc(stage, text):
    (vpc,) = stage.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]}
    for subnet in stage.ec2.describe_subnets(**of_vpc)["Subnets"]:
        stage.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    gateways = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
    for gateway in stage.ec2.describe_internet_gateways(Filters=gateways)["InternetGateways"]:
        stage.ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
    stage.ec2.delete_vpc(VpcId=vpc["VpcId"])
    return text


def reserved(stage, text):
    # The stage's subnet has another block.
    return text.replace("10.1.0.20/26", "10.0.1.0/26")


def other_account(stage, text):
    return text.replace("123456789012", "999999999999")


def peer(stage, text):
    """A VPC of the account and region that an example names."""
    region = re.search(r"--peer-region (\S+)", text)
    client = stage.other if "--peer-owner-id" in text else stage.ec2
    stage.prepare(vpc=stage.make_vpc())
    if region or client is stage.other:
        client = stage.client(client, region[1] if region else None)
        made = client.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
        stage.ids[re.search(r"--peer-vpc-id (\S+)", text)[1]] = made
    return other_account(stage, text)


def assigned(stage, text):
    interface = stage.prepare(eni=stage.make_eni())
    stage.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.85"])
    return network(stage, text)


def two_cards(stage, text):
    stage.prepare(i=stage.make_i(instance_type="c6in.32xlarge"))
    return text


def root_device(stage, text):
    instance = stage.prepare(i=stage.make_i())
    root = stage.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["RootDeviceName"]
    return text.replace("/dev/sda1", root)


def network(stage, text):
    """An internet gateway for Elastic IPs."""
    stage.attached_gateway()
    return text


# By a pattern that is looked for in the command: what it needs, beside resources with the ids in it.
ARRANGE = [
    (r"^accept-address-transfer", transferred),
    (r"^(disassociate|release)-address --public-ip|^describe-addresses --public-ips", with_address),
    (r"^(assign|unassign)-ipv6-addresses .*2001", ipv6_addresses),
    (r"^create-subnet .*--ipv6-cidr-block|^associate-subnet-cidr-block", ipv6_block),
    (r"^associate-address .*10.0.0.85", assigned),
    (r"^associate-address", network),
    (r"^attach-network-interface .*--network-card-index", two_cards),
    (r"^modify-instance-attribute .*sda1", root_device),
    (r"^(enable-address-transfer|create-network-interface-permission)", other_account),
    (r"^disable-address-transfer", lambda stage, text: stage.ec2.enable_address_transfer(AllocationId=stage.prepare(eipalloc=stage.make_eipalloc()), TransferAccountId="999999999999") and text),
    (r"^(assign|unassign)-private-nat-gateway-address", private_gateway),
    (r"^disassociate-nat-gateway-address", gateway_with_two_addresses),
    (r"^create-nat-gateway .*--allocation-id", network),
    (r"^(create|delete|revoke)-security-group\S* --group-name MySecurityGroup(?!.*vpc-id)|^revoke\S* --group-name", default_group),
    (r"^(create|delete|import)-key-pair|^describe-key-pairs --key-names", key_pair),
    (r"^run-instances", launch),
    (r"^(delete|replace)-network-acl-entry", acl_entry),
    (r"^delete-route --", route),
    (r"^detach-internet-gateway", attached_gateway),
    (r"^create-route .*--gateway-id", attached_gateway),
    (r"^create-route .*--vpc-peering", peering_route),
    (r"^create-vpc-peering-connection", peer),
    (r"^modify-vpc-peering-connection-options", active_peering),
    (r"^(modify-launch-template|delete-launch-template-versions|create-launch-template-version)", two_versions),
    (r"^restore-managed-prefix-list-version", changed_list),
    (r"^unassign-private-ip", secondary_address),
    (r"^modify-vpc-tenancy", dedicated),
    (r"^create-default-subnet", no_default_subnet),
    (r"^create-default-vpc", no_default_vpc),
    (r"^create-subnet-cidr-reservation", reserved),
    (r"^start-instances|^modify-instance-attribute .*(instance-type|sriov|userData)|^reset-instance-attribute .*(kernel|ramdisk)", instance_in_state("stopped")),
    (r"^modify-instance-attribute|^reset-instance-attribute", instance_in_state("running")),
    (r"^revoke-security-group-egress .*FromPort=80", rule("egress", lambda: HTTP | {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]})),
    (r"^revoke-security-group-egress .*443", rule("egress", lambda group: {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]})),
    (r"^revoke-security-group-ingress .*icmp", rule("ingress", lambda: {"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})),
    (r"^update-\S+-egress", rule("egress", lambda: HTTP | {"IpRanges": [{"CidrIp": "203.0.113.0/24"}]})),
    (r"^update-\S+-ingress .*PrefixList", rule("ingress", lambda list: {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": list}]})),
    (r"^update-\S+-ingress", rule("ingress", lambda: {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.0/16"}]})),
]

# By a pattern: the code and words with which an example is refused.
REFUSED = [
    # Here are no local zones, no IPAM, no virtual private gateways, no hibernation and nothing of EC2-Classic.
    (r"^allocate-address .*us-west-2-lax-1", "InvalidParameterValue", "networkBorderGroup"),
    (r"^associate-vpc-cidr-block .*us-west-2-lax-1", "InvalidParameterValue", "ipv6CidrBlockNetworkBorderGroup"),
    (r"^allocate-address .*--ipam-pool-id", "UnsupportedOperation", "IpamPoolId"),
    (r"^create-vpc .*--ipv4-ipam-pool-id", "UnsupportedOperation", "Ipv4IpamPoolId"),
    (r"^replace-route .*vgw-", "InvalidGatewayID.NotFound", "The gateway ID 'vgw-"),
    (r"^stop-instances .*--hibernate", "UnsupportedOperation", "Hibernate"),
    (r"^modify-vpc-peering-connection-options .*ClassicLink", "UnsupportedOperation", "ClassicLink"),
    (r"^modify-instance-attribute .*--sriov-net-support", "UnsupportedOperation", "SriovNetSupport"),
    (r"^run-instances .*mapping.json", "UnsupportedOperation", "BlockDeviceMapping of another device than the root device"),
    # So at EC2 since EC2-Classic is gone.
    (r"^release-address --public-ip", "InvalidParameterValue", "You must specify an allocation id when releasing a VPC elastic IP address"),
    # The CLI itself does not understand what its examples say: quotes within quotes, and JSON without quotes.
    (r"^authorize-security-group-ingress .*RDP", None, "Error parsing parameter '--ip-permissions'"),
    (r"^revoke-security-group-egress .*\[{IpProtocol=tcp", None, "Error parsing parameter '--ip-permissions'"),
]


def region_of(example):
    """Where an example is to be run: where its zones are."""
    zone = re.search(r"\b([a-z]{2}-[a-z]+-\d)[a-z]\b", example.text)
    return zone[1] if zone else "eu-west-3" if example.command == "create-default-vpc" else "us-east-1"


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_of_the_cli_runs_as_at_ec2(cli_server, session, aws, example, tmp_path, monkeypatch):
    region = region_of(example)
    stage = Stage(cli_server.client(session, region=region), cli_server.client(session, region=region, **OTHER_ACCOUNT))
    stage.client = lambda like, region: cli_server.client(session, region=region or like.meta.region_name, **(OTHER_ACCOUNT if like is stage.other else {}))
    text = example.text
    for pattern, arrange in ARRANGE:
        if re.search(pattern, text):
            text = arrange(stage, text)
            break
    arguments = shlex.split(ID.sub(lambda found: stage.real(found[0]), text))
    monkeypatch.chdir(tmp_path)
    for name, content in example.files.items():
        (tmp_path / name).write_text(ID.sub(lambda found: stage.real(found[0]), content))
    (tmp_path / "UserData.base64.txt").write_text(base64.b64encode(b"#!/bin/sh\n").decode())
    (tmp_path / "my_script.txt").write_text("#!/bin/sh\n")
    keys = aws.home / ".ssh"
    keys.mkdir(exist_ok=True)
    (keys / "my-key.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJaXDKkXkQYqLqQMTkZbqYdYxAT2WUyr0gVRz4o6dXk key")
    here = [] if "--region" in arguments else ["--region", region]
    status, answer, complaint = aws(*arguments, *here)
    refused = [(code, words) for pattern, code, words in REFUSED if re.search(pattern, example.text)]
    if refused:
        (code, words) = refused[0]
        assert status != 0 and words in complaint and (code is None or f"({code})" in complaint), (answer, complaint)
    else:
        assert status == 0, complaint


def test_every_refusal_is_of_an_example():
    for pattern, *_ in REFUSED:
        assert any(re.search(pattern, example.text) for example in EXAMPLES), pattern
