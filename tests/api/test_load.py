"""What one client can do to the others: reads that are work, answers that nobody reads, connections that end in the middle, keys."""

import contextlib
import pathlib
import re
import select
import socket
import subprocess
import time

import botocore.exceptions
import pytest

from servers import ENID
from test_requests import VERSION, Wire

SECONDS_MAX = 60
# What the server has all types of is two megabytes long, and takes a good while to write.
HEAVY = f"Action=DescribeInstanceTypes&{VERSION}"
CHEAP = f"Action=DescribeRegions&{VERSION}"
# crates/enid/src/answer.rs
HELD_BYTES_MAX = 128 << 20


@pytest.fixture
def wire(server):
    return Wire(server)


def begin(wire, body, stack):
    """A connection on which a request was sent, and nothing was read."""
    stream = stack.enter_context(socket.create_connection(wire.address, timeout=SECONDS_MAX))
    stream.sendall(wire.signed(body.encode()))
    return stream


def read_all(stream):
    """What arrives until the server closes the connection."""
    return b"".join(iter(lambda: stream.recv(1 << 16), b""))


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_bytes(process):
    [line] = [line for line in open(f"/proc/{process.pid}/status") if line.startswith("VmRSS:")]
    return int(line.split()[1]) << 10


def until_idle(process):
    """Waits until the server has nothing to do, and gives the processor time that it has used by then."""
    deadline = time.monotonic() + SECONDS_MAX
    before = -1
    while (now := processor_seconds(process)) - before > 0.03:
        assert time.monotonic() < deadline, "the server is busy for ever"
        before = now
        time.sleep(1)
    return now


def test_cheap_requests_are_answered_while_heavy_ones_that_came_first_wait(server, wire, session):
    ec2 = server.client(session)
    ec2.describe_regions()
    with contextlib.ExitStack() as stack:
        heavy = [begin(wire, HEAVY, stack) for _ in range(200)]
        ec2.describe_regions()
        answered, _, _ = select.select(heavy, [], [], 0)
        # In the order in which they came, it would have been the last.
        assert len(answered) < 100, f"{len(answered)} heavy requests were answered first"
        # They are answered too.
        for stream in heavy[:3]:
            assert stream.recv(15) == b"HTTP/1.1 200 OK"


def test_a_cheap_request_is_answered_before_many_large_bodies_are_read(wire):
    values = "&".join(f"Filter.1.Value.{number}={'x' * 3000}" for number in range(1, 301))
    body = f"Action=DescribeVpcs&{VERSION}&Filter.1.Name=vpc-id&{values}"
    with contextlib.ExitStack() as stack:
        large = [begin(wire, body, stack) for _ in range(30)]
        assert wire.call(CHEAP)[0] == 200
        answered, _, _ = select.select(large, [], [], 0)
        assert len(answered) < len(large)
        for stream in large:
            assert b"FilterLimitExceeded" in stream.recv(1 << 16)


def test_an_account_that_asks_for_too_much_at_once_is_told_so_and_others_are_not(start, session, config):
    server = start("--ephemeral", "--fabric", "none", "--config", config)
    wire = Wire(server)
    with contextlib.ExitStack() as stack:
        streams = [begin(wire, HEAVY, stack) for _ in range(400)]
        refused, answered = 0, None
        while answered is None or refused == 0:
            ready, _, _ = select.select(streams, [], [], SECONDS_MAX)
            assert ready
            for stream in ready:
                streams.remove(stream)
                head = stream.recv(1 << 16)
                refused += head.startswith(b"HTTP/1.1 503") and b"RequestLimitExceeded" in head
                answered = answered or (head.startswith(b"HTTP/1.1 200") or None)


def test_the_work_of_clients_that_have_gone_ends(server, wire):
    begun = until_idle(server.process)
    wire.call(HEAVY)
    of_one = until_idle(server.process) - begun
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            begin(wire, HEAVY, stack)
    # All of them have closed their connections by now.
    of_all = until_idle(server.process) - begun - of_one
    assert of_all < of_one * 40, f"{of_all} s for what takes {of_one} s each"
    assert wire.call(CHEAP)[0] == 200


@pytest.mark.parametrize("body", [CHEAP, HEAVY], ids=["cheap", "heavy"])
def test_a_client_that_half_closes_its_connection_gets_its_answer(wire, body):
    with socket.create_connection(wire.address, timeout=SECONDS_MAX) as stream:
        stream.sendall(wire.signed(body.encode()))
        stream.shutdown(socket.SHUT_WR)
        answer = read_all(stream)
    # Whoever waits for long may be asked whether they are there, in words that HTTP has for it.
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"Response>")


def test_what_netcat_sends_is_answered(wire):
    done = subprocess.run(["nc", "-N", *map(str, wire.address)], input=wire.signed(CHEAP.encode()), capture_output=True, timeout=SECONDS_MAX)
    assert done.stdout.startswith(b"HTTP/1.1 200 OK") and b"us-east-1" in done.stdout


def test_answers_that_nobody_reads_are_bounded_and_their_memory_is_given_back(server, wire):
    size = int(re.search(rb"content-length: (\d+)", begin_and_peek(wire)).group(1))
    wire.call(HEAVY)
    until_idle(server.process)
    before = resident_bytes(server.process)
    clients = 2 * HELD_BYTES_MAX // size
    with contextlib.ExitStack() as stack:
        for _ in range(clients):
            begin(wire, HEAVY, stack)
        until_idle(server.process)
        most = resident_bytes(server.process)
        # Who does not read makes room for who does.
        assert wire.call(HEAVY)[0] == 200
    until_idle(server.process)
    after = resident_bytes(server.process)
    assert most - before < HELD_BYTES_MAX * 1.4, f"{clients} answers of {size} bytes: {before} -> {most} bytes"
    assert after - before < HELD_BYTES_MAX * 0.2, f"{before} -> {most} -> {after} bytes"


def begin_and_peek(wire):
    with contextlib.ExitStack() as stack:
        return begin(wire, HEAVY, stack).recv(1000)


def test_no_key_is_made_for_what_is_refused(server, ec2):
    ec2.create_key_pair(KeyName="taken", KeyType="ed25519")
    begun = until_idle(server.process)
    ec2.create_key_pair(KeyName="made")
    of_one = until_idle(server.process) - begun
    for refused, code in [
        ({"KeyName": "free", "DryRun": True}, "DryRunOperation"),
        ({"KeyName": "taken"}, "InvalidKeyPair.Duplicate"),
        ({"KeyName": "free", "KeyFormat": "der"}, "InvalidParameterValue"),
        ({"KeyName": "free", "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]}, "InvalidParameterValue"),
    ]:
        for _ in range(10):
            with pytest.raises(botocore.exceptions.ClientError) as refusal:
                ec2.create_key_pair(**refused)
            assert refusal.value.response["Error"]["Code"] == code
    of_forty = until_idle(server.process) - begun - of_one
    assert of_forty < of_one * 10, f"{of_forty} s for what is refused, {of_one} s for a key"


def test_whoever_finds_the_port_open_finds_the_key_too(tmp_path):
    data = tmp_path / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    process = subprocess.Popen(
        [ENID, "up", "--data", data, "--listen", "%s:%s" % address, "--fabric", "none"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(address, timeout=SECONDS_MAX):
                break
            assert process.poll() is None
        done = subprocess.run([ENID, "env", "--data", data], capture_output=True, text=True, timeout=SECONDS_MAX)
        assert done.returncode == 0 and "http://%s:%s" % address in done.stdout and done.stderr == "", done
    finally:
        process.terminate()
        assert process.wait(timeout=SECONDS_MAX) == 0
