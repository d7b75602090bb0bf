#!/usr/bin/env python3
"""Run one of Waypost's commands, making the virtual environment first where it is missing."""

import os
import runpy
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))


def main() -> None:
    # Loaded by its path: the package `config` imports Celery, which may not be installed yet.
    bootstrap = runpy.run_path(os.path.join(ROOT, "config", "bootstrap.py"))
    bootstrap["ensure_environment"](sys.argv)
    from config.commandline import run

    run(sys.argv)


if __name__ == "__main__":
    main()
