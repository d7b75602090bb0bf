"""Read recorded messages from files, folders and JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class NoSuchFile(ValueError):
    """A path that was named does not exist or holds nothing."""


class Recorded(NamedTuple):
    """One recorded body and where it came from ("folder/file.json", "file.jsonl line 3")."""

    name: str
    body: bytes


def recorded(paths: Iterable[str]) -> Iterator[Recorded]:
    """Yield each message of the paths in the order of their names: a file is one message, a .jsonl one a line.

    Raises: NoSuchFile.
    """
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
            if not files:
                raise NoSuchFile(f"The folder {path} holds no files.")
            for file in files:
                yield from _messages(file)
        elif path.is_file():
            yield from _messages(path)
        else:
            raise NoSuchFile(f"There is no file or folder {path}.")


def _messages(file: Path) -> Iterator[Recorded]:
    if file.suffix not in (".jsonl", ".ndjson"):
        yield Recorded(str(file), file.read_bytes())
        return
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield Recorded(f"{file} line {number}", line.strip())
