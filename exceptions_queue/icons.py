# ruff: noqa: E501
"""The console's own icons: 16 × 16, drawn in lines of the text's colour (pure)."""

from __future__ import annotations

from typing import Final

_FILLED: Final = 'fill="currentColor" stroke="none"'

PATHS: Final = {
    "waypost": f'<path {_FILLED} d="M7.2 1.5h1.6v13H7.2zM3.5 2.8H11l2.2 2-2.2 2H3.5zM12.5 8H5L2.8 10 5 12h7.5z"/>',
    "day": '<circle cx="8" cy="8" r="3"/><path d="M8 1.5v1.7M8 12.8v1.7M1.5 8h1.7M12.8 8h1.7M3.4 3.4l1.2 1.2M11.4 11.4l1.2 1.2M12.6 3.4l-1.2 1.2M4.6 11.4l-1.2 1.2"/>',
    "queue": '<path d="M2 4h12M2 8h12M2 12h7"/>',
    "parcel": '<path d="M2.2 4.8 8 1.9l5.8 2.9v6.4L8 14.1l-5.8-2.9zM2.4 4.9 8 7.8l5.6-2.9M8 7.8v6.1"/>',
    "follow": '<path d="M2.5 3h11v7.5H7L4 13.2v-2.7H2.5zM5.3 6h5.4M5.3 8h3.4"/>',
    "incident": '<path d="M8 2 1.8 13.5h12.4zM8 6.3v3.4M8 11.4v.4"/>',
    "inbox": '<path d="M2 9.2 4 3h8l2 6.2V13H2zM2 9.2h3.5L6.5 11h3l1-1.8H14"/>',
    "policy": '<path d="M2 4.5h6M11.5 4.5H14M2 11.5h2.5M8 11.5h6"/><circle cx="9.7" cy="4.5" r="1.7"/><circle cx="6.2" cy="11.5" r="1.7"/>',
    "review": '<path d="M3 2.5h10v11H3zM5.3 6l1.2 1.2L9 4.8M5.3 10.5h5.4"/>',
    "score": '<path d="M2 13.5h12M4 11V8M8 11V3.5M12 11V6"/>',
    "risk": '<path d="M8 1.8 13.5 4v4c0 3-2.3 5.2-5.5 6.2C4.8 13.2 2.5 11 2.5 8V4zM8 5.2v3.3M8 10.5v.4"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>',
    "filter": '<path d="M2 4h12M4.5 8h7M6.8 12h2.4"/>',
    "left": '<path d="M10 3 5 8l5 5"/>',
    "right": '<path d="m6 3 5 5-5 5"/>',
    "down": '<path d="m3.5 6 4.5 4.5L12.5 6"/>',
    "up": '<path d="m3.5 10 4.5-4.5 4.5 4.5"/>',
    "cross": '<path d="m3.5 3.5 9 9M12.5 3.5l-9 9"/>',
    "check": '<path d="m2.8 8.5 3.4 3.4 7-7.5"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8.5" rx="1.2"/><path d="M10.5 5.5V3.2c0-.7-.5-1.2-1.2-1.2H3.7c-.7 0-1.2.5-1.2 1.2v6.6c0 .7.5 1.2 1.2 1.2h1.8"/>',
    "critical": '<path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2zM8 4.6v4.2M8 10.9v.5"/>',
    "high": '<path d="M8 2 1.8 13.5h12.4zM8 6.3v3.4M8 11.4v.4"/>',
    "medium": '<circle cx="8" cy="8" r="6"/><path d="M8 4.8v3.8M8 10.7v.4"/>',
    "low": '<circle cx="8" cy="8" r="6"/><path d="M5 8h6"/>',
    "open": '<circle cx="8" cy="8" r="5.5"/>',
    "wait": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.8"/>',
    "question": '<circle cx="8" cy="8" r="6"/><path d="M6.2 6.3c.2-1.2 1-1.7 1.9-1.7 1 0 1.8.6 1.8 1.6 0 1.3-1.8 1.4-1.8 2.7M8.1 11v.4"/>',
    "label": '<path d="M2.5 2.5h5.2l6 6-5.2 5.2-6-6zM5.3 5.3h.1"/>',
    "truck": '<path d="M1.5 3.5h8v7.5h-8zM9.5 6h2.8l2.2 2.5V11h-5"/><circle cx="4.5" cy="11.8" r="1.4"/><circle cx="11.8" cy="11.8" r="1.4"/>',
    "place": '<path d="M8 14.3c3-3.3 4.6-5.5 4.6-7.7A4.5 4.5 0 0 0 8 2a4.5 4.5 0 0 0-4.6 4.6c0 2.2 1.6 4.4 4.6 7.7z"/><circle cx="8" cy="6.6" r="1.5"/>',
    "door": '<path d="M4 14V2h8v12M2.5 14h11M9.8 8v.5"/>',
    "back": '<path d="M6 3 2.5 6.5 6 10M2.7 6.5h6.8c2.3 0 4 1.5 4 3.5s-1.7 3.5-4 3.5H7"/>',
    "note": '<path d="M3 2.5h10v7.3L9.5 13.5H3zM9.5 13.3V9.8H13"/>',
    "person": '<circle cx="8" cy="5.3" r="2.8"/><path d="M2.8 14c.4-3 2.5-4.5 5.2-4.5s4.8 1.5 5.2 4.5"/>',
    "people": '<circle cx="6" cy="5.6" r="2.4"/><path d="M1.5 13.5c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4M10.5 3.4a2.4 2.4 0 0 1 0 4.5M12 9.9c1.5.5 2.3 1.8 2.5 3.6"/>',
    "hand": '<path d="M2 8h10.5M8.5 3.8 12.8 8l-4.3 4.2"/>',
    "talk": '<path d="M2 3h12v8H7.5L4.5 13.5V11H2z"/>',
    "mail": '<path d="M2 3.5h12v9H2zM2.3 4 8 8.7 13.7 4"/>',
    "decide": '<path d="M3 14V2.5h8.5L9.5 5.5l2 3H3"/>',
    "history": '<path d="M2.5 8a5.5 5.5 0 1 0 1.7-4L2.5 5.6M2.5 2.5v3.1h3.1M8 5v3.2l2 1.3"/>',
}


def drawing(name: str) -> str:
    """Return the icon as SVG markup, hidden from screen readers; a KeyError where no such icon is drawn."""
    return (
        f'<svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{PATHS[name]}</svg>'
    )
