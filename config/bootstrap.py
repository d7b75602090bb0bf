"""Make `.venv` and re-exec inside it when Waypost's libraries are missing; standard library only."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Waypost needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARKER = VENV / "waypost.json"
REQUIREMENTS = ROOT / "config" / "requirements"
REEXECUTED = "WAYPOST_REEXECUTED"
# A few telling imports a group: enough to know that somebody else's environment will do.
TELLING = {
    "base": ("django", "celery", "allauth", "psycopg_pool", "granian", "structlog", "csp", "drf_spectacular"),
    "test": ("pytest_django", "xdist", "hypothesis", "pytest_playwright", "time_machine"),
    "lint": ("mypy", "ruff"),
    "tail": ("karrio", "barcode", "jstruct"),
}


class BootstrapFailed(Exception):
    """The environment could not be made; the message says what to do."""


def ensure_environment(argv: list[str]) -> None:
    """Return when this interpreter has what the command needs, else make `.venv` and go on inside it."""
    groups = {"base", "test", "tail"} if argv[1:2] == ["test"] else {"base"}
    if _usable_here(groups):
        os.environ.pop(REEXECUTED, None)
        return
    if _inside_venv() and os.environ.get(REEXECUTED) == "2":
        sys.exit(f"Waypost cannot import its libraries from {VENV}. Delete that folder and try again.")
    try:
        make(groups, anew=_inside_venv() and not _importable(groups) and _fresh(groups))
    except BootstrapFailed as failure:
        sys.exit(f"waypost: {failure}")
    os.environ[REEXECUTED] = "2" if REEXECUTED in os.environ else "1"
    os.environ.pop("PYTHONHOME", None)
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *argv])


def make(groups: Iterable[str], *, anew: bool = False) -> None:
    """Make `.venv` with the groups, once, however many processes ask at the same time."""
    with _alone():
        if _fresh(groups) and not anew:
            return
        wanted = sorted({"base", *groups, *_marked_groups()})
        verb = "updating" if _works() and not anew else "making"
        tool = "uv" if shutil.which("uv") else "pip"
        _say(f"{verb} the virtual environment .venv with {tool} ({', '.join(wanted)}); this may take a minute")
        _install(wanted, anew)
        MARKER.write_text(json.dumps({"lock": _lock_digest(), "groups": wanted}))


def _usable_here(groups: set[str]) -> bool:
    if _inside_venv() and MARKER.exists():
        return _fresh(groups) and _importable(groups)
    return _importable(groups)


def _inside_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _importable(groups: Iterable[str]) -> bool:
    if any(find_spec(name) is None for group in groups for name in TELLING[group]):
        return False
    import django

    return f"\ndjango=={django.__version__.rpartition('.')[0]}." in "\n" + (REQUIREMENTS / "base.txt").read_text()


def _fresh(groups: Iterable[str]) -> bool:
    marker = _marker()
    return marker.get("lock") == _lock_digest() and set(groups) <= set(marker.get("groups", ())) and _works()


def _works() -> bool:
    return os.access(PYTHON, os.X_OK)


def _marker() -> dict:
    try:
        return json.loads(MARKER.read_text())
    except (OSError, ValueError):
        return {}


def _marked_groups() -> set[str]:
    return set(_marker().get("groups", ())) & set(TELLING)


def _lock_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(REQUIREMENTS.glob("*.txt")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the project folder's own lock: no lock file is left behind."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _install(groups: list[str], anew: bool) -> None:
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        raise BootstrapFailed(f"{ROOT} cannot be written to, so .venv cannot be made there. Give yourself the folder.")
    complete = MARKER.read_text() if MARKER.exists() and not anew else ""
    MARKER.unlink(missing_ok=True)
    said: list[str] = []
    for attempt in _attempts(groups, anew):
        trouble = next(filter(None, map(_run, attempt)), None)
        if trouble is None and _works():
            return
        said.append(trouble or "no python was made")
        if not complete:
            shutil.rmtree(VENV, ignore_errors=True)
    if complete:  # Without a network, what was there before goes on working.
        MARKER.write_text(complete)
    raise BootstrapFailed(
        "the virtual environment could not be made. Check the network, and on Debian that python3-venv is "
        "installed (apt install python3-venv), then run the command again. What was said:\n" + "\n".join(said)
    )


def _attempts(groups: list[str], anew: bool) -> Iterator[list[list[str]]]:
    """Yield the ways to install, most wanted first: each is a list of commands."""
    files = [word for group in groups for word in ("-r", str(REQUIREMENTS / f"{group}.txt"))]
    python = getattr(sys, "_base_executable", sys.executable) or sys.executable
    if anew:
        shutil.rmtree(VENV, ignore_errors=True)
    if uv := shutil.which("uv"):
        # The second try is for a home folder that is missing or cannot be written to.
        for cache in ([], ["--no-cache"]):
            create = [uv, *cache, "venv", "--quiet", "--python", python, str(VENV)]
            install = [uv, *cache, "pip", "install", "--quiet", "--python", str(PYTHON), *files]
            yield [*([] if _works() else [create]), install]
    pip = ["install", "--quiet", "--disable-pip-version-check", "--no-input", *files]
    create = [python, "-m", "venv", str(VENV)]
    own_pip = _works() and next(VENV.glob("lib/python*/site-packages/pip"), None) is not None
    yield [*([] if own_pip else [create]), [str(PYTHON), "-m", "pip", *pip]]
    # Debian without python3-venv: the system's pip can still fill an environment that has none.
    yield [[*create[:-1], "--without-pip", str(VENV)], [python, "-m", "pip", "--python", str(PYTHON), *pip]]


def _run(command: list[str]) -> str | None:
    """Run one command and return what it complained about when it failed."""
    drop = (
        "PYTHONHOME",
        "PYTHONPATH",
        "VIRTUAL_ENV",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_REQUIRE_VIRTUALENV",
        "UV_PYTHON",
    )
    env = {name: value for name, value in os.environ.items() if name not in drop}
    env |= {"PIP_USER": "0", "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return f"$ {' '.join(command[:6])} ...\n{(done.stderr or done.stdout)[-1500:].strip()}"


def _say(sentence: str) -> None:
    print(f"waypost: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        make(sys.argv[1:] or ["base"])
    except BootstrapFailed as failure:
        sys.exit(f"waypost: {failure}")
