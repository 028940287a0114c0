"""The workflows run only what a reader could type: make targets, commands of the README or of docs/starting.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
SAID = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/starting.md")).splitlines()


def test_there_are_workflows():
    assert WORKFLOWS and {"lab", "quick", "test", "test-all"} <= TARGETS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_only_what_a_reader_is_told(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Untried"), "until somebody has run it"
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]
    commands = [line for step in steps for line in step.get("run", "").splitlines()]
    for command in commands:
        made = re.fullmatch(r"make ([a-z-]+)(?: [A-Z]+=\S+)*", command)
        assert (made and made[1] in TARGETS) or command in SAID, command
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"]) for step in steps if "uses" in step)


def test_every_system_and_both_pythons_are_tested():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))["jobs"].values()
    tried = set()
    for job in jobs:
        matrix = job.get("strategy", {}).get("matrix", {})
        systems = matrix.get("system", [job["runs-on"]])
        tried |= {(system.split("-")[0], python) for system in systems for python in matrix.get("python", [])}
    assert tried == {(system, python) for system in ("ubuntu", "macos", "windows") for python in ("3.11", "3.13")}
