"""The examples that the AWS CLI ships for its EC2 commands: read from the installed package, and what they need made on a server."""

import ipaddress
import pathlib
import re
import shlex
from dataclasses import dataclass, field

import awscli
from botocore import xform_name

EXAMPLES = pathlib.Path(awscli.__file__).parent / "examples" / "ec2"
# An id, or what stands for one: some of the examples' ids have letters that no id has.
ID = re.compile(
    r"(?<![\w-])(eni-attach|eni-perm|vpc-cidr-assoc|subnet-cidr-assoc|ipv4pool-ec2|ipam-pool|"
    r"eipalloc|eipassoc|rtbassoc|aclassoc|subnet|vpc|igw|eigw|rtb|sgr|sg|eni|ami|vol|snap|dopt|acl|nat|pcx|pl|lt|scr|vgw|i)-[0-9A-Za-z]{6,}\b"
)


@dataclass
class Example:
    """A command of an example, with the files that the example shows."""

    command: str
    number: int
    arguments: list
    files: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.command}-{self.number}"

    @property
    def text(self):
        return shlex.join([self.command, *self.arguments])


def examples(operations):
    """Every command that the examples of these operations show."""
    for operation in operations:
        command = xform_name(operation, "-")
        yield from read(command, (EXAMPLES / f"{command}.rst").read_text())


def blocks(text):
    """The indented blocks of a page, each with the name of the file that the line before says it is the contents of."""
    block, name, before = [], None, None
    for line in text.splitlines() + ["."]:
        if not line.strip() or line.startswith((" ", "\t")):
            block.append(line)
            continue
        if any(map(str.strip, block)):
            yield before, "\n".join(block)
            name = None
        if contents := re.search(r"Contents of (?:original file )?``([^`]+)``", line):
            name = contents[1]
        block, before = [], name


def read(command, text):
    number, files = 0, {}
    for name, shown in blocks(text):
        if not shown.strip().startswith(f"aws ec2 {command}"):
            if name:
                files.setdefault(name, shown)
            continue
        # Up to an empty line: some show what is answered in the same block.
        given = re.split(r"\n\s*\n", shown.strip())[0]
        # For PowerShell and for the Windows command prompt: the same commands, in the spelling of other shells.
        if not re.search(r"[\^`][ \t]*\n", given):
            number += 1
            # Some line ends lack their backslash.
            yield Example(command, number, shlex.split(re.sub(r"\\?\s*\n\s*|\\ ", " ", given))[3:], files)


class Stage:
    """What one example needs, made when it is named."""

    def __init__(self, ec2, other):
        self.ec2 = ec2
        # A client of another account.
        self.other = other
        self.ids = {}
        self.vpcs = []

    def real(self, text):
        """The id of a resource that stands for the one that an example names."""
        if text not in self.ids:
            prefix = ID.fullmatch(text)[1]
            self.ids[text] = self.first(prefix) or getattr(self, "make_" + prefix.replace("-", "_"))()
            self.made = prefix
        return self.ids[text]

    def first(self, prefix):
        """One that was prepared for the first id of this kind that is named."""
        prepared = self.__dict__.setdefault("prepared", {})
        return prepared.pop(prefix, None)

    def prepare(self, **made):
        self.__dict__.setdefault("prepared", {}).update({prefix.replace("_", "-"): id for prefix, id in made.items()})
        return next(iter(made.values()))

    @property
    def vpc(self):
        return self.vpcs[0] if self.vpcs else self.make_vpc()

    @property
    def subnet(self):
        if not hasattr(self, "made_subnet"):
            self.made_subnet = self.make_subnet()
        return self.made_subnet

    @property
    def ipv6(self):
        (block,) = self.ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
        return ipaddress.ip_network(block["Ipv6CidrBlock"])

    @property
    def image(self):
        x86 = [{"Name": "architecture", "Values": ["x86_64"]}]
        return self.ec2.describe_images(Owners=["amazon"], Filters=x86)["Images"][0]["ImageId"]

    def make_vpc(self, **more):
        made = self.ec2.create_vpc(**{"CidrBlock": f"10.{len(self.vpcs)}.0.0/16", "AmazonProvidedIpv6CidrBlock": True} | more)
        self.vpcs.append(made["Vpc"]["VpcId"])
        return self.vpcs[-1]

    def make_subnet(self, ipv6=True):
        made = getattr(self, "subnets", 0)
        self.subnets = made + 1
        vpc = self.vpc
        block = ipaddress.ip_network(self.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"])
        more = {"Ipv6CidrBlock": f"{self.ipv6[made << 64]}/64"} if ipv6 else {}
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=str(list(block.subnets(2))[made]), AvailabilityZone=self.zone(), **more)
        return made["Subnet"]["SubnetId"]

    def zone(self):
        return f"{self.ec2.meta.region_name}a"

    def make_igw(self):
        return self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]

    def attached_gateway(self):
        gateway = self.make_igw()
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        return gateway

    def make_eigw(self):
        made = self.ec2.create_egress_only_internet_gateway(VpcId=self.vpc)
        return made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]

    def make_rtb(self):
        return self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]

    def make_rtbassoc(self):
        return self.ec2.associate_route_table(RouteTableId=self.make_rtb(), SubnetId=self.subnet)["AssociationId"]

    def make_acl(self):
        return self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]

    def make_aclassoc(self):
        acls = self.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [self.subnet]}])["NetworkAcls"]
        return acls[0]["Associations"][0]["NetworkAclAssociationId"]

    def make_sg(self):
        name = f"group{len(self.ids)}"
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]

    def make_sgr(self):
        group = next((id for text, id in self.ids.items() if text.startswith("sg-")), None) or self.make_sg()
        rule = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
        made = self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def make_eni(self, **more):
        return self.ec2.create_network_interface(SubnetId=self.subnet, **more)["NetworkInterface"]["NetworkInterfaceId"]

    def make_eni_attach(self):
        interface = next((id for text, id in self.ids.items() if text.startswith("eni-")), None) or self.make_eni()
        made = self.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=self.make_i(), DeviceIndex=1)
        return made["AttachmentId"]

    def make_eni_perm(self):
        made = self.ec2.create_network_interface_permission(
            NetworkInterfaceId=self.make_eni(), AwsAccountId="999999999999", Permission="INSTANCE-ATTACH"
        )
        return made["InterfacePermission"]["NetworkInterfacePermissionId"]

    def make_eipalloc(self):
        return self.ec2.allocate_address()["AllocationId"]

    def make_eipassoc(self):
        self.attached_gateway()
        made = self.ec2.allocate_address()
        self.public_ip = made["PublicIp"]
        return self.ec2.associate_address(AllocationId=made["AllocationId"], NetworkInterfaceId=self.make_eni())["AssociationId"]

    def make_i(self, state="running", instance_type="m5.large"):
        made = self.ec2.run_instances(ImageId=self.image, InstanceType=instance_type, MinCount=1, MaxCount=1, SubnetId=self.subnet)
        id = made["Instances"][0]["InstanceId"]
        wait = {"Delay": 0.05, "MaxAttempts": 200}
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[id], WaiterConfig=wait)
        if state == "stopped":
            self.ec2.stop_instances(InstanceIds=[id])
            self.ec2.get_waiter("instance_stopped").wait(InstanceIds=[id], WaiterConfig=wait)
        return id

    def make_ami(self):
        return self.image

    def make_vol(self):
        instance = self.ec2.describe_instances(InstanceIds=[self.make_i()])["Reservations"][0]["Instances"][0]
        return instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]

    def make_snap(self):
        image = self.ec2.describe_images(ImageIds=[self.image])["Images"][0]
        return image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]

    def make_dopt(self):
        options = [{"Key": "domain-name", "Values": ["example.com"]}]
        return self.ec2.create_dhcp_options(DhcpConfigurations=options)["DhcpOptions"]["DhcpOptionsId"]

    def make_nat(self, public=True):
        if public:
            self.attached_gateway()
            more = {"AllocationId": self.make_eipalloc()}
        else:
            more = {"ConnectivityType": "private"}
        id = self.ec2.create_nat_gateway(SubnetId=self.subnet, **more)["NatGateway"]["NatGatewayId"]
        self.ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[id], WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
        return id

    def make_pcx(self):
        one, two = self.make_vpc(), self.make_vpc()
        made = self.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two)
        return made["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def make_pl(self):
        entry = {"Cidr": "10.0.0.0/16", "Description": "one"}
        made = self.ec2.create_managed_prefix_list(PrefixListName="list", MaxEntries=5, AddressFamily="IPv4", Entries=[entry])
        return made["PrefixList"]["PrefixListId"]

    def make_lt(self):
        name = f"template-{self.vpc}"
        made = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "m5.large"})
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def make_scr(self):
        made = self.ec2.create_subnet_cidr_reservation(SubnetId=self.subnet, Cidr="10.0.1.0/28", ReservationType="prefix")
        return made["SubnetCidrReservation"]["SubnetCidrReservationId"]

    def make_vpc_cidr_assoc(self):
        made = self.ec2.associate_vpc_cidr_block(VpcId=self.vpc, CidrBlock="10.100.0.0/16")
        return made["CidrBlockAssociation"]["AssociationId"]

    def make_subnet_cidr_assoc(self):
        subnet = self.ec2.describe_subnets(SubnetIds=[self.subnet])["Subnets"][0]
        return subnet["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]

    def make_ipv4pool_ec2(self):
        return self.ec2.describe_public_ipv4_pools()["PublicIpv4Pools"][0]["PoolId"]

    def make_ipam_pool(self):
        # There are none; the operation is to refuse the parameter.
        return "ipam-pool-0123456789abcdef0"

    def make_vgw(self):
        # Neither are there virtual private gateways.
        return "vgw-0123456789abcdef0"
