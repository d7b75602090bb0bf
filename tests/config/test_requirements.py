"""The requirement files that users install from say what the lock says."""

import re
import tomllib

import pytest

from config.bootstrap import REQUIREMENTS, ROOT

LOCK = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
VERSIONS = {package["name"]: package["version"] for package in LOCK}
EXPORT = "uv export --frozen --no-emit-project --no-header --no-annotate"
# The file of the extra is `--extra tail` without the lines that base.txt has.


def names(entries: list[dict]) -> set[str]:
    return {entry["name"] for entry in entries}


@pytest.mark.parametrize("group", ["base", "test", "lint", "tail"])
def test_requirement_file_matches_the_lock(group: str):
    text = (REQUIREMENTS / f"{group}.txt").read_text()
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, re.MULTILINE))
    project = next(package for package in LOCK if package["name"] == "waypost")
    parts = {"base": project["dependencies"]} | project["optional-dependencies"] | project["dev-dependencies"]
    direct = names(parts[group])
    assert direct <= set(pinned), f"Export the group again: {EXPORT}"
    assert {name: VERSIONS[name] for name in pinned} == pinned, f"Export the group again: {EXPORT}"
    assert "://" not in text
