"""The rules of the layout as functions: a file's path and text in, sentences about what breaks them out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
APPS = ("shipments", "carriers", "exceptions_queue", "reporting")
MAY_IMPORT = {
    "shipments": set(),
    "carriers": {"shipments"},
    "exceptions_queue": {"shipments"},
    "reporting": {"shipments", "carriers", "exceptions_queue"},
}
PURE = (
    "shipments/facts.py",
    "shipments/timeline.py",
    "carriers/breaker.py",
    "carriers/cadence.py",
    "shipments/disagreement.py",
    "shipments/sides.py",
    "carriers/silence.py",
    "carriers/rhythm.py",
    "carriers/codes.py",
    "carriers/codebook/changes.py",
    "carriers/codebook/suggestions.py",
    "carriers/health.py",
    "carriers/pacing.py",
    "carriers/polling/verdict.py",
    "carriers/sources/*.py",
    "carriers/sources/*/*.py",
    "exceptions_queue/policy/*.py",
    "exceptions_queue/policy/**/*.py",
    "exceptions_queue/backtest/days.py",
    "exceptions_queue/backtest/figures.py",
    "exceptions_queue/backtest/outcome.py",
    "exceptions_queue/backtest/parcels.py",
    "exceptions_queue/backtest/replay.py",
    "exceptions_queue/backtest/results.py",
    "exceptions_queue/backtest/tables.py",
    "exceptions_queue/backtest/tally.py",
    "exceptions_queue/transitions.py",
    "exceptions_queue/second_person.py",
    "exceptions_queue/mass_acts.py",
    "exceptions_queue/checklists.py",
    "exceptions_queue/reviews/draw.py",
    "exceptions_queue/reviews/questions.py",
    "exceptions_queue/reviews/verdict.py",
    "reporting/metrics.py",
    "reporting/weekly/moves.py",
    "reporting/weekly/rules.py",
)
# The one Django name the pure core may have: it needs no settings.
ALLOWED_DJANGO = ("django.db.models", "TextChoices")
SHELL_ONLY = {"logging", "structlog", "celery", "redis", "psycopg", "httpx", "requests", "socket", "config"}
CLOCKS = {"now", "utcnow", "today", "localtime", "monotonic", "perf_counter", "localdate"}
CLOCK_OWNERS = {"datetime", "date", "time", "timezone", "dt"}
TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "README.md", "uv.lock", "LICENSE"),
    *("config", *APPS, "templates", "tests"),
}
INLINE = re.compile(
    r"""<style\b|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:|<script\b(?![^>]*\ssrc=)[^>]*>""", re.IGNORECASE
)


def python_files() -> list[Path]:
    """Return the Python files of the four apps."""
    return [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]


def relative(path: Path) -> str:
    """Return a path as it is written in the rules."""
    return path.relative_to(ROOT).as_posix()


def is_pure(path: str) -> bool:
    """Tell whether a file belongs to the pure core."""
    return any(PurePosixPath(path).match(pattern) for pattern in PURE) or path.startswith("exceptions_queue/policy/")


def imports(text: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield every import of a file as (module, name), relative ones resolved; also those inside functions."""
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def wrong_directions(text: str, path: str) -> list[str]:
    """Say which imports go against the flow of facts."""
    app = PurePosixPath(path).parts[0]
    forbidden = set(APPS) - MAY_IMPORT[app] - {app}
    return [
        f"{path} imports {module}: {app} may import {', '.join(sorted(MAY_IMPORT[app])) or 'no other app'}"
        for module, _ in imports(text, path)
        if module.split(".")[0] in forbidden
    ]


def impurities(text: str, path: str) -> list[str]:
    """Say what a file of the pure core has that it may not."""
    found = []
    for module, name in imports(text, path):
        top = module.split(".")[0]
        if (top in ("django", "rest_framework") and (module, name) != ALLOWED_DJANGO) or top in SHELL_ONLY:
            found.append(f"{path} is pure, and imports {module} {name}".rstrip())
        if module == "time" and name:
            found.append(f"{path} is pure, and imports the clock time.{name}")
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    found += [f"{path} is pure, and asks the clock: {ast.unparse(call)}()" for call in calls if _asks_the_clock(call)]
    return found


def _asks_the_clock(call: ast.expr) -> bool:
    if not isinstance(call, ast.Attribute):
        return False
    owner = call.value.attr if isinstance(call.value, ast.Attribute) else getattr(call.value, "id", "")
    return owner in CLOCK_OWNERS and (call.attr in CLOCKS or (owner, call.attr) == ("time", "time"))


def actions_that_import_tasks(text: str, path: str) -> list[str]:
    """Say where an action imports a task: the row is the queue, so only views and commands kick workers."""
    if not re.search(r"/(actions|ledger|triage|inbox|polling)(/|\.py)", path):
        return []
    return [
        f"{path} imports {module} {name}: actions import no tasks"
        for module, name in imports(text, path)
        if "tasks" in (*module.split("."), name)
    ]


def inline_code(text: str, path: str) -> list[str]:
    """Say where a template has a style or script that the content security policy would refuse."""
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1} has something inline: {found.group().strip()}"
        for found in INLINE.finditer(re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", text, flags=re.DOTALL))
    ]


def strange_entries(names: list[str]) -> list[str]:
    """Say which top-level entries the layout does not know."""
    return [f"{name} does not belong at the top" for name in names if name not in TOP_LEVEL and name[0] != "."]
