"""The README's tour works as it is printed."""

import re

from servers import ROOT


def test_the_tour_of_the_readme_ends_with_answered_pings(tool):
    (tour,) = re.findall(r"^## Two minutes$(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    start, *blocks = re.findall(r"^```console\n(.*?)^```", tour, re.MULTILINE | re.DOTALL)
    # The server of the test is there already.
    assert start == '# enid up --detach\n# eval "$(enid env)"\n'
    commands = [re.sub(r"^# ", "", block, flags=re.MULTILINE) for block in blocks]
    printed = tool("bash", "-euxo", "pipefail", "-c", "".join(commands))
    assert " 0% packet loss" in printed


def test_every_example_is_named_in_the_readme():
    named = re.findall(r"\(examples/([^/)]+)", (ROOT / "README.md").read_text())
    # What is no example itself belongs to one by its name: failover_flow.py to failover.sh.
    shown = {path.name.split(".")[0].split("_")[0] for path in (ROOT / "examples").iterdir()}
    assert shown == {name.split(".")[0] for name in named}
