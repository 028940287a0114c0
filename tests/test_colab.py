"""In Colab our views are switched on by importing them; anywhere else nothing happens."""

import subprocess
import sys

import pytest

COLAB = """
import sys, types
told = []
output = types.ModuleType("google.colab.output")
output.enable_custom_widget_manager = lambda: told.append("on")
colab = types.ModuleType("google.colab")
colab.output, google = output, types.ModuleType("google")
google.colab = colab
sys.modules.update({"google": google, "google.colab": colab, "google.colab.output": output})
"""
SAY = "\nimport lstm_viz.widgets, lstm_viz.widgets.player, lstm_viz; print(told)"


@pytest.mark.parametrize(("before", "told"), [(COLAB, "['on']"), ("told = []", "[]")], ids=["Colab", "elsewhere"])
def test_views_are_switched_on_once_and_in_colab_only(before, told):
    done = subprocess.run([sys.executable, "-c", before + SAY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == told and done.stderr == ""
