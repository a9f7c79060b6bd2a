"""What is given to others works where only its declared needs are met."""

import fnmatch
import json
import os
import re
import shlex
import subprocess
import time

import pytest

from host import run
from servers import ENID, ROOT


def commands():
    """The commands that the command line itself lists."""
    printed = run(ENID, "--help").split("Commands:")[1].split("Options:")[0]
    return [found for found in re.findall(r"^  (\w+)", printed, re.MULTILINE) if found != "help"]


def sections(file):
    return set(re.findall(r"\] (\.\S+)", run("readelf", "--sections", "--wide", file)))


def libraries(binary):
    """The libraries that a binary loads, the loader included."""
    return re.findall(r"(/\S+) \(0x", run("ldd", binary))


def test_the_binary_is_stripped_and_a_debugger_finds_the_rest_beside_it(made):
    assert not {".debug_line", ".symtab"} & sections(made / "enid")
    assert {".debug_line", ".symtab"} <= sections(made / "enid.debug")
    parts = (made / "enid").stat().st_size, (made / "enid.debug").stat().st_size
    assert max(parts) < ENID.stat().st_size
    assert ".gnu_debuglink" in sections(made / "enid") and b"enid.debug\0" in (made / "enid").read_bytes()
    assert run(made / "enid", "version") == run(ENID, "version")


def test_every_command_has_a_manual_page_and_is_completed(made):
    assert {"up", "env", "status", "version"} <= set(commands())
    pages = {page.name for page in (made / "man").iterdir()}
    assert pages == {"enid.1"} | {f"enid-{command}.1" for command in commands()}
    assert "\\-\\-detach" in (made / "man" / "enid-up.1").read_text()
    # As bash itself asks for a word: the command, the word so far, and the one before it.
    def bash(*words):
        script = f"source {made}/completions/enid.bash; COMP_WORDS=($@); COMP_CWORD=$(($# - 1)); _enid enid ${{@: -1}} ${{@: -2:1}}"
        return run("bash", "-c", script + "; echo ${COMPREPLY[@]}", "bash", *words).split()

    assert "status" in bash("enid", "sta") and "--detach" in bash("enid", "up", "--d") and "--filter" in bash("enid", "status", "--f")
    assert all(command in bash("enid", command[:1]) for command in commands())
    fish = f"source {made}/completions/enid.fish; complete --do-complete 'enid '"
    assert set(commands()) <= {line.split("\t")[0] for line in run("fish", "--no-config", "-c", fish).splitlines()}


def test_the_package_is_installed_used_and_removed(made, machine):
    (package,) = made.glob("*.deb")
    machine.root.joinpath("root", package.name).write_bytes(package.read_bytes())
    machine("dpkg", "--install", f"/root/{package.name}")
    told = json.loads(machine("/usr/bin/enid", "version", "--json"))
    assert told["api_version"] == "2016-11-15" and told["version"] == package.name.split("_")[1]
    assert "enid-up" in machine("man", "--path", "enid-up")
    machine("systemd-analyze", "verify", "--man=no", "enid.service")
    owned = machine("dpkg", "--listfiles", "enid").split()
    assert {"/usr/lib/systemd/system/enid.service", "/usr/share/bash-completion/completions/enid"} <= set(owned)
    started = machine("/usr/bin/enid", "up", "--detach", "--json", "--fabric", "none", "--listen", "127.0.0.1:0")
    pid = json.loads(started)["pid"]
    try:
        assert "AWS_ENDPOINT_URL_EC2" in machine("/usr/bin/enid", "env", "--wait")
        assert "There are no instances." in machine("/usr/bin/enid", "status")
    finally:
        os.kill(pid, 15)
        deadline = time.monotonic() + 30
        while os.path.exists(machine.root / "var/lib/enid/server.json"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    machine("dpkg", "--purge", "enid")
    left = [path for path in owned if "enid" in path and (machine.root / path.lstrip("/")).exists()]
    assert left == []
    # What somebody made with it is theirs.
    assert (machine.root / "var/lib/enid/state.redb").exists()


def test_the_package_needs_no_library_that_it_does_not_name(made):
    (package,) = made.glob("*.deb")
    named = run("dpkg-deb", "--field", package, "Depends")
    owners = set()
    for library in libraries(made / "enid"):
        # Debian's own database may know a library by its place before /usr was merged.
        for place in (library, os.path.realpath(library), os.path.realpath(library).removeprefix("/usr")):
            found = subprocess.run(["dpkg", "--search", place], capture_output=True, text=True)
            if found.returncode == 0:
                owners.add(found.stdout.split(":")[0])
                break
        else:
            pytest.fail(f"no package has {library}")
    assert owners <= set(re.findall(r"([a-z][a-z0-9.+-]+)(?: \(|,|$)", named)), named


def dockerfile():
    """The Dockerfile's instructions, each a list of words; stages are told apart by `FROM`."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    return [shlex.split(line) for line in text.splitlines() if line and not line.startswith("#")]


def test_what_the_dockerfile_copies_is_there_and_not_ignored():
    *excluded, = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    assert excluded[0] == "*"
    kept = [line.removeprefix("!") for line in excluded[1:]]
    copied = [word for words in dockerfile() if words[0] == "COPY" and not words[1].startswith("--from") for word in words[1:-1]]
    assert copied
    for path in copied:
        assert (ROOT / path).exists() and any(fnmatch.fnmatch(path, pattern) for pattern in kept), path
    # Every crate that cargo asks for is there.
    members = re.search(r"members = \[(.*)\]", (ROOT / "Cargo.toml").read_text()).group(1)
    assert {member.strip(' "').split("/")[0] for member in members.split(",")} <= set(copied)


def test_what_is_built_reads_no_file_that_the_dockerfile_leaves_out():
    copied = {word for words in dockerfile() if words[0] == "COPY" and not words[1].startswith("--from") for word in words[1:-1]}
    embedded = re.compile(r'include(?:_str|_bytes)?!\(\s*"([^"]*)"')
    found = [(file, path) for file in ROOT.glob("crates/*/src/**/*.rs") for path in embedded.findall(file.read_text())]
    assert found
    for file, path in found:
        place = (file.parent / path).resolve().relative_to(ROOT)
        assert place.parts[0] in copied, f"{file} needs {place}"


def test_the_last_stage_of_the_dockerfile_has_all_that_enid_needs(made, bare):
    stages = dockerfile()
    last = stages[max(number for number, words in enumerate(stages) if words[0] == "FROM") :]
    ((*_, source, to),) = [words for words in last if words[0] == "COPY"]
    assert source.endswith("target/release/enid")
    # The base image's glibc and nothing else.
    run_in = bare({to: made / "enid"} | {library: library for library in libraries(made / "enid")})
    assert run_in(to, "version").startswith("enid ")
    (command,) = [words[1:] for words in last if words[0] == "CMD"]
    flags = json.loads("[" + ", ".join(json.dumps(word.strip("[],")) for word in command) + "]")
    # Its flags are understood: a usage mistake would exit with 2.
    done = subprocess.run([ENID, *flags, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
