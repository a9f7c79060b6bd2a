"""What else an Elastic IP has: a domain name, a pool of its own, another account that takes it over."""

import pytest
from errors import refused
from network import Network


def test_a_domain_name_is_set_and_reset(ec2):
    made = ec2.allocate_address()
    allocation = {"AllocationId": made["AllocationId"]}
    described = lambda: ec2.describe_addresses_attribute(AllocationIds=[made["AllocationId"]], Attribute="domain-name")["Addresses"]
    assert described() == []
    answer = ec2.modify_address_attribute(**allocation, DomainName="mail.example.com")["Address"]
    assert answer["PtrRecordUpdate"] == {"Value": "mail.example.com.", "Status": "PENDING"}
    assert described() == [allocation | {"PublicIp": made["PublicIp"], "PtrRecord": "mail.example.com."}]
    with refused("InvalidAddress.PtrSet", f"[{made['AllocationId']}] cannot be released because it has a PTR record set."):
        ec2.release_address(**allocation)
    ec2.reset_address_attribute(**allocation, Attribute="domain-name")
    assert described() == []
    ec2.release_address(**allocation)
    with refused("InvalidAllocationID.NotFound"):
        described()


@pytest.mark.parametrize("name", ["", "mail", "mail..example.com", "mail example.com", "x" * 64 + ".com"])
def test_a_domain_name_must_be_one(ec2, name):
    allocation = ec2.allocate_address()["AllocationId"]
    with refused("InvalidParameterValue", "domainName"):
        ec2.modify_address_attribute(AllocationId=allocation, DomainName=name)


def test_a_transfer_gives_the_address_to_another_account(accounts):
    giver, taker = accounts
    made = giver.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": [{"Key": "a", "Value": "b"}]}])
    with refused("InvalidAddress.NotFound"):
        taker.accept_address_transfer(Address=made["PublicIp"])
    offer = giver.enable_address_transfer(AllocationId=made["AllocationId"], TransferAccountId="999999999999")["AddressTransfer"]
    assert offer["AddressTransferStatus"] == "pending" and offer["TransferAccountId"] == "999999999999"
    assert giver.describe_address_transfers()["AddressTransfers"] == [offer]
    tags = [{"Key": "mine", "Value": "now"}]
    accepted = taker.accept_address_transfer(
        Address=made["PublicIp"], TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}]
    )["AddressTransfer"]
    assert accepted["AddressTransferStatus"] == "accepted" and "TransferOfferAcceptedTimestamp" in accepted
    assert giver.describe_addresses()["Addresses"] == []
    taken = taker.describe_addresses(PublicIps=[made["PublicIp"]])["Addresses"][0]
    assert taken["Tags"] == tags and taken["AllocationId"] == made["AllocationId"]
    seen = giver.describe_address_transfers(AllocationIds=[made["AllocationId"]])["AddressTransfers"]
    assert seen == [accepted]


def test_a_transfer_is_taken_back_and_needs_a_free_address(accounts):
    giver, taker = accounts
    net = Network(giver)
    elastic = net.elastic_ip()
    public = net.address(elastic)["PublicIp"]
    giver.enable_address_transfer(AllocationId=elastic, TransferAccountId="999999999999")
    association = giver.associate_address(AllocationId=elastic, NetworkInterfaceId=net.interface())["AssociationId"]
    with refused("InvalidTransfer.AddressAssociated"):
        taker.accept_address_transfer(Address=public)
    giver.disassociate_address(AssociationId=association)
    gone = giver.disable_address_transfer(AllocationId=elastic)["AddressTransfer"]
    assert gone == {"PublicIp": public, "AllocationId": elastic, "AddressTransferStatus": "disabled"}
    assert giver.describe_address_transfers()["AddressTransfers"] == []
    with refused("InvalidAddress.NotFound"):
        taker.accept_address_transfer(Address=public)
    with refused("InvalidParameterValue"):
        giver.enable_address_transfer(AllocationId=elastic, TransferAccountId="123456789012")
    with refused("InvalidUserID.Malformed"):
        giver.enable_address_transfer(AllocationId=elastic, TransferAccountId="me")


def test_an_address_that_is_offered_can_be_released_and_its_offer_goes_with_it(accounts):
    giver, taker = accounts
    made = giver.allocate_address()
    giver.enable_address_transfer(AllocationId=made["AllocationId"], TransferAccountId="999999999999")
    giver.release_address(AllocationId=made["AllocationId"])
    assert giver.describe_address_transfers()["AddressTransfers"] == []
    with refused("InvalidAddress.NotFound"):
        taker.accept_address_transfer(Address=made["PublicIp"])


def test_accounts_do_not_see_each_other_s_addresses(accounts):
    giver, taker = accounts
    made = giver.allocate_address()
    with refused("InvalidAddress.NotFound"):
        taker.describe_addresses(PublicIps=[made["PublicIp"]])
    with refused("InvalidAllocationID.NotFound"):
        taker.release_address(AllocationId=made["AllocationId"])
    for change in [taker.release_address, taker.disassociate_address]:
        with refused("AuthFailure", f"The address '{made['PublicIp']}' does not belong to you.", status=400):
            change(PublicIp=made["PublicIp"])
    with refused("InvalidAddress.NotFound"):
        taker.allocate_address(Address=made["PublicIp"])


def test_a_pool_that_was_brought_along_gives_its_addresses(accounts):
    ec2, _ = accounts
    pool = ec2.describe_public_ipv4_pools()["PublicIpv4Pools"][0]
    assert pool["TotalAddressCount"] == pool["TotalAvailableAddressCount"] == 16
    assert pool["PoolAddressRanges"][0]["FirstAddress"] == "198.51.100.0"
    made = ec2.allocate_address(PublicIpv4Pool=pool["PoolId"])
    assert made["PublicIpv4Pool"] == pool["PoolId"] and made["PublicIp"].startswith("198.51.100.")
    left = ec2.describe_public_ipv4_pools(PoolIds=[pool["PoolId"]])["PublicIpv4Pools"][0]
    assert left["TotalAvailableAddressCount"] == 15
    with refused("InvalidPublicIpv4PoolID.NotFound"):
        ec2.allocate_address(PublicIpv4Pool="ipv4pool-ec2-0123456789abcdef0")
    with refused("InvalidParameterCombination"):
        ec2.allocate_address(PublicIpv4Pool=pool["PoolId"], Address="198.51.100.9")
    with refused("UnsupportedOperation", made["PublicIp"]):
        ec2.enable_address_transfer(AllocationId=made["AllocationId"], TransferAccountId="999999999999")


def test_a_pool_that_was_brought_along_has_tags_and_others_do_not(accounts):
    ec2, _ = accounts
    [pool] = [pool["PoolId"] for pool in ec2.describe_public_ipv4_pools()["PublicIpv4Pools"]]
    tags = [{"Key": "stage", "Value": "test"}]
    ec2.create_tags(Resources=[pool], Tags=tags)
    found = lambda value: ec2.describe_public_ipv4_pools(Filters=[{"Name": "tag:stage", "Values": [value]}])["PublicIpv4Pools"]
    assert [shown["Tags"] for shown in found("test")] == [tags] and found("live") == []
    with refused("InvalidPublicIpv4PoolID.NotFound"):
        ec2.create_tags(Resources=["ipv4pool-ec2-0123456789abcdef0"], Tags=tags)


def test_quotas_of_a_region_hold_where_they_are_set(start, session, tmp_path):
    config = tmp_path / "enid.toml"
    config.write_text("[quotas]\nelastic_ips = 1\ninterfaces = 1\n")
    ec2 = start("--ephemeral", "--fabric", "none", "--config", config).client(session)
    ec2.allocate_address()
    with refused("AddressLimitExceeded", "The maximum number of addresses has been reached."):
        ec2.allocate_address()
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet)
    with refused("NetworkInterfaceLimitExceeded"):
        ec2.create_network_interface(SubnetId=subnet)


def test_names_offers_and_permissions_survive_a_restart(start, session, tmp_path):
    data = tmp_path / "kept"
    first = start("--fabric", "none", data=data)
    ec2 = first.client(session)
    net = Network(ec2)
    elastic = net.elastic_ip()
    ec2.modify_address_attribute(AllocationId=elastic, DomainName="mail.example.com")
    ec2.enable_address_transfer(AllocationId=elastic, TransferAccountId="999999999999")
    interface = net.interface(Ipv4PrefixCount=1, Ipv6AddressCount=1)
    ec2.create_network_interface_permission(NetworkInterfaceId=interface, AwsAccountId="999999999999", Permission="INSTANCE-ATTACH")
    ec2.associate_address(AllocationId=net.elastic_ip(), NetworkInterfaceId=interface)

    def everything(client):
        answers = [
            client.describe_addresses(),
            client.describe_addresses_attribute(),
            client.describe_address_transfers(),
            client.describe_network_interface_permissions(),
            client.describe_network_interfaces(),
        ]
        return [{key: value for key, value in answer.items() if key != "ResponseMetadata"} for answer in answers]

    before = everything(ec2)
    first.stop()
    assert everything(start("--fabric", "none", data=data).client(session)) == before
