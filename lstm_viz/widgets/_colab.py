"""Google Colab shows the views of other packages only once that is switched on; elsewhere there is nothing to do."""

import sys
from importlib import import_module


def switch_on():
    """Let Colab show our views, if this is Colab; True if it is. What Colab says against it is left to be seen."""
    if "google.colab" not in sys.modules:  # a Colab kernel has it loaded before the first cell
        return False
    import_module("google.colab.output").enable_custom_widget_manager()
    return True
