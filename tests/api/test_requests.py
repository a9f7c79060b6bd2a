"""Requests that no SDK sends: each gets EC2's code in XML, quickly, and changes nothing."""

import contextlib
import re
import select
import socket
import urllib.parse

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from errors import refused

VERSION = "Version=2016-11-15"
SECONDS_MAX = 10
# crates/enid/src/body.rs
LARGE_BODIES_MAX = 64


class Wire:
    """Sends bytes as they are."""

    def __init__(self, server):
        self.url = server.env["AWS_ENDPOINT_URL_EC2"]
        address = urllib.parse.urlsplit(self.url)
        self.address = (address.hostname, address.port)
        self.credentials = Credentials(server.env["AWS_ACCESS_KEY_ID"], server.env["AWS_SECRET_ACCESS_KEY"])

    def signed(self, body, method="POST", query="", tamper=lambda headers: None, service="ec2"):
        headers = {"Host": "%s:%s" % self.address, "Content-Type": "application/x-www-form-urlencoded"}
        request = AWSRequest(method=method, url=f"{self.url}/?{query}", data=body, headers=headers)
        SigV4Auth(self.credentials, service, "us-east-1").add_auth(request)
        headers = dict(request.headers.items())
        headers["Content-Length"] = str(len(body))
        tamper(headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} /?{query} HTTP/1.1\r\n{head}\r\n".encode() + body

    def send(self, raw):
        """The status, and the body, of the answer to these bytes."""
        with socket.create_connection(self.address, timeout=SECONDS_MAX) as stream:
            try:
                stream.sendall(raw)
            except OSError:
                pass  # The server need not read all of a request that it refuses.
            answer = b""
            while not (whole := re.match(rb"HTTP/1\.1 (\d+) .*?content-length: (\d+).*?\r\n\r\n", answer, re.S)) or len(
                answer
            ) < whole.end() + int(whole[2]):
                part = stream.recv(65536)
                assert part, f"the connection was closed after {answer}"
                answer += part
        return int(whole[1]), answer[whole.end() :].decode()

    def call(self, body, **how):
        return self.send(self.signed(body if isinstance(body, bytes) else body.encode(), **how))


@pytest.fixture
def wire(server):
    return Wire(server)


def code(answer):
    """The status, and the code of the error, in EC2's form."""
    status, body = answer
    found = re.search(r"<Response><Errors><Error><Code>(.+?)</Code><Message>.+?</Message></Error></Errors><RequestID>", body, re.S)
    assert found, body
    return status, found[1]


@pytest.mark.parametrize(
    "body, expected",
    [
        ("", "MissingAction"),
        (VERSION, "MissingAction"),
        ('{"Action": "DescribeVpcs"}', "MissingAction"),
        ("Action=DescribeVpcs", "MissingParameter"),
        ("Action=DescribeVpcs&Version=2099-01-01", "NoSuchVersion"),
        (f"Action=Foo&{VERSION}", "InvalidAction"),
        (f"Action=CreateFlowLogs&{VERSION}", "UnsupportedOperation"),
        (f"Action=CreateFlowLog&{VERSION}", "InvalidAction"),
        (f"Action=DescribeVpcs&Action=DescribeSubnets&{VERSION}", "MalformedQueryString"),
        (f"Action=DescribeVpcs&{VERSION}&VpcId.1=%zz", "MalformedQueryString"),
        (f"Action=DescribeVpcs&{VERSION}&VpcId.1=".encode() + b"\xff\xfe", "MalformedQueryString"),
        (f"Action=DescribeVpcs&{VERSION}&" + ".".join(["a"] * 2000) + "=1", "MalformedQueryString"),
        (f"Action=DescribeVpcs&{VERSION}" + "".join(f"&VpcId.{n}=vpc-{n}" for n in range(20000)), "MalformedQueryString"),
        (f"Action=DescribeVpcs&{VERSION}&Foo=" + "a" * (2 << 20), "MalformedQueryString"),
        (f"Action=DescribeVpcs&{VERSION}&Foo=bar", "UnknownParameter"),
        (f"Action=DescribeVpcs&{VERSION}&VpcId=vpc-1", "InvalidVpcID.NotFound"),
        (f"Action=DescribeVpcs&{VERSION}&VpcId.-1=vpc-1", "UnknownParameter"),
        (f"Action=DescribeVpcs&{VERSION}&VpcId.99999999999999999999=vpc-1", "UnknownParameter"),
        (f"Action=DescribeVpcs&{VERSION}&MaxResults.2=5", "UnknownParameter"),
        (f"Action=DescribeVpcs&{VERSION}&MaxResults=abc", "InvalidParameterValue"),
        (f"Action=DescribeVpcs&{VERSION}&MaxResults=99999999999999", "InvalidParameterValue"),
        (f"Action=DescribeVpcs&{VERSION}&DryRun=maybe", "InvalidParameterValue"),
        (f"Action=DescribeVpcs&{VERSION}&VpcId.1=%00%3Cb%3E", "InvalidVpcID.NotFound"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else None,
)
def test_a_malformed_request_gets_its_code(wire, body, expected):
    assert code(wire.call(body)) == (400, expected)


def test_what_ec2_has_and_enid_does_not_is_told_apart_from_a_typo(ec2, server, session):
    with refused("UnsupportedOperation", "enid does not serve CreateFlowLogs (yet)"):
        ec2.create_flow_logs(ResourceIds=["vpc-1"], ResourceType="VPC")
    with refused("UnsupportedOperation", "enid does not serve AssumeRole (yet)"):
        server.client(session, "sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/a", RoleSessionName="a")


# A service of each protocol of AWS; a call that it answers.
OTHER_SERVICES = [
    ("iam", "list_account_aliases", {}),
    ("elbv2", "describe_load_balancers", {}),
    ("dynamodb", "list_tables", {}),
    ("kms", "list_keys", {}),
    ("eks", "list_clusters", {}),
    ("lambda", "delete_function", {"FunctionName": "a"}),
    ("s3", "list_buckets", {}),
    ("s3", "put_object", {"Bucket": "a", "Key": "b", "Body": b"c" * 100_000}),
    ("s3", "get_object", {"Bucket": "a", "Key": "b"}),
    ("route53", "list_hosted_zones", {}),
    ("cloudfront", "list_distributions", {}),
    ("cloudwatch", "list_metrics", {}),
]


@pytest.mark.parametrize("service, call, how", OTHER_SERVICES, ids=lambda value: value if isinstance(value, str) else "")
def test_another_service_is_refused_in_its_own_form(server, session, service, call, how):
    client = server.client(session, service)
    with refused("UnsupportedOperation", "it serves the services ec2 and sts"):
        getattr(client, call)(**how)


def test_an_answer_without_a_body_has_a_status_that_says_no(server, session):
    with refused("400"):
        server.client(session, "s3").head_bucket(Bucket="a")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_presigned_request_for_another_service_is_refused_in_its_form(wire, method):
    request = AWSRequest(method=method, url=f"{wire.url}/bucket/key")
    SigV4QueryAuth(wire.credentials, "s3", "us-east-1").add_auth(request)
    url = urllib.parse.urlsplit(request.url)
    head = f"{method} {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 0\r\n\r\n"
    status, body = wire.send(head.encode())
    assert status == 400 and "<Error><Code>UnsupportedOperation</Code>" in body, body


@pytest.mark.parametrize(
    "parameters, expected",
    [
        ("Version=2011-06-15", None),
        ("Version=2011-06-15&Foo=1", "<Code>UnknownParameter</Code>"),
        ("Version=2016-11-15", "for version 2016-11-15"),
        ("", "for version NO_VERSION_SPECIFIED"),
    ],
)
def test_sts_takes_its_own_version_and_no_parameters(wire, parameters, expected):
    status, body = wire.call(f"Action=GetCallerIdentity&{parameters}", service="sts")
    assert status == 200 if expected is None else status == 400 and expected in body


def test_list_indexes_may_leave_gaps(wire, ec2):
    (subnet, other) = sorted(row["SubnetId"] for row in ec2.describe_subnets()["Subnets"])[:2]
    status, body = wire.call(f"Action=DescribeSubnets&{VERSION}&SubnetId.7={subnet}&SubnetId.4000={other}")
    assert status == 200 and body.count("<subnetId>") == 2


def test_the_template_of_a_launch_is_read_like_any_other_parameter(wire, ec2):
    image = ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    data = [{"LaunchTemplateData": {"ImageId": image, "InstanceType": kind}} for kind in ("m5.large", "m5.xlarge")]
    ec2.create_launch_template(LaunchTemplateName="web", **data[0])
    ec2.create_launch_template_version(LaunchTemplateName="web", **data[1])
    launch = f"Action=RunInstances&{VERSION}&MinCount=1&MaxCount=1&LaunchTemplate.LaunchTemplateName=web"
    status, body = wire.call(f"{launch}&LaunchTemplate.Version.1=2")
    assert status == 200 and "<instanceType>m5.xlarge</instanceType>" in body, body
    assert code(wire.call(f"{launch}&LaunchTemplate.Colour=red")) == (400, "UnknownParameter")


@pytest.mark.parametrize("yes", ["DryRun=true", "DryRun=TRUE", "DryRun=1", "DryRun.1=true"])
def test_a_dry_run_changes_nothing_however_it_is_spelled(wire, ec2, yes):
    assert code(wire.call(f"Action=CreateVpc&{VERSION}&CidrBlock=10.0.0.0%2F16&{yes}")) == (412, "DryRunOperation")
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(wire, method):
    status = int(wire_status(wire, f"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()))
    assert status == 400


def wire_status(wire, raw):
    """The status alone: the answer to HEAD has no body."""
    with socket.create_connection(wire.address, timeout=SECONDS_MAX) as stream:
        stream.sendall(raw)
        return stream.recv(65536).split()[1]


@pytest.mark.parametrize("raw", [b"\x00\x01garbage\r\n\r\n", b"GET /\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n"])
def test_what_is_not_http_is_refused(wire, raw):
    assert wire_status(wire, raw) == b"400"


def test_a_request_that_nobody_signed_is_refused_in_xml(wire):
    for raw in [
        b"GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET /?Action=DescribeVpcs&{VERSION} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    ]:
        assert code(wire.send(raw)) == (403, "MissingAuthenticationToken")


def test_a_signature_binds_body_headers_and_query(wire):
    body = f"Action=DescribeVpcs&{VERSION}".encode()
    mismatch = (403, "SignatureDoesNotMatch")
    assert code(wire.send(wire.signed(body).replace(b"Vpcs", b"Sets"))) == mismatch
    assert code(wire.call(body, tamper=lambda headers: headers.update({"X-Amz-Foo": "bar"}))) == mismatch
    assert code(wire.call(body, tamper=lambda headers: headers.update({"Host": "elsewhere"}))) == mismatch
    raw = wire.signed(b"", method="GET", query=body.decode())
    assert wire.send(raw)[0] == 200
    assert code(wire.send(raw.replace(b"DescribeVpcs", b"DescribeTags"))) == mismatch


def test_requests_one_after_the_other_on_a_connection_are_answered_in_order(wire):
    names = ["Vpcs", "Subnets", "Regions"]
    raw = b"".join(wire.signed(f"Action=Describe{name}&{VERSION}".encode()) for name in names)
    with socket.create_connection(wire.address, timeout=SECONDS_MAX) as stream:
        stream.sendall(raw)
        answers = b""
        while len(found := re.findall(rb"</Describe(\w+)Response>", answers)) < len(names):
            part = stream.recv(65536)
            assert part
            answers += part
    assert [name.decode() for name in found] == names


def test_a_body_may_come_in_chunks(wire):
    head, body = wire.signed(f"Action=DescribeVpcs&{VERSION}".encode()).split(b"\r\n\r\n", 1)
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    assert wire.send(head + b"\r\n\r\n" + chunks + b"0\r\n\r\n")[0] == 200
    assert code(wire.send(head + b"\r\n\r\nzz\r\n")) == (400, "MalformedQueryString")


def test_a_body_that_is_too_large_is_refused_in_words_and_not_by_a_reset(wire):
    for _ in range(5):
        raw = wire.signed(b"Action=DescribeVpcs&Foo=" + b"a" * (5 << 20))
        with socket.create_connection(wire.address, timeout=SECONDS_MAX) as stream:
            stream.sendall(raw)
            assert b"MalformedQueryString" in stream.recv(65536)


def test_large_bodies_that_nobody_signed_are_bounded_and_keep_nobody_out(wire):
    large = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"a" * 90_000
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(socket.create_connection(wire.address, timeout=SECONDS_MAX)) for _ in range(LARGE_BODIES_MAX + 1)]
        for stream in streams:
            stream.sendall(large)
        # More than there is room for: one of them had to make some.
        (ended, *_), _, _ = select.select(streams, [], [], SECONDS_MAX)
        assert b"RequestLimitExceeded" in ended.recv(65536)
        filters = "".join(f"&Filter.1.Value.{n}=" + "a" * 255 for n in range(1, 201))
        status, body = wire.call(f"Action=DescribeVpcs&{VERSION}&Filter.1.Name=tag-key{filters}")
        assert status == 200 and "<vpcSet/>" in body, body[:400]


def test_a_presigned_request_is_held_to_what_it_says_of_its_signature(wire):
    def get(credentials):
        request = AWSRequest(method="GET", url=f"{wire.url}/?Action=DescribeVpcs&{VERSION}")
        SigV4QueryAuth(credentials, "ec2", "us-east-1").add_auth(request)
        url = urllib.parse.urlsplit(request.url)
        return wire.send(f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())

    assert get(wire.credentials)[0] == 200
    # As in a header: nothing here issues temporary credentials.
    with_token = Credentials(wire.credentials.access_key, wire.credentials.secret_key, "token")
    status, answer = get(with_token)
    assert (status, "session token" in answer) == (401, True) and "AuthFailure" in answer, answer
    # Of a request that is signed in its headers, neither the body nor the query is part of the signature.
    unknown = (400, "UnknownParameter")
    assert code(wire.call(f"Action=DescribeVpcs&{VERSION}&X-Amz-Security-Token=token")) == unknown
    query = f"Action=DescribeVpcs&{VERSION}&X-Amz-Security-Token=token"
    assert code(wire.send(wire.signed(b"", method="GET", query=query))) == unknown
