"""What an instance does at its boots, as the API tells: user data, the console, reboots, a shutdown from inside."""

from lab import Instance, soon


def boot(lab, **more):
    """An instance with no more than a primary interface, as soon as it runs."""
    launched = lab.ec2.run_instances(
        ImageId=lab.image, InstanceType="m5.large", MinCount=1, MaxCount=1, SubnetId=lab.subnet, SecurityGroupIds=[lab.open], **more
    )["Instances"][0]
    lab.await_state(launched["InstanceId"], "running")
    return Instance(lab, lab.ec2.describe_instances(InstanceIds=[launched["InstanceId"]])["Reservations"][0]["Instances"][0])


def console(lab, instance):
    return lab.ec2.get_console_output(InstanceId=instance.id)["Output"]


def test_user_data_runs_once_and_its_words_are_on_the_console(lab):
    lab = lab()
    instance = boot(lab, UserData="#!/bin/sh\necho hello from $(hostname)\n")
    assert soon(lambda: "hello from" in console(lab, instance)), console(lab, instance)
    lab.ec2.reboot_instances(InstanceIds=[instance.id])
    lab.ec2.stop_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "stopped")
    lab.ec2.start_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "running")
    assert console(lab, instance).count("hello from") == 1


def test_processes_are_asked_to_end_unless_the_shutdown_is_skipped(lab):
    lab = lab()
    script = "#!/bin/sh\n(trap 'echo asked to end; exit' TERM; echo waits; while :; do sleep 0.1; done) &\n"
    asked, skipped, terminated = (boot(lab, UserData=script) for _ in range(3))
    for instance in asked, skipped, terminated:
        assert soon(lambda: "waits" in console(lab, instance)), console(lab, instance)
    lab.ec2.stop_instances(InstanceIds=[asked.id], Force=True)
    lab.ec2.stop_instances(InstanceIds=[skipped.id], SkipOsShutdown=True)
    for instance in asked, skipped:
        lab.await_state(instance.id, "stopped")
    assert "asked to end" in console(lab, asked)
    assert "asked to end" not in console(lab, skipped)
    lab.ec2.terminate_instances(InstanceIds=[terminated.id], SkipOsShutdown=True)
    lab.await_state(terminated.id, "terminated")


def test_a_reboot_ends_the_processes_and_keeps_the_address(lab):
    lab = lab()
    asker, instance = boot(lab), boot(lab, PrivateIpAddress="10.0.0.20")
    before = instance.run("cat", "/proc/1/stat").split()[21]
    lab.ec2.reboot_instances(InstanceIds=[instance.id])

    def rebooted():
        return instance.run("cat", "/proc/1/stat", check=False).split()[21:22] not in ([], [before])

    assert soon(rebooted)
    assert soon(lambda: asker.pings("10.0.0.20"))


def test_a_launch_from_a_template_carries_packets(lab):
    lab = lab()
    asker = boot(lab)
    interface = {"DeviceIndex": 0, "SubnetId": lab.subnet, "Groups": [lab.open], "PrivateIpAddress": "10.0.0.77"}
    lab.ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": lab.image, "InstanceType": "t3.micro", "NetworkInterfaces": [interface]}
    )
    launched = lab.ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "web"}, MinCount=1, MaxCount=1)["Instances"][0]
    lab.await_state(launched["InstanceId"], "running")
    assert asker.pings("10.0.0.77")


def test_two_interfaces_at_launch_are_eth0_and_eth1(lab):
    lab = lab()
    interfaces = [{"DeviceIndex": index, "SubnetId": lab.subnet, "Groups": [lab.open], "PrivateIpAddress": f"10.0.0.{10 + index}"} for index in (0, 1)]
    launched = lab.ec2.run_instances(ImageId=lab.image, InstanceType="m5.large", MinCount=1, MaxCount=1, NetworkInterfaces=interfaces)["Instances"][0]
    lab.await_state(launched["InstanceId"], "running")
    instance = Instance(lab, launched)
    shown = instance.run("ip", "-brief", "address")
    lines = {line.split()[0].split("@")[0]: line for line in shown.splitlines()}
    assert "10.0.0.10/24" in lines["eth0"] and "10.0.0.11/24" in lines["eth1"], shown
    macs = {interface["Attachment"]["DeviceIndex"]: interface["MacAddress"] for interface in launched["NetworkInterfaces"]}
    links = instance.run("ip", "-brief", "link")
    assert all(f"eth{index}" in line for index, mac in macs.items() for line in links.splitlines() if mac in line), links
