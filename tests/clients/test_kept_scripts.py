"""Commands of the AWS CLI as scripts have kept them for years: old spellings, short options, names instead of ids."""

import json

import pytest


def words(command, filled):
    """The arguments of a command, with `{name}` replaced by what goes by this name."""
    for name, value in filled.items():
        command = command.replace("{%s}" % name, value)
    return command.split()


@pytest.fixture
def run(aws):
    """Runs commands that are to succeed, and gives their answers."""

    def run(command, **filled):
        status, answer, complaint = aws(*words(command, filled))
        assert status == 0, (command, complaint)
        return json.loads(answer) if answer.strip().startswith(("{", "[")) else answer.strip()

    return run


@pytest.fixture
def refused(aws):
    """The code with which a command is refused."""

    def refused(command, **filled):
        status, _, complaint = aws(*words(command, filled))
        assert status == 255 and "An error occurred (" in complaint, (command, complaint)
        return complaint.split("(", 1)[1].split(")", 1)[0]

    return refused


@pytest.fixture
def image(run):
    images = run("describe-images --owners 137112412989 --filters Name=architecture,Values=x86_64 Name=state,Values=available")["Images"]
    return images[0]["ImageId"]


@pytest.fixture
def instance(run, image):
    made = run("run-instances --image-id {image} --count 1 --instance-type m5.large", image=image)["Instances"][0]["InstanceId"]
    run("wait instance-running --instance-ids {made}", made=made)
    yield made
    run("terminate-instances --instance-ids {made}", made=made)
    run("wait instance-terminated --instance-ids {made}", made=made)


def test_instances_are_found_as_scripts_find_them(run, instance):
    run("create-tags --resources {instance} --tags Key=Name,Value=web-1 Key=Team,Value=", instance=instance)
    ids = "--query Reservations[].Instances[].InstanceId --output text"
    for command in [
        "describe-instances --filters Name=tag:Name,Values=web-1 Name=instance-state-name,Values=pending,running",
        "describe-instances --filter Name=tag-value,Values=web-* Name=instance-state-code,Values=16",
        "describe-instances --filter Name=tag-key,Values=Name",
        "describe-instances --instance-id {instance}",
        "describe-instances --instance-ids {instance} {instance}",
        "describe-instances --filters Name=key-name,Values=none Name=key-name",
    ]:
        wanted = "" if "key-name" in command else instance
        assert run(f"{command} {ids}", instance=instance) == wanted, command
    tags = run("describe-tags --filter Name=resource-id,Values={instance} Name=key,Values=Name --output text", instance=instance)
    assert tags.split() == ["TAGS", "Name", instance, "instance", "web-1"]


def test_attributes_are_changed_by_attribute_and_value(run, instance):
    change = "modify-instance-attribute --instance-id {instance} "
    attribute = lambda name: run(f"describe-instance-attribute --instance-id {instance} --attribute {name}")
    for options, name, member, expected in [
        ("--attribute disableApiTermination --value true", "disableApiTermination", "DisableApiTermination", "true"),
        ("--no-disable-api-termination", "disableApiTermination", "DisableApiTermination", "false"),
        ("--attribute sourceDestCheck --value false", "sourceDestCheck", "SourceDestCheck", "false"),
        ("--source-dest-check", "sourceDestCheck", "SourceDestCheck", "true"),
        ("--no-source-dest-check", "sourceDestCheck", "SourceDestCheck", "false"),
        ('--source-dest-check {"Value":true}', "sourceDestCheck", "SourceDestCheck", "true"),
        ("--attribute instanceInitiatedShutdownBehavior --value terminate", "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior", "terminate"),
        ("--instance-initiated-shutdown-behavior Value=stop", "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior", "stop"),
    ]:
        run(change + options, instance=instance)
        assert str(attribute(name)[member]["Value"]).lower() == expected, options
    run("stop-instances --instance-ids {instance} --force", instance=instance)
    run("wait instance-stopped --instance-ids {instance}", instance=instance)
    for options in ["--attribute instanceType --value m5.xlarge", "--instance-type m5.large"]:
        run(change + options, instance=instance)
        assert attribute("instanceType")["InstanceType"]["Value"] == options.split()[-1]


def test_groups_of_the_default_vpc_go_by_their_names(run, refused, image):
    made = run("create-security-group --group-name web --description web")["GroupId"]
    for rule in [
        "--protocol tcp --port 22 --cidr 0.0.0.0/0",
        "--protocol tcp --port 8000-8080 --cidr 10.0.0.0/8",
        "--protocol icmp --port -1 --cidr 0.0.0.0/0",
        "--protocol all --cidr 192.0.2.0/24",
        "--protocol udp --port 53 --source-group web",
        "--ip-permissions IpProtocol=tcp,FromPort=443,ToPort=443,Ipv6Ranges=[{CidrIpv6=::/0}]",
    ]:
        run(f"authorize-security-group-ingress --group-name web {rule}")
    assert refused("authorize-security-group-ingress --group-name web --protocol tcp --port 22 --cidr 0.0.0.0/0") == "InvalidPermission.Duplicate"
    (group,) = run("describe-security-groups --group-name web")["SecurityGroups"]
    rules = {(rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort")) for rule in group["IpPermissions"]}
    assert rules == {("tcp", 22, 22), ("tcp", 8000, 8080), ("icmp", -1, -1), ("-1", None, None), ("udp", 53, 53), ("tcp", 443, 443)}
    for filters in ["Name=group-name,Values=web", "Name=ip-permission.from-port,Values=22 Name=group-name,Values=web"]:
        assert run(f"describe-security-groups --filters {filters} --query SecurityGroups[].GroupId --output text") == made
    launched = run("run-instances --image-id {image} --security-groups web default --instance-type m5.large", image=image)["Instances"][0]
    assert {group["GroupName"] for group in launched["SecurityGroups"]} == {"web", "default"}
    run("terminate-instances --instance-ids {id}", id=launched["InstanceId"])
    run("wait instance-terminated --instance-ids {id}", id=launched["InstanceId"])
    run("revoke-security-group-ingress --group-name web --protocol tcp --port 22 --cidr 0.0.0.0/0")
    run("delete-security-group --group-name web")


def test_addresses_go_by_their_numbers(run, refused, instance):
    made = run("allocate-address --domain vpc")
    address = {"address": made["PublicIp"], "allocation": made["AllocationId"], "instance": instance}
    run("associate-address --instance-id {instance} --public-ip {address}", **address)
    for found in ["--public-ips {address}", "--filters Name=instance-id,Values={instance}", "--filters Name=domain,Values=vpc Name=public-ip,Values={address}"]:
        assert run(f"describe-addresses {found} --query Addresses[].AllocationId --output text", **address) == made["AllocationId"]
    seen = run("describe-instances --instance-ids {instance} --query Reservations[].Instances[].PublicIpAddress --output text", **address)
    assert seen == made["PublicIp"]
    run("disassociate-address --public-ip {address}", **address)
    run("associate-address --instance-id {instance} --allocation-id {allocation} --allow-reassociation", **address)
    run("disassociate-address --public-ip {address}", **address)
    assert refused("release-address --public-ip {address}", **address) == "InvalidParameterValue"
    run("release-address --allocation-id {allocation}", **address)


def test_the_default_vpc_is_looked_for(run):
    text = "--output text"
    vpc = run(f"describe-vpcs --filters Name=isDefault,Values=true --query Vpcs[0].VpcId {text}")
    assert vpc == run(f"describe-vpcs --filter Name=is-default,Values=true --query Vpcs[].VpcId {text}")
    subnets = run(f"describe-subnets --filters Name=vpc-id,Values={vpc} Name=default-for-az,Values=true --query Subnets[].SubnetId {text}").split()
    assert subnets and set(subnets) == set(run(f"describe-subnets --filters Name=defaultForAz,Values=true --query Subnets[].SubnetId {text}").split())
    attributes = run("describe-account-attributes --attribute-names default-vpc supported-platforms")["AccountAttributes"]
    values = {each["AttributeName"]: [value["AttributeValue"] for value in each["AttributeValues"]] for each in attributes}
    assert values == {"default-vpc": [vpc], "supported-platforms": ["VPC"]}


def test_a_network_is_built_as_a_tutorial_builds_it(run, refused, image):
    text = "--output text --query"
    vpc = run(f"create-vpc --cidr-block 10.0.0.0/16 {text} Vpc.VpcId")
    run("wait vpc-available --vpc-ids {vpc}", vpc=vpc)
    run("modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames", vpc=vpc)
    run("modify-vpc-attribute --vpc-id {vpc} --no-enable-dns-support", vpc=vpc)
    run("modify-vpc-attribute --vpc-id {vpc} --enable-dns-support Value=true", vpc=vpc)
    subnet = run(f"create-subnet --vpc-id {vpc} --cidr-block 10.0.1.0/24 {text} Subnet.SubnetId")
    run("modify-subnet-attribute --subnet-id {subnet} --map-public-ip-on-launch", subnet=subnet)
    gateway = run(f"create-internet-gateway {text} InternetGateway.InternetGatewayId")
    run("attach-internet-gateway --vpc-id {vpc} --internet-gateway-id {gateway}", vpc=vpc, gateway=gateway)
    table = run(f"create-route-table --vpc-id {vpc} {text} RouteTable.RouteTableId")
    run("create-route --route-table-id {table} --destination-cidr-block 0.0.0.0/0 --gateway-id {gateway}", table=table, gateway=gateway)
    association = run(f"associate-route-table --subnet-id {subnet} --route-table-id {table} {text} AssociationId")
    group = run(f"create-security-group --group-name ssh --description ssh --vpc-id {vpc} {text} GroupId")
    run("authorize-security-group-ingress --group-id {group} --protocol tcp --port 22 --cidr 0.0.0.0/0", group=group)
    material = run(f"create-key-pair --key-name tutorial {text} KeyMaterial")
    assert material.startswith("-----BEGIN RSA PRIVATE KEY-----")
    # `--count 1:2`, and more of what launches say.
    launched = run(
        "run-instances --image-id {image} --count 1:2 --instance-type m5.large --key-name tutorial --security-group-ids {group} "
        "--subnet-id {subnet} --associate-public-ip-address --monitoring Enabled=false --placement AvailabilityZone={zone} "
        "--block-device-mappings DeviceName=/dev/xvda,Ebs={VolumeSize=10,DeleteOnTermination=true} --instance-initiated-shutdown-behavior stop",
        image=image, group=group, subnet=subnet, zone=run(f"describe-subnets --subnet-ids {subnet} {text} Subnets[].AvailabilityZone"),
    )["Instances"]
    assert len(launched) == 2
    ids = " ".join(each["InstanceId"] for each in launched)
    run(f"wait instance-status-ok --instance-ids {ids}")
    interface = launched[0]["NetworkInterfaces"][0]["NetworkInterfaceId"]
    run(f"create-route --route-table-id {table} --destination-cidr-block 198.51.100.0/24 --instance-id {launched[0]['InstanceId']}")
    run(f"replace-route --route-table-id {table} --destination-cidr-block 198.51.100.0/24 --network-interface-id {interface}")
    run(f"modify-network-interface-attribute --network-interface-id {interface} --no-source-dest-check")
    assert refused("delete-vpc --vpc-id {vpc}", vpc=vpc) == "DependencyViolation"
    run(f"terminate-instances --instance-ids {ids}")
    run(f"wait instance-terminated --instance-ids {ids}")
    run(f"disassociate-route-table --association-id {association}")
    for command in [
        f"delete-route-table --route-table-id {table}",
        f"detach-internet-gateway --internet-gateway-id {gateway} --vpc-id {vpc}",
        f"delete-internet-gateway --internet-gateway-id {gateway}",
        f"delete-subnet --subnet-id {subnet}",
        f"delete-security-group --group-id {group}",
        f"delete-vpc --vpc-id {vpc}",
        "delete-key-pair --key-name tutorial",
    ]:
        run(command)
