"""What instances, and servers, of one host do not see of each other, and how much of the host they may take."""

import os

from host import run
from lab import soon
from servers import ENID


def listed(instance, folder):
    """What an instance sees in a folder."""
    return instance.run("ls", "-A", folder).split()


def test_the_data_folders_of_other_servers_are_out_of_sight(host, start, session, lab, tmp_path):
    earlier = start("--fabric", "none")
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.10")
    # One that comes while the instance runs, and is taken away again.
    later = start("--fabric", "none")
    for other in earlier, later, server:
        assert "state.redb" in os.listdir(other.data)
        assert soon(lambda: listed(instance, other.data) == []), other.data
    assert set(listed(instance, tmp_path)) == set(os.listdir(tmp_path)), "and nothing else is"
    again = lab.launch("10.0.0.20")
    assert [listed(again, other.data) for other in (earlier, later, server)] == [[], [], []]
    later.stop()
    run(ENID, "down", "--data", later.data)
    third = lab.launch("10.0.0.30")
    assert "state.redb" in listed(third, later.data), "what nobody runs any more hides nothing"


def test_memory_is_that_of_the_instance_type_where_the_configuration_says_so(host, start, session, lab, tmp_path):
    config = tmp_path / "limits.toml"
    config.write_text('[instances]\nprocesses = 100\nmemory = "instance-type"\n')
    server = start("--fabric", "require", "--config", config)
    lab = lab(server=server, ec2=server.client(session))
    launched = lab.ec2.run_instances(ImageId=lab.image, InstanceType="t3.nano", MinCount=1, MaxCount=1, SubnetId=lab.subnet)["Instances"][0]
    lab.await_state(launched["InstanceId"], "running")
    instance = lab.instance(launched["InstanceId"])
    # A t3.nano has half a GiB.
    assert instance.run("python3", "-c", "x = bytearray(200 << 20); print('ok')").strip() == "ok"
    assert instance.run("python3", "-c", "x = bytearray(700 << 20); print('ok')", check=False) == ""
    assert "ok" in instance.run("sh", "-c", "for i in $(seq 50); do sleep 1 & done; wait; echo ok")
    assert "ok" not in instance.run("sh", "-c", "for i in $(seq 150); do sleep 1 & done; wait; echo ok", check=False)
    # It is the hungry one that ends, not the instance.
    assert instance.run("echo", "here") == "here\n"
