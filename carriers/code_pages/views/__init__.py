"""The code pages: the table, the lane of unknown codes, drafts, and what was published."""

from carriers.code_pages.views.codes import code, codes
from carriers.code_pages.views.drafts import draft, drop
from carriers.code_pages.views.published import progress, publication, publications, take_back
from carriers.code_pages.views.unmapped import give, unmapped

__all__ = [
    "code",
    "codes",
    "draft",
    "drop",
    "give",
    "progress",
    "publication",
    "publications",
    "take_back",
    "unmapped",
]
