"""A VPC of the test's own, and what tests of addresses do with it."""

import ipaddress


class Network:
    """10.0.0.0/16 with an internet gateway, IPv6, and two subnets in one zone."""

    def __init__(self, ec2):
        self.ec2 = ec2
        # Primary addresses that tests do not name: named ones stay clear of these, so that chance never mixes them up.
        self.unnamed = (f"10.0.0.{last}" for last in range(200, 240))
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
        vpc = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]
        self.ipv6 = ipaddress.ip_network(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.subnet = self.make_subnet("10.0.0.0/24", Ipv6CidrBlock=self.ipv6_block(0))
        self.ipv4_subnet = self.make_subnet("10.0.1.0/24")

    def make_subnet(self, cidr, zone="us-east-1a", **more):
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone, **more)
        return made["Subnet"]["SubnetId"]

    def ipv6_block(self, number):
        """The /64 of this number, in the VPC's /56."""
        return f"{self.ipv6[number << 64]}/64"

    def ipv6_address(self, last, subnet=0):
        return str(self.ipv6[(subnet << 64) + int(str(last), 16)])

    def interface(self, address=None, **more):
        """The id of a new interface, with this primary address if one is named."""
        if address or not more.keys() & {"SubnetId", "PrivateIpAddresses", "PrivateIpAddress"}:
            more["PrivateIpAddress"] = address or next(self.unnamed)
        return self.ec2.create_network_interface(**{"SubnetId": self.subnet} | more)["NetworkInterface"]["NetworkInterfaceId"]

    def describe(self, interface):
        return self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]

    def addresses(self, interface):
        return [entry["PrivateIpAddress"] for entry in self.describe(interface)["PrivateIpAddresses"]]

    def ipv6_addresses(self, interface):
        return [entry["Ipv6Address"] for entry in self.describe(interface)["Ipv6Addresses"]]

    def assign(self, interface, *addresses, **more):
        return self.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=list(addresses), **more)

    def elastic_ip(self):
        return self.ec2.allocate_address()["AllocationId"]

    def address(self, allocation):
        return self.ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]

    def instance(self, instance_type="m5.large", state="running", **more):
        """The id of an instance in this state and of its primary interface."""
        x86 = [{"Name": "architecture", "Values": ["x86_64"]}]
        image = self.ec2.describe_images(Owners=["amazon"], Filters=x86)["Images"][0]["ImageId"]
        if not more.keys() & {"SubnetId", "NetworkInterfaces"}:
            more = {"SubnetId": self.subnet, "PrivateIpAddress": next(self.unnamed)} | more
        made = self.ec2.run_instances(ImageId=image, InstanceType=instance_type, MinCount=1, MaxCount=1, **more)
        id = made["Instances"][0]["InstanceId"]
        wait = {"Delay": 0.05, "MaxAttempts": 100}
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[id], WaiterConfig=wait)
        if state == "stopped":
            self.ec2.stop_instances(InstanceIds=[id])
            self.ec2.get_waiter("instance_stopped").wait(InstanceIds=[id], WaiterConfig=wait)
        return id, self.primary(id)

    def primary(self, instance):
        attached = self.ec2.describe_network_interfaces(
            Filters=[{"Name": "attachment.instance-id", "Values": [instance]}, {"Name": "attachment.device-index", "Values": ["0"]}]
        )["NetworkInterfaces"]
        return attached[0]["NetworkInterfaceId"]
