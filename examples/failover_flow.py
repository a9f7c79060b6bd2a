#!/usr/bin/env python3
"""A numbered flow of UDP packets, for failover.sh: its sender, its receivers, and what became of it.

    failover_flow.py send ADDRESS PORT       until told to end (SIGTERM); prints how many packets it sent
    failover_flow.py receive ADDRESS PORT    until the flow falls silent; prints a line for each packet
    failover_flow.py report SENT FIRST STANDBY    reads what these three printed
"""

import signal
import socket
import sys
import time

PACKETS_PER_SECOND = 5000
SENDING_SECONDS_MAX = 60
FIRST_PACKET_SECONDS_MAX = 60
SILENCE_SECONDS = 3

# How far a sender that the machine held up may be behind before it gives up catching up: a burst would overflow queues.
LAG_SECONDS_MAX = 0.005

# A receiver that the machine holds up must not lose what the network delivered. The ordinary limit of this option is
# the host's; the forced one needs root, which a receiver in an instance is. (The name is missing in Python's module.)
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER_BYTES = 16 << 20


def send(address, port):
    flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flow.connect((address, port))
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    sent = 0
    start = due = time.monotonic()
    while not told and due - start < SENDING_SECONDS_MAX:
        flow.send(b"%d" % sent)
        sent += 1
        due = max(due + 1 / PACKETS_PER_SECOND, time.monotonic() - LAG_SECONDS_MAX)
        time.sleep(max(0, due - time.monotonic()))
    print(sent, f"{sent / (time.monotonic() - start):.0f}")


def receive(address, port):
    service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    service.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    service.bind((address, port))
    print("ready", flush=True)
    seen = []
    service.settimeout(FIRST_PACKET_SECONDS_MAX)
    try:
        while True:
            packet, (source, source_port) = service.recvfrom(64)
            # The clock is the kernel's, so that the times of two instances on one host can be compared.
            seen.append((int(packet), time.monotonic_ns(), source, source_port))
            if len(seen) == 1:
                service.settimeout(SILENCE_SECONDS)
    except TimeoutError:
        pass
    for packet in seen:
        print(*packet)


def report(sent_file, *receiver_files):
    with open(sent_file) as file:
        sent, rate = map(int, file.read().split())
    receivers = []
    for name in receiver_files:
        with open(name) as file:
            assert next(file) == "ready\n"
            receivers.append([(int(number), int(at), (source, int(port))) for number, at, source, port in map(str.split, file)])
    first, standby = receivers
    numbers = [number for number, _, _ in first + standby]
    lost = sent - len(set(numbers))
    sources = {source for _, _, source in first + standby}
    print(f"  sent {sent} packets, {rate} a second")
    print(f"  the first instance got {len(first)}, the standby {len(standby)}")
    print(f"  lost {lost}, doubled {len(numbers) - len(set(numbers))}, flows {len(sources)}")
    if not first or not standby:
        sys.exit("failover: the flow did not change its receiver")
    pause = (standby[0][1] - first[-1][1]) / 1e6
    print(f"  from the last packet at the first to the first packet at the standby: {pause:.3f} ms")
    if lost or len(numbers) != len(set(numbers)) or len(sources) != 1:
        sys.exit("failover: the flow did not come through whole")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", address, port]:
            send(address, int(port))
        case ["receive", address, port]:
            receive(address, int(port))
        case ["report", sent, first, standby]:
            report(sent, first, standby)
        case _:
            sys.exit(__doc__)
