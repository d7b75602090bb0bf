"""The layout's rules hold for every file, and each rule notices when it is broken. Files are parsed, never imported."""

import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import ROOT, relative

EVERYWHERE = [architecture.wrong_directions, architecture.actions_that_import_tasks]


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Callable[[str, str], list[str]]):
    assert [said for path in architecture.python_files() for said in rule(path.read_text(), relative(path))] == []


def test_pure_core_is_pure():
    pure = [path for path in architecture.python_files() if architecture.is_pure(relative(path))]
    assert [said for path in pure for said in architecture.impurities(path.read_text(), relative(path))] == []


def test_templates_have_nothing_inline():
    pages = sorted((ROOT / "templates").rglob("*.html")) + sorted((ROOT / "templates").rglob("*.svg"))
    assert [said for path in pages for said in architecture.inline_code(path.read_text(), relative(path))] == []


def test_reporting_is_imported_by_nobody_but_the_addresses():
    others = [path for path in (ROOT / "config").rglob("*.py") if relative(path) != "config/urls.py"]
    modules = [module for path in others for module, _ in architecture.imports(path.read_text(), relative(path))]
    assert [module for module in modules if module.split(".")[0] == "reporting"] == []


def test_top_level_holds_only_what_the_layout_names():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("This is not a git checkout, so what belongs to the project cannot be told from what does not.")
    assert architecture.strange_entries(sorted({line.split("/")[0] for line in listed.stdout.splitlines()})) == []


BROKEN = [
    (architecture.wrong_directions, "shipments/ledger.py", "from carriers.models import Account"),
    (architecture.wrong_directions, "exceptions_queue/triage/judge.py", "def f():\n    import carriers.inbox"),
    (architecture.wrong_directions, "carriers/views.py", "from exceptions_queue import access"),
    (architecture.wrong_directions, "shipments/views.py", "import reporting"),
    (architecture.impurities, "shipments/facts.py", "from django.db import models"),
    (architecture.impurities, "shipments/facts.py", "from django.db.models import Model"),
    (architecture.impurities, "carriers/sources/ups.py", "import logging"),
    (architecture.impurities, "carriers/sources/ups.py", "from django.conf import settings"),
    (architecture.impurities, "reporting/metrics.py", "import datetime\nx = datetime.datetime.now()"),
    (architecture.impurities, "reporting/metrics.py", "from datetime import date\nx = date.today()"),
    (architecture.impurities, "exceptions_queue/policy/clocks.py", "import time\nx = time.time()"),
    (architecture.impurities, "exceptions_queue/policy/clocks.py", "from time import monotonic"),
    (architecture.impurities, "exceptions_queue/transitions.py", "x = timezone.now()"),
    (architecture.actions_that_import_tasks, "exceptions_queue/actions.py", "from . import tasks"),
    (architecture.actions_that_import_tasks, "carriers/inbox/drain.py", "from carriers.tasks import drain_inbox"),
    (architecture.inline_code, "templates/base.html", '<p style="color: red">'),
    (architecture.inline_code, "templates/base.html", "<style>p {}</style>"),
    (architecture.inline_code, "templates/base.html", "<script>alert()</script>"),
    (architecture.inline_code, "templates/base.html", '<a onclick="go()">'),
]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_rule_notices_when_it_is_broken(rule: Callable[[str, str], list[str]], path: str, text: str):
    assert len(rule(text, path)) == 1


KEPT = [
    (
        architecture.wrong_directions,
        "exceptions_queue/triage/judge.py",
        "from .. import models\nimport shipments.facts",
    ),
    (
        architecture.impurities,
        "shipments/facts.py",
        "from django.db.models import TextChoices\nfrom datetime import date",
    ),
    (architecture.impurities, "shipments/facts.py", "from datetime import datetime\nx = datetime.fromisoformat('')"),
    (architecture.inline_code, "templates/base.html", '<script src="/a.js" defer></script><a data-style="x" href="/">'),
]


@pytest.mark.parametrize(("rule", "path", "text"), KEPT)
def test_rule_lets_pass_what_keeps_it(rule: Callable[[str, str], list[str]], path: str, text: str):
    assert rule(text, path) == []


def test_strange_top_level_entry_is_noticed():
    assert architecture.strange_entries(["manage.py", ".ci", "helpers"]) == ["helpers does not belong at the top"]


def test_pure_modules_are_known_by_their_path():
    assert all(
        map(architecture.is_pure, ["shipments/facts.py", "carriers/sources/ups.py", "exceptions_queue/policy/a/b.py"])
    )
    assert not any(map(architecture.is_pure, ["shipments/models.py", "carriers/views.py", str(Path("config/demo.py"))]))


def test_every_pure_module_is_type_checked():
    checked = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    pure = [relative(path) for path in architecture.python_files() if architecture.is_pure(relative(path))]
    assert [path for path in pure if not any(path == one or path.startswith(f"{one}/") for one in checked)] == []
