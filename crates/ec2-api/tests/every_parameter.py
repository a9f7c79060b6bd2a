"""Writes every_parameter.txt: per operation in models/, a request with every parameter, serialised by botocore.

    pip install botocore && python3 every_parameter.py > every_parameter.txt
"""

import datetime
import pathlib
import urllib.parse

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

SCALARS = {
    "string": "s",
    "boolean": True,
    "integer": 7,
    "long": 8,
    "float": 1.5,
    "double": 1.5,
    "blob": b"b",
    "timestamp": datetime.datetime(2026, 11, 22, 19, 0, 0, tzinfo=datetime.timezone.utc),
}


def sample(shape):
    if shape.type_name == "structure":
        return {name: sample(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [sample(shape.member)]
    return SCALARS[shape.type_name]


def main():
    model = ServiceModel(Loader().load_service_model("ec2", "service-2"), "ec2")
    serializer = create_serializer("ec2", include_validation=False)
    models = pathlib.Path(__file__).parents[3] / "models"
    # An operation a line; those with a note have no types of their own.
    for name in (line for line in (models / "operations.txt").read_text().splitlines() if ":" not in line):
        operation = model.operation_model(name)
        request = serializer.serialize_to_request(sample(operation.input_shape), operation)
        print(urllib.parse.urlencode(request["body"]))


if __name__ == "__main__":
    main()
