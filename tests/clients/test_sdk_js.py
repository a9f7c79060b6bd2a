"""AWS's SDK for JavaScript, unchanged."""


def test_the_sdk_s_commands_waiters_and_paginators_work(client, ec2):
    vpcs = ec2.describe_vpcs()["Vpcs"]
    printed = client("sdk-js", "node", "journey.js")
    assert "251 free addresses" in printed
    assert "went to the standby with 10.30.0.100" in printed
    assert ec2.describe_vpcs()["Vpcs"] == vpcs
