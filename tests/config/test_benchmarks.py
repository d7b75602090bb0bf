"""The benchmarks measure what they say, on every source that the world can write."""

import json
from io import StringIO

from django.core.management import call_command

from config.simulation.writers import ASKED_TELLERS, TELLERS


def test_normalize_measures_each_source_beside_plain_json():
    out = StringIO()
    call_command("benchmark", "normalize", "--messages", "3", "--json", stdout=out)
    figures = json.loads(out.getvalue())
    assert set(figures["sources"]) == set(TELLERS) | set(ASKED_TELLERS)
    assert figures["ratio"] == round(figures["ours"] / figures["limit"], 3)
    for each in figures["sources"].values():
        assert each["messages"] == 3
        assert each["scans"] >= 3
        assert 0 < each["ours"] < each["limit"]
