"""The host's own network: enid leaves it alone outside its pools, and takes no pool that the host uses."""

import contextlib
import ipaddress
import json
import subprocess

import pytest

from host import run
from lab import answers, asks, soon
from servers import ENID

MIRROR = "203.0.113.9"


def of_host():
    """The host's network as iproute2 and nft tell it."""
    found = {kind: json.loads(run("ip", "-json", *kind.split())) for kind in ["address", "-4 rule", "-6 rule"]}
    found |= {family: json.loads(run("ip", family, "-json", "route", "show", "table", "all")) for family in ["-4", "-6"]}
    found["nft"] = run("nft", "list", "ruleset")
    return found


def added(before, after):
    return [each for each in after if each not in before]


def is_of_pools(destination, links):
    """Whether a route is one that README says enid takes: to its pools, or of its own links."""
    pools = [ipaddress.ip_network(pool) for pool in ("203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32")]
    network = ipaddress.ip_network(destination["dst"], strict=False) if destination["dst"] != "default" else None
    in_pool = network and any(network.version == pool.version and network.subnet_of(pool) for pool in pools)
    return in_pool or destination.get("dev") in links


def test_up_changes_nothing_outside_its_pools_and_its_links(host, start, session, lab):
    host("ip", "link", "add", "wire", "type", "veth", "peer", "name", "other")
    for end in ("wire", "other"):
        host("ip", "link", "set", end, "addrgenmode", "none")
        host("ip", "link", "set", end, "up")
    host("ip", "address", "add", "192.0.2.2/24", "dev", "wire")
    host("ip", "route", "add", "default", "via", "192.0.2.1")
    host("ip", "rule", "add", "pref", "77", "fwmark", "7", "lookup", "77")
    host("nft", "add", "table", "inet", "mine")
    before = of_host()
    server = start("--fabric", "require")
    here = lab(server=server, ec2=server.client(session), ipv6=True)
    instance = here.launch("10.0.0.10", ipv6=1)
    assert answers(here.elastic(instance.interface, "10.0.0.10"))
    during = of_host()
    links = [link["ifname"] for link in added(before["address"], during["address"])]
    assert links and all(link.startswith("enid") for link in links)
    for kind in ["-4 rule", "-6 rule", "nft"]:
        assert during[kind] == before[kind]
    for kind in ["address", "-4", "-6"]:
        assert [each for each in before[kind] if each not in during[kind]] == [], "nothing of the host's is gone or changed"
    for family in ["-4", "-6"]:
        routes = added(before[family], during[family])
        assert routes and [route for route in routes if not is_of_pools(route, links)] == []
    server.stop()
    host(ENID, "down", "--data", server.data)
    assert of_host() == before


@pytest.fixture
def internet(host):
    """The host has a default route to an internet, on which a mirror serves at an address that enid would hand out."""
    with contextlib.ExitStack() as ends:
        outside = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        ends.callback(outside.wait)
        ends.callback(outside.kill)
        inside = ["nsenter", "--net", "--target", str(outside.pid)]
        assert soon(lambda: run(*inside, "readlink", "/proc/self/ns/net") != run("readlink", "/proc/self/ns/net"))
        host("ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(outside.pid))
        host("ip", "link", "set", "wire", "up")
        host("ip", "address", "add", "192.0.2.2/24", "dev", "wire")
        host("ip", "route", "add", "default", "via", "192.0.2.1")
        for command in [
            "ip link set lo up",
            "ip link set wire up",
            "ip address add 192.0.2.1/24 dev wire",
            f"ip address add {MIRROR}/32 dev lo",
        ]:
            run(*inside, *command.split())
        assert soon(lambda: answers(MIRROR))
        yield [*inside]


def up(*flags, **options):
    return subprocess.run(
        [ENID, "up", "--ephemeral", "--fabric", "require", "--listen", "127.0.0.1:0", *flags],
        capture_output=True,
        text=True,
        timeout=30,
        **options,
    )


def test_a_pool_in_which_a_host_lies_that_this_one_has_a_connection_with_is_refused(internet, start):
    serve = "import socket; s = socket.create_server(('%s', 80)); print('ready', flush=True); c = s.accept(); s.accept()" % MIRROR
    with subprocess.Popen([*internet, "python3", "-c", serve], stdout=subprocess.PIPE, text=True) as mirror:
        assert mirror.stdout.readline() == "ready\n"
        speak = f"import socket; c = socket.create_connection(('{MIRROR}', 80)); print('ready', flush=True); c.recv(1)"
        with subprocess.Popen(["python3", "-c", speak], stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout.readline() == "ready\n"
            refused = up()
            assert refused.returncode == 1 and f"{MIRROR} has a connection with this host" in refused.stderr
            # What is taken all the same, can in fact not be reached any more.
            assert answers(MIRROR)
            server = start("--ephemeral", "--fabric", "require", "--allow-overlap")
            assert not answers(MIRROR)
            server.stop()
            assert answers(MIRROR)
            client.kill()
        mirror.kill()


@pytest.mark.parametrize("file, line", [("/etc/resolv.conf", f"nameserver {MIRROR}"), ("/etc/hosts", f"{MIRROR} mirror")])
def test_a_pool_in_which_a_resolver_or_a_named_host_lies_is_refused(internet, tmp_path, file, line):
    (tmp_path / "file").write_text(f"{line}\n")
    run("mount", "--bind", tmp_path / "file", file)
    try:
        refused = up()
        told = subprocess.run([ENID, "doctor", "--data", tmp_path / "data", "--json"], capture_output=True, text=True)
        run("ip", "route", "del", "default")
        # Whom nothing leads to, nothing cuts off.
        assert answers(MIRROR) is False
        accepted = subprocess.run([ENID, "doctor", "--data", tmp_path / "data"], capture_output=True, text=True)
    finally:
        run("umount", file)
    assert refused.returncode == 1 and f"{MIRROR} is" in refused.stderr and file in refused.stderr
    (finding,) = [finding for finding in json.loads(told.stdout) if "203.0.113.0/24" in finding["name"]]
    assert told.returncode == 1 and finding["required"] and not finding["ok"] and MIRROR in finding["detail"]
    assert accepted.returncode == 0, accepted.stdout


@pytest.mark.parametrize(
    "commands, said",
    [
        (["ip address add 203.0.113.5/32 dev wire"], "203.0.113.5 is this host's own address (wire)"),
        (["ip address add 203.0.113.5/24 dev wire"], "203.0.113.0/24 is the network of a link (wire)"),
        (["ip route add 203.0.113.64/26 via 192.0.2.1"], "203.0.113.64/26 is reached by 192.0.2.1 (wire)"),
        (["ip route add 203.0.113.64/26 via 192.0.2.1 table 52"], "203.0.113.64/26 is reached by 192.0.2.1 (wire)"),
        (["ip route replace default via 203.0.113.7 dev wire onlink"], "203.0.113.7 is the next hop of the default route (wire)"),
        (["ip address add 2001:db8::5/64 dev wire nodad"], "2001:db8::5 is this host's own address (wire)"),
    ],
)
def test_a_pool_that_the_host_itself_has_is_refused_with_a_remedy_that_helps(internet, start, tmp_path, commands, said):
    for command in commands:
        run(*command.split())
    before = of_host()
    refused = up()
    assert refused.returncode == 1 and said in refused.stderr and "--allow-overlap" in refused.stderr
    assert of_host() == before
    remedy = refused.stderr.split("[pools] ", 1)[1].splitlines()[0]
    config = tmp_path / "enid.toml"
    config.write_text(f"[pools]\n{remedy}\n")
    start("--ephemeral", "--fabric", "require", "--config", config)


def test_where_only_the_further_default_range_is_used_enid_does_without_it(internet, start, tmp_path):
    run("ip", "address", "add", "198.18.0.1/16", "dev", "wire")
    before = of_host()
    told = subprocess.run([ENID, "doctor", "--data", tmp_path / "data", "--json"], capture_output=True, text=True)
    (finding,) = [finding for finding in json.loads(told.stdout) if "198.18.0.0/15" in finding["name"]]
    assert told.returncode == 0 and not finding["ok"] and not finding["required"]
    server = start("--ephemeral", "--fabric", "require")
    assert "no public addresses come from 198.18.0.0/15" in open(server.log.name).read()
    routes = added(before["-4"], of_host()["-4"])
    assert [route for route in routes if route["dst"].startswith("198.")] == []
    # Whoever asks for that range by name, is told.
    config = tmp_path / "enid.toml"
    config.write_text('[pools]\nipv4 = ["203.0.113.0/24", "198.18.0.0/15"]\n')
    server.stop()
    refused = up("--config", config)
    assert refused.returncode == 1 and "198.18.0.1 is this host's own address" in refused.stderr


def test_a_name_for_an_instance_s_own_address_keeps_no_server_from_starting(internet, start, session, lab, tmp_path):
    server = start("--fabric", "require")
    here = lab(server=server, ec2=server.client(session))
    public = here.elastic(here.launch("10.0.0.10").interface, "10.0.0.10")
    server.stop()
    (tmp_path / "hosts").write_text(f"127.0.0.1 localhost\n{public} web\n")
    run("mount", "--bind", tmp_path / "hosts", "/etc/hosts")
    try:
        start("--fabric", "require", data=server.data).stop()
        # As after the host itself has booted: the address would be reached by the default route.
        run(ENID, "down", "--data", server.data)
        start("--fabric", "require", data=server.data)
        assert soon(lambda: answers(public))
    finally:
        run("umount", "/etc/hosts")


def test_instances_beyond_the_first_range_of_public_addresses_are_reached_too(start, session, lab, tmp_path):
    config = tmp_path / "enid.toml"
    config.write_text('[pools]\nipv4 = ["203.0.113.0/29", "198.18.0.0/15"]\n')
    server = start("--ephemeral", "--fabric", "require", "--config", config)
    here = lab(server=server, ec2=server.client(session))
    for _ in range(5):
        here.ec2.allocate_address()
    instance = here.launch("10.0.0.10")
    public = here.elastic(instance.interface, "10.0.0.10")
    assert public.startswith(("198.18.", "198.19."))
    assert answers(public) and instance.pings("203.0.113.1")
    instance.answer("10.0.0.10")
    assert asks(public) == instance.id


def test_the_further_default_range_is_not_left_out_while_addresses_of_it_are_in_use(internet, start, session):
    server = start("--fabric", "none")
    ec2 = server.client(session)
    # One more than the first range has.
    used = [ec2.allocate_address()["PublicIp"] for _ in range(254)]
    assert used[-1].startswith(("198.18.", "198.19."))
    server.stop()
    run("ip", "address", "add", "198.18.0.1/32", "dev", "wire")
    refused = up_with(server.data)
    assert refused.returncode == 1 and "198.18.0.1 is this host's own address" in refused.stderr


def up_with(data):
    command = [ENID, "up", "--data", data, "--fabric", "require", "--listen", "127.0.0.1:0"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)
