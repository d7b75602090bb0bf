"""What the log says of requests: a refusal in one line, a failure with all that led to it."""

from __future__ import annotations

import logging


class RefusalsInOneLine(logging.Filter):
    """Take the traceback off records of requests that were refused and did not fail.

    Django logs the exception with every 403, so a person who opens a page of another role reads like a crash.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; only those with an HTTP status below 500 lose their traceback."""
        status = getattr(record, "status_code", None)
        if isinstance(status, int) and status < 500:
            record.exc_info = record.exc_text = None
        return True
