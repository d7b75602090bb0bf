"""Settings are read from the environment, and one that makes no sense is refused with its name."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import whole_number


@pytest.mark.parametrize(("said", "number"), [("7", 7), (" 7 ", 7), ("", 90), (None, 90)])
def test_a_whole_number_is_read_and_nothing_means_the_default(monkeypatch, said: str | None, number: int):
    monkeypatch.delenv("DAYS", raising=False)
    if said is not None:
        monkeypatch.setenv("DAYS", said)
    assert whole_number("DAYS", 90, least=1) == number


@pytest.mark.parametrize("said", ["0", "-3", "7.5", "a week", "²"])
def test_anything_else_is_refused_by_name(monkeypatch, said: str):
    monkeypatch.setenv("DAYS", said)
    with pytest.raises(ImproperlyConfigured, match=r"^DAYS must be a whole number, 1 or more"):
        whole_number("DAYS", 90, least=1)
