"""Key pairs, as boto3 sees them, with OpenSSH's and OpenSSL's tools as witnesses."""

import base64
import subprocess

import pytest
from errors import refused


def run(*command, stdin=b""):
    return subprocess.run(command, input=stdin, check=True, capture_output=True).stdout


def colons(openssl_output):
    digest = openssl_output.decode().split()[-1]
    return digest if ":" in digest else ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def public_key_of(pem, tmp_path):
    """What ssh-keygen reads out of a private key."""
    path = tmp_path / "key.pem"
    path.write_text(pem + "\n")
    path.chmod(0o600)
    return run("ssh-keygen", "-y", "-f", path).decode().split()[:2]


def describe(ec2, name, **more):
    return ec2.describe_key_pairs(KeyNames=[name], **more)["KeyPairs"][0]


def test_an_rsa_key_is_made_with_the_sha1_of_its_private_der(ec2, tmp_path):
    made = ec2.create_key_pair(KeyName="mine")
    assert made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    der = run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", stdin=made["KeyMaterial"].encode())
    assert made["KeyFingerprint"] == colons(run("openssl", "sha1", "-c", stdin=der))
    known = describe(ec2, "mine", IncludePublicKey=True)
    assert (known["KeyType"], known["KeyFingerprint"], known["Tags"]) == ("rsa", made["KeyFingerprint"], [])
    assert known["PublicKey"].split() == [*public_key_of(made["KeyMaterial"], tmp_path), "mine"]
    assert "PublicKey" not in describe(ec2, "mine")


def test_an_ed25519_key_is_made_in_opensshs_form_with_its_fingerprint(ec2, tmp_path):
    tags = [{"Key": "for", "Value": "test"}]
    made = ec2.create_key_pair(KeyName="ed", KeyType="ed25519", TagSpecifications=[{"ResourceType": "key-pair", "Tags": tags}])
    assert made["KeyMaterial"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n") and made["Tags"] == tags
    public = public_key_of(made["KeyMaterial"], tmp_path)
    (tmp_path / "key.pub").write_text(" ".join(public))
    witness = run("ssh-keygen", "-l", "-f", tmp_path / "key.pub").decode().split()[1]
    assert witness == "SHA256:" + made["KeyFingerprint"].rstrip("=")
    assert describe(ec2, "ed", IncludePublicKey=True)["PublicKey"].split() == [*public, "ed"]


@pytest.mark.parametrize("bits", ["1024", "2048", "4096"])
def test_an_imported_rsa_key_has_the_md5_of_its_public_der(ec2, tmp_path, bits):
    private = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "rsa", "-b", bits, "-m", "PEM", "-N", "", "-C", "someone", "-f", private)
    der = run("openssl", "rsa", "-in", private, "-pubout", "-outform", "DER")
    witness = colons(run("openssl", "md5", "-c", stdin=der))
    forms = {
        "openssh": (tmp_path / "key.pub").read_bytes(),
        "rfc4716": run("ssh-keygen", "-e", "-f", private),
        "der": base64.b64encode(der),
    }
    for name, material in forms.items():
        assert ec2.import_key_pair(KeyName=name, PublicKeyMaterial=material)["KeyFingerprint"] == witness, name
    assert describe(ec2, "rfc4716")["KeyType"] == "rsa"


@pytest.mark.parametrize("bits", ["1032", "3072"])
def test_an_rsa_key_of_another_size_is_not_imported(ec2, tmp_path, bits):
    run("ssh-keygen", "-q", "-t", "rsa", "-b", bits, "-m", "PEM", "-N", "", "-f", tmp_path / "key")
    with refused("InvalidKey.Format"):
        ec2.import_key_pair(KeyName="odd", PublicKeyMaterial=(tmp_path / "key.pub").read_bytes())


def test_names_are_unique_and_bad_keys_refused(ec2):
    ec2.create_key_pair(KeyName="mine", KeyType="ed25519")
    with refused("InvalidKeyPair.Duplicate", "The keypair already exists"):
        ec2.create_key_pair(KeyName="mine", KeyType="ed25519")
    with refused("InvalidKey.Format", "Key is not in valid OpenSSH public key format"):
        ec2.import_key_pair(KeyName="other", PublicKeyMaterial=b"ssh-rsa nonsense")
    with refused("InvalidParameterValue", "KeyType"):
        ec2.create_key_pair(KeyName="other", KeyType="dsa")
    with refused("UnsupportedOperation", "KeyFormat=ppk"):
        ec2.create_key_pair(KeyName="other", KeyType="ed25519", KeyFormat="ppk")
    with refused("MissingParameter", "KeyName"):
        ec2.create_key_pair(KeyType="ed25519")


@pytest.mark.parametrize("by", ["KeyName", "KeyPairId"])
def test_deleting_a_key_pair_twice_succeeds(ec2, by):
    made = ec2.create_key_pair(KeyName="mine", KeyType="ed25519")
    assert ec2.delete_key_pair(**{by: made[by]})["KeyPairId"] == made["KeyPairId"]
    assert ec2.delete_key_pair(**{by: made[by]})["Return"] is True
    with refused("InvalidKeyPair.NotFound", "The key pair 'mine' does not exist"):
        ec2.describe_key_pairs(KeyNames=["mine"])


def test_filters_and_ids_find_key_pairs(ec2):
    made = {name: ec2.create_key_pair(KeyName=name, KeyType="ed25519") for name in ("one", "two")}
    for filter, value in [("key-name", "t?o"), ("fingerprint", made["two"]["KeyFingerprint"]), ("key-pair-id", made["two"]["KeyPairId"])]:
        found = ec2.describe_key_pairs(Filters=[{"Name": filter, "Values": [value]}])["KeyPairs"]
        assert [pair["KeyName"] for pair in found] == ["two"], filter
    assert ec2.describe_key_pairs(KeyPairIds=[made["one"]["KeyPairId"]])["KeyPairs"][0]["KeyName"] == "one"


def test_the_waiter_sees_a_key_pair(ec2):
    ec2.create_key_pair(KeyName="mine", KeyType="ed25519")
    ec2.get_waiter("key_pair_exists").wait(KeyNames=["mine"], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
