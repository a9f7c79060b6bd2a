"""Writes sigv4_botocore.json: requests signed by botocore at a fixed moment.

    pip install botocore && python3 sigv4_botocore.py > sigv4_botocore.json
"""

import datetime
import json
from unittest import mock

import botocore
from botocore import auth, awsrequest, credentials

MOMENT = datetime.datetime(2026, 11, 22, 19, 0, 0)
KEY = credentials.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def signed(name, service, signer, method, url, headers, data):
    request = awsrequest.AWSRequest(method=method, url=url, headers=headers, data=data)
    signer.add_auth(request)
    prepared = request.prepare()
    scheme, _, rest = prepared.url.partition("://")
    host, _, target = rest.partition("/")
    path, _, query = ("/" + target).partition("?")
    headers = {k: v.decode() if isinstance(v, bytes) else v for k, v in prepared.headers.items()}
    headers.setdefault("Host", host)
    body = prepared.body or b""
    return {
        "name": name,
        "service": service,
        "method": method,
        "path": path,
        "query": query,
        "headers": headers,
        "body": body.decode() if isinstance(body, bytes) else body,
    }


def main():
    ec2, sts = "http://127.0.0.1:8773/", "https://sts.eu-central-1.amazonaws.com/"
    body = "Action=CreateTags&Version=2016-11-15&ResourceId.1=vpc-1&Tag.1.Key=Name&Tag.1.Value=a%20b%2Bc%26%C3%A9%2F~"
    identity = "Action=GetCallerIdentity&Version=2011-06-15"
    sigv4 = auth.SigV4Auth
    presign = auth.SigV4QueryAuth
    requests = [
        signed("a POST", "ec2", sigv4(KEY, "ec2", "eu-central-1"), "POST", ec2, {"Content-Type": FORM, "User-Agent": "x"}, body),
        signed("a POST with spaces in a header", "ec2", sigv4(KEY, "ec2", "us-gov-west-1"), "POST", ec2,
               {"Content-Type": FORM, "X-Amz-Meta-Note": "  a   b  "}, body),
        signed("a GET", "ec2", sigv4(KEY, "ec2", "us-east-1"), "GET", ec2 + "?" + body, {}, None),
        signed("a presigned GET", "ec2", presign(KEY, "ec2", "us-east-1", expires=600), "GET", ec2 + "?" + body, {}, None),
        signed("STS", "sts", sigv4(KEY, "sts", "eu-central-1"), "POST", sts, {"Content-Type": FORM}, identity),
        signed("presigned STS", "sts", presign(KEY, "sts", "eu-central-1", expires=60), "GET", sts + "?" + identity, {}, None),
    ]
    print(json.dumps({"origin": f"botocore {botocore.__version__}, by sigv4_botocore.py", "requests": requests}, indent=1))


if __name__ == "__main__":
    with mock.patch.object(auth, "get_current_datetime", lambda *a, **k: MOMENT):
        main()
