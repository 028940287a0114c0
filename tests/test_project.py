"""The promises that the repository's own files make to each other."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pip_lines():
    """The pip section of environment.yml, read without a YAML library."""
    section = (ROOT / "environment.yml").read_text().split("- pip:\n", 1)[1]
    return [line.strip().removeprefix("- ") for line in section.splitlines() if line.strip()]


EXTRAS = PROJECT["optional-dependencies"]


def test_environment_yml_installs_what_pyproject_names_with_tensorflow():
    assert pip_lines() == ["-e .[full,lab]"]


def test_tensorflow_and_jupyterlab_are_extras():
    named = " ".join(PROJECT["dependencies"])
    assert not re.search("tensorflow|keras|jupyterlab|ipykernel", named)
    assert [re.match(r"\w+", line).group() for line in EXTRAS["full"] + EXTRAS["lab"]] == [
        "tensorflow", "keras", "jupyterlab", "ipykernel"
    ]  # fmt: skip


def test_environment_python_is_one_we_support():
    version = re.search(r"- python=(3\.\d+)", (ROOT / "environment.yml").read_text()).group(1)
    assert version in {"3.11", "3.12", "3.13"}
    assert PROJECT["requires-python"] == ">=3.11,<3.15"


@pytest.mark.parametrize("requirement", PROJECT["dependencies"] + EXTRAS["full"] + EXTRAS["lab"] + EXTRAS["test"])
def test_every_requirement_has_a_floor_and_an_upper_bound(requirement):
    assert re.search(r">=[\d.]+", requirement) and re.search(r"<[\d.]+", requirement)


def test_version_is_one_everywhere():
    import lstm_viz

    assert lstm_viz.__version__ == PROJECT["version"]
    assert f"version: {PROJECT['version']}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_package_folder_is_installed():
    for folder in {p.parent for p in (ROOT / "lstm_viz").rglob("*.py")}:
        assert (folder / "__init__.py").exists(), f"{folder.name} has no __init__.py: setuptools would leave it out"


def test_readme_names_every_lesson_and_both_commands():
    readme = (ROOT / "README.md").read_text()
    for notebook in NOTEBOOKS:
        assert notebook.name in readme, f"README's lesson table lacks {notebook.name}"
    for name in re.findall(r"notebooks/(\w+\.ipynb)", readme):
        assert (ROOT / "notebooks" / name).exists(), f"README links {name}, which does not exist"
    makefile = (ROOT / "Makefile").read_text()
    for target in ("lab", "test"):
        assert f"make {target}" in readme and re.search(rf"^{target}:", makefile, re.M)


def test_every_file_that_readme_names_is_there():
    prose = (ROOT / "README.md").read_text().split("## Extend it")[1]
    places = [ROOT, ROOT / "lstm_viz", ROOT / "lstm_viz" / "cells", ROOT / "lstm_viz" / "lessons" / "lesson_03"]
    named = [name.replace("NN", "03") for name in re.findall(r"`([\w./]+(?:/|\.py))`", prose)]
    assert len(named) > 10
    for name in named:
        assert any((place / name).exists() for place in places), f"README names {name}, which is not there"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_formulas_are_written_so_that_mathjax_shows_them(path):
    """In \\text{} it shows the backslash of an escaped underscore, too."""
    for cell in json.loads(path.read_text())["cells"]:
        assert not re.search(r"\\text\{[^}]*\\", "".join(cell["source"]))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_notebook_is_light_and_clean(path):
    assert path.stat().st_size < 500_000
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"], "stores widget state"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert any(cell["outputs"] for cell in code), "stored without outputs"
    here = [cell for cell in code if "check_environment()" in "".join(cell["source"])]
    assert not any(cell["outputs"] for cell in here), "what one machine has says nothing about the reader's"
    for cell in code:
        assert cell["execution_count"] is None, f"a number as if it had run: {cell['source']}"
        for output in cell["outputs"]:
            assert output["output_type"] != "error", cell["source"]
            text = json.dumps(output)
            assert not re.search(r"Warning|cpu_feature_guard|cudart_stub|absl::|Traceback", text), cell["source"]
            assert "/home/" not in text and "/tmp/" not in text, "a path of one machine"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_lesson_names_its_minutes(path):
    notebook = json.loads(path.read_text())
    headings = [
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
        if line.startswith("## ")
    ]
    minutes = [int(m.group(1)) for h in headings if (m := re.search(r"(\d+) min", h))]
    assert minutes, "no heading says how many minutes it takes"
    assert sum(minutes) <= 45, f"{sum(minutes)} minutes is longer than one lesson"
