"""Two servers on one host: the second refuses rather than fight over the host's internet."""

import subprocess

from lab import answers
from servers import ENID


def test_a_second_server_on_the_host_refuses_and_leaves_the_first_alone(host, start, session, lab, tmp_path):
    first = start("--fabric", "require")
    lab = lab(server=first, ec2=first.client(session))
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    links = host("ip", "-details", "link")
    second = tmp_path / "second"

    def up(*flags):
        return subprocess.run(
            [ENID, "up", "--data", second, "--listen", "127.0.0.1:0", *flags], capture_output=True, text=True, timeout=30
        )

    for fabric in ("require", "auto"):
        refused = up("--fabric", fabric)
        assert refused.returncode == 1
        assert f"enid down --data {first.data}" in refused.stderr, refused.stderr
    host(ENID, "down", "--data", second)
    assert host("ip", "-details", "link") == links
    assert answers(public)

    # Not only while it runs: its network stays when it stops.
    first.stop()
    assert up("--fabric", "require").returncode == 1
    assert answers(public)
    host(ENID, "down", "--data", first.data)
    start("--fabric", "require", data=second)
