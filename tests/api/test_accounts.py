"""Several accounts and regions at once: each sees its own resources only."""

import pytest
from errors import refused

OTHER = "210987654321"
KEY, SECRET = "AKIAOTHERACCOUNT0000", "a-secret-of-the-other-account"


@pytest.fixture
def two_accounts(start, tmp_path):
    config = tmp_path / "enid.toml"
    config.write_text(
        f'quotas = "aws"\n[[accounts]]\nid = "{OTHER}"\naccess_key_id = "{KEY}"\nsecret_access_key = "{SECRET}"\n'
    )
    return start("--ephemeral", "--fabric", "none", "--config", config)


def vpcs(ec2):
    return {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}


def test_each_key_is_of_its_account(two_accounts, session):
    ours = two_accounts.client(session, "sts").get_caller_identity()
    theirs = two_accounts.client(session, "sts", key=KEY, secret=SECRET).get_caller_identity()
    assert (ours["Account"], theirs["Account"]) == ("123456789012", OTHER)
    assert theirs["Arn"].startswith(f"arn:aws:iam::{OTHER}:")


def test_accounts_and_regions_do_not_see_each_other(two_accounts, session):
    clients = [
        two_accounts.client(session),
        two_accounts.client(session, key=KEY, secret=SECRET),
        two_accounts.client(session, region="eu-central-1"),
    ]
    seen = [vpcs(client) for client in clients]
    assert all(len(ids) == 1 for ids in seen) and len(set.union(*seen)) == 3
    (foreign,) = seen[0]
    for client in clients[1:]:
        with refused("InvalidVpcID.NotFound", f"'{foreign}' does not exist"):
            client.describe_vpcs(VpcIds=[foreign])
        with refused("InvalidVpcID.NotFound"):
            client.delete_vpc(VpcId=foreign)
    zones = clients[2].describe_availability_zones()["AvailabilityZones"]
    assert {zone["ZoneName"] for zone in zones} == {"eu-central-1a", "eu-central-1b", "eu-central-1c"}


def test_no_public_address_is_given_to_two_accounts(two_accounts, session):
    ours = two_accounts.client(session)
    theirs = two_accounts.client(session, key=KEY, secret=SECRET)
    given = [client.allocate_address()["PublicIp"] for client in (ours, theirs) for _ in range(5)]
    assert len(set(given)) == 10


def test_quotas_of_a_new_aws_account_hold_per_region(two_accounts, session):
    ec2 = two_accounts.client(session)
    for _ in range(5):
        ec2.allocate_address()
    with refused("AddressLimitExceeded"):
        ec2.allocate_address()
    for _ in range(4):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    with refused("VpcLimitExceeded"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    two_accounts.client(session, region="us-west-2").allocate_address()


def test_a_region_that_does_not_exist_is_refused(two_accounts, session):
    with refused("AuthFailure", "mars-north-1", status=401):
        two_accounts.client(session, region="mars-north-1").describe_vpcs()


def test_a_wrong_secret_is_refused(two_accounts, session):
    with refused("SignatureDoesNotMatch"):
        two_accounts.client(session, key=KEY, secret="wrong").describe_vpcs()
    with refused("AuthFailure", status=401):
        two_accounts.client(session, key="AKIANOBODY0000000000", secret="wrong").describe_vpcs()
