"""Terraform and its AWS provider, where this machine has both: neither is downloaded."""

import glob
import json
import os
import pathlib
import shutil
import subprocess

import pytest

# Where providers are kept: https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
MIRRORS = [
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "~/.terraform.d/plugin-cache",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
]
PROVIDER = "registry.terraform.io/hashicorp/aws"
TERRAFORM_SECONDS_MAX = 400


def mirror():
    """The folder that holds the AWS provider, if one does."""
    folders = [os.environ.get("ENID_TERRAFORM_PLUGINS") or "", os.environ.get("TF_PLUGIN_CACHE_DIR") or "", *MIRRORS]
    found = [path for folder in folders if folder for path in glob.glob(os.path.expanduser(f"{folder}/{PROVIDER}"))]
    return pathlib.Path(found[0].removesuffix(PROVIDER)) if found else None


def missing():
    """What of Terraform is not here, and how it comes here."""
    if not shutil.which("terraform"):
        return "terraform is not installed"
    if not mirror():
        return f"no folder holds {PROVIDER}: run `terraform providers mirror ~/.terraform.d/plugins`, or name one in ENID_TERRAFORM_PLUGINS"
    return None


def required():
    """Ends the test where Terraform is not there: skipped, or failed where CI knows that it should be."""
    if why := missing():
        if os.environ.get("ENID_REQUIRE_TERRAFORM"):
            pytest.fail(why)
        pytest.skip(why)


class Terraform:
    """A copy of a configuration, with a state and settings of its own."""

    def __init__(self, configuration, folder, env):
        required()
        self.folder = folder / configuration.name
        shutil.copytree(configuration, self.folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        settings = folder / "settings.tfrc"
        settings.write_text(f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{mirror()}"\n  }}\n}}\n')
        self.env = {**os.environ, **env, "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1"}
        self.terraform("init", "-no-color", "-input=false")

    def terraform(self, *arguments, codes=(0,)):
        """Runs Terraform and gives what it printed."""
        command = ["terraform", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=TERRAFORM_SECONDS_MAX)
        assert done.returncode in codes, f"{' '.join(command)} gave {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def run(self, command, *flags, variables):
        given = [f"-var={name}={value}" for name, value in variables.items()]
        return self.terraform(command, "-no-color", "-input=false", *flags, *given)

    def apply(self, **variables):
        """Applies the configuration, holds Terraform to having nothing to do then, and gives what it said to have done."""
        printed = self.run("apply", "-auto-approve", variables=variables)
        # With this flag a plan that is not empty is a failure, and prints what differs.
        self.run("plan", "-detailed-exitcode", variables=variables)
        return printed

    def outputs(self):
        return {name: output["value"] for name, output in json.loads(self.terraform("output", "-json")).items()}

    def forget(self, resource):
        """Leaves a resource to others."""
        self.terraform("state", "rm", resource)

    def destroy(self, **variables):
        self.run("destroy", "-auto-approve", variables=variables)
        assert json.loads((self.folder / "terraform.tfstate").read_text())["resources"] == []
