"""The environment check names what is missing and which lessons that stops."""

import subprocess
import sys
from importlib import metadata

import pytest

from lstm_viz.lessons.lesson_00 import environment
from lstm_viz.lessons.lesson_00.environment import check_environment


@pytest.fixture
def installed():
    return dict(check_environment().versions)


def test_this_environment_is_whole_and_its_text_names_no_version(installed):
    report = check_environment()
    assert report.ok and report.usable
    assert {"numpy", "tensorflow", "plotly", "ipywidgets"} <= set(installed)
    assert str(report).startswith("✓ Everything is there")
    assert installed["numpy"] not in str(report), "the text must be the same on every machine where all is well"
    assert "✓ ok" in report._repr_html_()


def test_without_tensorflow_most_lessons_run(installed):
    del installed["tensorflow"], installed["keras"]
    report = check_environment(installed=installed)
    assert not report.ok and report.usable
    assert "missing; lessons 04, 07 and 08" in str(report)
    assert "Most lessons will run" in report._repr_html_()


def test_a_wheel_has_no_make_and_is_told_what_pip_calls_its_extra(installed, monkeypatch, tmp_path):
    del installed["tensorflow"], installed["keras"]
    assert "`make lab` (without LIGHT=1)" in check_environment(installed=installed).verdict
    monkeypatch.setattr(environment, "_ROOT", tmp_path)  # where site-packages lies there is no Makefile
    light = check_environment(installed=installed).verdict
    assert "make" not in light and "`pip install 'lstm_viz[full]'`" in light
    assert "full" in metadata.metadata("lstm_viz").get_all("Provides-Extra")
    del installed["numpy"]
    broken = check_environment(installed=installed).verdict
    assert "make" not in broken and "`pip install lstm_viz`" in broken


@pytest.mark.parametrize("package", ["numpy", "plotly", "ipywidgets", "anywidget"])
def test_what_every_lesson_needs_is_said_to_be_needed(installed, package):
    del installed[package]
    report = check_environment(installed=installed)
    assert not report.usable and str(report).startswith("✗")
    assert "missing; every lesson needs it" in str(report)


def test_a_version_outside_the_bounds_is_named(installed):
    report = check_environment(installed={**installed, "numpy": "1.26.4"})
    assert not report.usable and "version 1.26.4 does not fit" in str(report)
    assert not check_environment(installed={**installed, "numpy": "3.0.0"}).ok


def test_python_itself_is_checked():
    assert not check_environment(python="3.9.1").usable
    assert not check_environment(python="3.15.0").usable
    assert check_environment(python="3.12.0").ok


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("2.0.0", ">=2.0,<3", True),
        ("1.26.4", ">=2.0,<3", False),
        ("3.0", ">=2.0,<3", False),
        ("0.9.18", ">=0.9.18,<0.12", True),
        ("0.11.0rc1", ">=0.9.18,<0.12", True),
        ("2.21.0", ">=2.20,<2.22", True),
        ("1", "", True),
    ],
)
def test_bounds(version, wanted, fits):
    assert environment._fits(version, wanted) is fits


def test_the_check_itself_loads_nothing_heavy():
    code = (
        "import sys; from lstm_viz.lessons.lesson_00.environment import check_environment; check_environment();"
        "assert not {'tensorflow', 'keras', 'plotly', 'ipywidgets', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_machine_without_tensorflow_is_told_so_in_one_sentence(tmp_path):
    (tmp_path / "keras.py").write_text("raise ModuleNotFoundError(\"No module named 'tensorflow'\", name='tensorflow')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "try: from lstm_viz.keras_models.quiet import keras\n"
        "except ImportError as error: print(*error._render_traceback_(), error.__suppress_context__)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("This needs TensorFlow") and "make lab" in said and said.endswith("True\n")
    assert said.count("\n") == 1


def test_who_goes_on_without_tensorflow_meets_one_line_in_each_cell(tmp_path):
    """In IPython itself: a first cell that asks for Keras, then one that uses what it would have brought."""
    (tmp_path / "keras.py").write_text("raise ModuleNotFoundError(\"No module named 'tensorflow'\", name='tensorflow')")
    cells = ["from lstm_viz.keras_models import keras", "keras.layers", "1 / 0"]
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        f"for cell in {cells!r}: InteractiveShell.instance().run_cell(cell); print('(end)')"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    first, second, third, _ = said.split("(end)")
    assert first.strip().startswith("This needs TensorFlow") and first.strip().count("\n") == 0
    assert second.strip().startswith("name 'keras' is not defined: without TensorFlow") and "Traceback" not in second
    assert "ZeroDivisionError" in third and "Traceback" in third, "anything else is shown as ever"


def test_a_fault_in_keras_itself_is_not_taken_for_its_absence(tmp_path):
    (tmp_path / "keras.py").write_text("import something_else_that_is_missing")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom lstm_viz.keras_models.quiet import keras"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr
    assert "something_else_that_is_missing" in said and "This needs TensorFlow" not in said


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"python": 3.11}, TypeError, "python must be a text; got float 3.11"),
        ({"python": "new"}, ValueError, "python must be a version such as '3.11.2'; got 'new'"),
        ({"installed": ["numpy"]}, TypeError, r"installed must be a dict from package to version; got \['numpy'\]"),
        ({"installed": {"numpy": 2}}, TypeError, "each version in installed must be a text; got int 2"),
    ],
)
def test_what_is_no_version_is_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        check_environment(**arguments)
