"""A VPC with instances, as the packet tests need them: everything is made through the API, and commands run in instances by
`enid exec`."""

import os
import re
import subprocess
import sys
import time

from host import run
from servers import ENID, ROOT

FLOW = ROOT / "examples" / "failover_flow.py"
# One TCP server for tests: it says who it is and goes on listening; with a connection it echoes lines.
ANSWER = """
import socket, sys, threading
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.socket(family, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen()
print("ready", flush=True)
def attend(connection):
    connection.sendall(sys.argv[3].encode() + b"\\n")
    while data := connection.recv(4096):
        connection.sendall(data)
while True:
    threading.Thread(target=attend, args=(listener.accept()[0],), daemon=True).start()
"""


# Sends each line that it is told to, and says it once it comes back, after whatever is still on its way.
TALK = """
import socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1)
connection.recv(99)
print("ready", flush=True)
for line in sys.stdin:
    try:
        connection.sendall(line.encode())
        back = ""
        while not back.endswith(line):
            more = connection.recv(999).decode()
            if not more:
                raise ConnectionResetError
            back += more
        print(line, end="", flush=True)
    except TimeoutError:
        print("silence", flush=True)
    except ConnectionResetError:
        print("reset", flush=True)
"""


class Instance:
    """A running instance."""

    def __init__(self, lab, description):
        self.lab = lab
        self.id = description["InstanceId"]
        interface = description["NetworkInterfaces"][0]
        self.interface = interface["NetworkInterfaceId"]
        self.address = interface["PrivateIpAddress"]
        self.ipv6 = [address["Ipv6Address"] for address in interface["Ipv6Addresses"]]

    def command(self, *command):
        return [*self.lab.server.enter, ENID, "exec", "--data", self.lab.server.data, self.id, "--", *command]

    def run(self, *command, check=True):
        """Runs a command in the instance and gives what it printed."""
        return run(*self.command(*command), check=check)

    def start(self, *command):
        """Starts a command in the instance, which ends with the test at the latest."""
        process = subprocess.Popen(self.command(*command), stdout=subprocess.PIPE, text=True)
        self.lab.processes.append(process)
        return process

    def add(self, *addresses, device="eth0"):
        """Configures addresses, as the guest's business."""
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
        # Linux begins to take packets for an IPv6 address a moment after it was added.
        configured = [address.split("/")[0] for address in addresses if ":" in address]
        if configured:
            assert soon(lambda: set(configured) <= set(self.run("ip", "-6", "route", "show", "table", "local").split()))

    def pings(self, address, source=None, count=1):
        """Whether an address answers."""
        return answers(address, *(["-I", source] if source else []), count=count, inside=self)

    def heard(self, counter="IcmpInEchos"):
        """How many packets of a kind the instance has received, of pings by default."""
        return count(self.run("nstat", "--ignore", "--noupdate", "--zeros", counter))

    def answer(self, address, port=80, word=None):
        """Serves a TCP port, on which the instance tells its id, or the word."""
        server = self.start("python3", "-c", ANSWER, address, str(port), word or self.id)
        assert server.stdout.readline() == "ready\n"

    def asks(self, address, port=80):
        """What a TCP server says; nothing if it cannot be reached."""
        return asks(address, port, inside=self)


def answers(address, *options, count=1, inside=None):
    """Whether an address answers pings: from the host, or from inside an instance."""
    command = ["ping", "-q", "-n", "-i", "0.2", "-c", str(count), "-W", "1", *options, address]
    done = subprocess.run(inside.command(*command) if inside else command, capture_output=True, text=True, timeout=60)
    assert re.search(r"\d received|is unreachable|No route to host", done.stdout + done.stderr), done.stdout + done.stderr
    return done.returncode == 0


def asks(address, port=80, inside=None):
    """What a TCP server says first; nothing if it cannot be reached within a second."""
    ask = f"import socket; print(socket.create_connection(('{address}', {port}), timeout=1).recv(100).decode().strip())"
    command = [sys.executable if inside is None else "python3", "-c", ask]
    done = subprocess.run(inside.command(*command) if inside else command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 or re.search("TimeoutError|timed out|is unreachable|No route to host", done.stderr), done.stderr
    return done.stdout.strip() or None


def count(printed):
    """The number in what nstat prints of one counter."""
    (line,) = [line for line in printed.splitlines() if not line.startswith("#")]
    return int(line.split()[1])


def soon(condition, seconds=10):
    """Waits until a condition holds, at most so long, and says whether it does."""
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


class Lab:
    """A VPC, 10.0.0.0/16 unless named, with an internet gateway, one subnet, 10.0.0.0/24, and a group that lets everything in."""

    def __init__(self, server, ec2, ipv6=False, network="10.0"):
        self.server, self.ec2, self.processes = server, ec2, []
        # EC2 answers when a change is decided; the network follows a moment later, and tests are about what it then does.
        ec2.meta.events.register("after-call.ec2", self.settle, unique_id="settle")
        self.image = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
        self.vpc = ec2.create_vpc(CidrBlock=f"{network}.0.0/16", AmazonProvidedIpv6CidrBlock=ipv6)["Vpc"]["VpcId"]
        block = {}
        if ipv6:
            (association,) = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
            block = {"Ipv6CidrBlock": association["Ipv6CidrBlock"].replace("::/56", "::/64")}
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{network}.0.0/24", **block)["Subnet"]["SubnetId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        of_vpc = [{"Name": "vpc-id", "Values": [self.vpc]}]
        self.routes = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]
        ec2.create_route(RouteTableId=self.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        if ipv6:
            ec2.create_route(RouteTableId=self.routes, DestinationIpv6CidrBlock="::/0", GatewayId=self.gateway)
        self.open = self.group("open")
        everyone = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        ec2.authorize_security_group_ingress(GroupId=self.open, IpPermissions=[everyone])

    def group(self, name):
        """A security group that lets nothing in."""
        return self.ec2.create_security_group(VpcId=self.vpc, GroupName=name, Description=name)["GroupId"]

    def launch(self, address=None, secondary=(), groups=None, ipv6=0, **members):
        """An instance of a few addresses, as soon as it runs; other members are its interface's."""
        addresses = [{"PrivateIpAddress": each, "Primary": each == address} for each in [address, *secondary] if each]
        interface = {"SubnetId": self.subnet, "Groups": groups or [self.open], **members}
        if addresses:
            interface["PrivateIpAddresses"] = addresses
        if ipv6:
            interface["Ipv6AddressCount"] = ipv6
        return self.launch_with(interface)

    def launch_with(self, interface):
        """An instance with this interface, a new one or one that exists, as soon as it runs."""
        interface = {"DeviceIndex": 0, **interface}
        launched = self.ec2.run_instances(
            ImageId=self.image, InstanceType="m5.large", MinCount=1, MaxCount=1, NetworkInterfaces=[interface]
        )
        instance = launched["Instances"][0]["InstanceId"]
        self.await_state(instance, "running")
        launched = self.instance(instance)
        # A guest asks for an address that did not answer once a second. The tests do not have so much time.
        launched.run("sysctl", "-q", "-w", "net.ipv4.neigh.eth0.retrans_time_ms=20")
        return launched

    def instance(self, instance):
        """An instance of this id."""
        return Instance(self, self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0])

    def await_state(self, instance, state):
        def reached():
            found = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
            return found["State"]["Name"] == state

        assert soon(reached, seconds=30), f"{instance} is not {state}"

    def elastic(self, interface, private):
        """An Elastic IP of an interface's private address."""
        allocated = self.ec2.allocate_address(Domain="vpc")
        self.ec2.associate_address(AllocationId=allocated["AllocationId"], NetworkInterfaceId=interface, PrivateIpAddress=private)
        return allocated["PublicIp"]

    def settle(self, **_):
        """Waits until the kernel holds what was changed."""
        assert soon(lambda: "changes wait" not in run(*self.server.enter, ENID, "status", "--json", "--data", self.server.data))

    def namespace(self, *command):
        """Runs a command in the VPC's namespace, as only one who mends or breaks it by hand does."""
        return run("nsenter", f"--net={self.server.data}/netns/{self.vpc}", *command)

    def close(self):
        for process in self.processes:
            process.terminate()
            process.wait(timeout=10)


class Known:
    """A connection to a TCP server of `ANSWER`, from the host or from inside an instance."""

    def __init__(self, address, port=80, inside=None):
        command = [sys.executable if inside is None else "python3", "-c", TALK, address, str(port)]
        command = inside.command(*command) if inside else command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.said = self.process.stdout.readline().strip()
        assert self.said == "ready"

    def lives(self):
        """Whether a word comes back; if it does not, `said` is what happened instead."""
        word = f"word {time.monotonic()}"
        print(word, file=self.process.stdin)
        self.said = self.process.stdout.readline().strip()
        assert self.said in (word, "silence", "reset"), self.said
        return self.said == word

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class Flow:
    """A numbered flow of 5,000 packets a second from the host, and its receivers."""

    def __init__(self, folder):
        self.folder = folder
        self.receivers, self.sender = [], None

    def receive(self, instance, address):
        file = open(self.folder / f"{instance.id}-{len(self.receivers)}", "w+")
        receiver = subprocess.Popen(instance.command(FLOW, "receive", address, "9000"), stdout=file)
        assert soon(lambda: os.path.getsize(file.name) > 0), "the receiver did not start"
        self.receivers.append((receiver, file))

    def send(self, address):
        self.sender = subprocess.Popen([FLOW, "send", address, "9000"], stdout=subprocess.PIPE, text=True)

    def end(self):
        """Ends it; says how many packets were sent, and gives the numbers that each receiver got."""
        self.sender.terminate()
        sent = int(self.sender.communicate(timeout=30)[0].split()[0])
        got = []
        for receiver, file in self.receivers:
            assert receiver.wait(timeout=90) == 0
            file.seek(0)
            got.append([int(line.split()[0]) for line in file.read().splitlines()[1:]])
        return sent, got
