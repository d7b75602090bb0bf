"""A refused request is one line of the log; a failed one keeps its traceback."""

import io
import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils.log import log_response


def logged(response_status, raised, monkeypatch):
    """Return what the console's own handler writes of one answered request."""
    handler = next(each for each in logging.getLogger().handlers if getattr(each, "name", "") == "stderr")
    written = io.StringIO()
    monkeypatch.setattr(handler, "stream", written)
    request = RequestFactory().get("/inbox/codes/draft/")
    response = type("Answer", (), {"status_code": response_status})()
    log_response("Answered: %s", request.path, response=response, request=request, exception=raised)
    return written.getvalue()


def raised_by(error):
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refused_request_is_logged_in_one_line(status, monkeypatch):
    text = logged(status, raised_by(PermissionDenied("This is the work of operations.")), monkeypatch)
    assert "/inbox/codes/draft/" in text
    assert "Traceback" not in text


def test_a_failed_request_is_logged_with_its_traceback(monkeypatch):
    text = logged(500, raised_by(ZeroDivisionError("division")), monkeypatch)
    assert "Traceback" in text
    assert "ZeroDivisionError: division" in text
