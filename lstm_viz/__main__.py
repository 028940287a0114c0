"""`python -m lstm_viz`: is everything there, and how to go on; `... lessons FOLDER` writes the notebooks."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

USAGE = """\
    python -m lstm_viz                  what is installed, and how to go on
    python -m lstm_viz lessons FOLDER   write the notebooks there; a file that is there already stays as it is
"""


def main(arguments=None):
    """What the command says and does; returns its exit status, 0 where all is well."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows terminal may have no ✓
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(
        "python -m lstm_viz", description=USAGE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    lessons = commands.add_parser("lessons", help="write the notebooks into a folder")
    lessons.add_argument("folder", metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        return write(options.folder) if options.command == "lessons" else check()
    except (ValueError, OSError, RuntimeError) as error:
        said = f"{error.filename}: {error.strerror}" if getattr(error, "filename", None) else error
        print(f"lstm_viz: {said}", file=sys.stderr)
        return 1


def check():
    """The environment check of lesson 00, and the next command."""
    import lstm_viz
    from lstm_viz.lessons.lesson_00.environment import check_environment

    print(f"lstm_viz {lstm_viz.__version__}\n")
    report = check_environment()
    print(report)
    if find_spec("jupyterlab") or find_spec("notebook"):
        print("\nHow to go on:\n  python -m lstm_viz lessons my_lessons\n  jupyter lab my_lessons")
    else:
        print("\nHow to go on:\n  pip install 'jupyterlab>=4.4,<5'\n  python -m lstm_viz lessons my_lessons")
        print("  jupyter lab my_lessons")
    return 0 if report.usable else 1


def write(folder):
    """Write the lessons into `folder` and say of each what happened."""
    from lstm_viz.lessons.copies import write_lessons

    done = write_lessons(folder)
    for name, what in done.items():
        print(f"  {name}: {what}")
    if "kept as you changed it" in done.values():
        print("What differs from ours was not touched; for a fresh copy, name another folder.")
    print(f"Now:  jupyter lab {folder}" if " " not in folder else f'Now:  jupyter lab "{folder}"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
