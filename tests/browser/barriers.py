"""What stands in somebody's way on a page: barriers that axe finds, and having to scroll sideways.

A page is opened once and looked at in three looks. Light is asked everything. Dark differs from it in its colours
alone, so only the rules about colours are asked again; narrow is another layout in the same colours, so all the others
are.
"""

from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.conftest import Console

LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
_LEAN: Final = {"resultTypes": ["violations"], "preload": False, "iframes": False}
_ABOUT_COLOURS: Final = ("color-contrast", "link-in-text-block")
_SIZES: Final = {"target-size": {"enabled": True}}
"""WCAG 2.2 asks for targets of 24 px; axe leaves the question out until asked to put it."""
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "light": {**_LEAN, "rules": _SIZES},
    "dark": {**_LEAN, "runOnly": {"type": "rule", "values": [*_ABOUT_COLOURS]}},
    "narrow": {**_LEAN, "rules": {**_SIZES, **{rule: {"enabled": False} for rule in _ABOUT_COLOURS}}},
}
_ASK: Final = """async (options) => (await axe.run(document, options)).violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary}`))"""


def barriers(console: Console, look: str = "light") -> list[str]:
    """Return what axe finds on the open page, one line each; by what is to be asked in that look."""
    if not console.page.evaluate("'axe' in window"):
        console.page.evaluate(AXE_SCRIPT)
    found: list[str] = console.page.evaluate(_ASK, _OPTIONS[look])
    return found


def spills(console: Console) -> bool:
    """Tell whether the page has to be scrolled sideways."""
    wide: bool = console.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wide


def trouble_here(console: Console) -> list[str]:
    """Return what is wrong with the open page, in words that begin with the look it is wrong in; empty when fine."""
    found = []
    for look in LOOKS:
        wear(console, look)
        found += [f"{look}: {line}" for line in barriers(console, look)]
        found += [f"{look}: has to be scrolled sideways"] if spills(console) else []
    wear(console, "light")
    return found


def trouble_on(console: Console, paths: list[str]) -> dict[str, list[str]]:
    """Open each page and return those with something wrong."""
    return {path: wrong for path in paths if console.open(path) and (wrong := trouble_here(console))}


def wear(console: Console, look: str) -> None:
    """Show the open page in another look."""
    console.page.emulate_media(color_scheme=LOOKS[look]["color_scheme"])
    console.page.set_viewport_size(LOOKS[look]["viewport"])
