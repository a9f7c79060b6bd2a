"""What a refused call answers."""

import contextlib

import botocore.exceptions
import pytest


@contextlib.contextmanager
def refused(code, message=None, status=None):
    """The calls within are refused with this code and, if given, with words that hold `message` and with this status."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert message is None or message in error["Message"], error
    assert status in (None, caught.value.response["ResponseMetadata"]["HTTPStatusCode"]), error
