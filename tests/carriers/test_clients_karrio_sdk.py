"""What the SDK would do to this process, and that it does not. A new version of it has to pass here first."""

import json
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

import tests as our_tests
from carriers.clients import karrio_sdk
from carriers.clients.exchange import OutsideExchange, is_sign_in, urlopen
from carriers.clients.karrio_sdk import SdkChanged, SdkMissing, hashed, provider, token_cache
from carriers.sources.tail import TAIL
from config.bootstrap import ROOT
from tests.carriers.samples import ASKED, body


def alone(code: str) -> dict:
    """Run code in a process of its own and return what it prints as JSON."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_verification_of_tls_is_put_back_after_the_sdk_switched_it_off():
    told = alone(
        "import json, ssl, urllib.request\n"
        "from carriers.clients import karrio_sdk\n"
        "before = ssl._create_default_https_context\n"
        "karrio_sdk.provider('canadapost')\n"
        "kept = ssl._create_default_https_context is before\n"
        "context = ssl._create_default_https_context()\n"
        "opener = urllib.request.HTTPSHandler()\n"
        "del ssl._create_default_https_context\n"
        "import importlib, karrio.core.utils.helpers as helpers\n"
        "ssl._create_default_https_context = before\n"
        "importlib.reload(helpers)\n"
        "off = ssl._create_default_https_context is not before\n"
        "print(json.dumps([kept, context.verify_mode == ssl.CERT_REQUIRED, context.check_hostname, off]))\n"
    )
    assert told == [True, True, True, True]


def test_web_process_never_loads_the_sdk():
    told = alone(
        "import json, os, sys\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "import config.wsgi, config.urls, carriers.views, carriers.sources, carriers.clients.karrio\n"
        "from carriers.sources import SOURCES\n"
        "from carriers.sources.reading import Request, Unreadable\n"
        "try: SOURCES['canadapost'].read(b'<a/>', Request())\n"
        "except Unreadable: pass\n"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] == 'karrio']))\n"
    )
    assert told == []


def test_every_request_of_the_sdk_goes_through_the_exchange():
    provider("canadapost")
    import karrio.lib as lib
    from karrio.core.utils import helpers

    assert helpers.urlopen is urlopen
    with pytest.raises(OutsideExchange):
        lib.request(url="https://carrier.example/", method="GET")
    with pytest.raises(OutsideExchange):
        lib.request_with_response(url="https://carrier.example/", method="GET")


def test_sdk_without_the_place_to_hold_it_by_is_not_used(monkeypatch):
    provider("canadapost")
    monkeypatch.delattr(sys.modules["karrio.core.utils.helpers"], "_urlopen_with_span")
    with pytest.raises(SdkChanged, match="_urlopen_with_span"):
        provider("canadapost")


def test_missing_sdk_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "karrio.plugins.gls", None)
    with pytest.raises(SdkMissing, match=r"python3 config/bootstrap.py base tail"):
        provider("gls")
    assert ssl._create_default_https_context is ssl.create_default_context


def test_sdk_keeps_silent():
    told = alone(
        "import json, io, contextlib\n"
        "from carriers.clients import karrio_sdk\n"
        "err = io.StringIO()\n"
        "with contextlib.redirect_stderr(err):\n"
        "    karrio_sdk.provider('gls')\n"
        "    from karrio.core.utils.logger import logger\n"
        "    logger.error('a secret')\n"
        "print(json.dumps(err.getvalue()))\n"
    )
    assert told == ""


def test_keys_of_cached_tokens_tell_no_secret():
    provider("gls")
    cache = token_cache()
    cache.set("gls|client|very-secret", {"access_token": "x"})
    assert cache.get("gls|client|very-secret") == {"access_token": "x"}
    assert list(cache._values) == [hashed("gls|client|very-secret")]
    assert "very-secret" not in hashed("gls|client|very-secret")


@pytest.mark.parametrize(
    ("url", "sign_in"),
    [
        ("https://a.example/oauth2/v2/token", True),
        ("https://a.example/api/Connect/Token", True),
        ("https://a.example/soap/services/LoginService/V2_1", True),
        ("https://a.example/track?token=1", False),
        ("https://a.example/vis/track/pin/1/detail", False),
    ],
)
def test_addresses_of_sign_ins_are_known_by_their_path(url, sign_in):
    assert is_sign_in(url) is sign_in


def test_packages_that_the_sdk_brings_along_do_not_hide_ours():
    assert Path(our_tests.__file__).parent == ROOT / "tests"


WITNESSED = [
    # It looks below the root only, so that alone it would lose the answer about one number without a word.
    ("canadapost", "attempted", lambda lib, raw: lib.to_element(f"<all>{raw.partition('?>')[2]}</all>")),
    ("gls", "in_delivery", lambda lib, raw: lib.to_dict(raw)),
    ("laposte", "returned", lambda lib, raw: lib.to_dict(raw)),
    ("dhl_parcel_de", "refused", lambda lib, raw: [lib.to_element(raw)]),
    ("dpd", "afternoon", lambda lib, raw: [("1", lib.to_element(raw))]),
    ("landmark", "clocks_disagree", lambda lib, raw: [("1", lib.to_element(raw))]),
]


@pytest.mark.parametrize(("carrier", "sample", "unwrap"), WITNESSED, ids=[carrier for carrier, *_ in WITNESSED])
def test_own_reader_of_the_sdk_finds_the_same_scans_as_our_layout(carrier, sample, unwrap):
    parts = provider(carrier)
    import karrio.lib as lib

    raw = body(carrier, sample)
    mapper = parts.Mapper(parts.Settings.as_stub())
    details, messages = mapper.parse_tracking_response(lib.Deserializable(raw.decode(), lambda text: unwrap(lib, text)))
    assert messages == []
    theirs = [(event.description, event.date) for each in details for event in each.events]
    ours = [(scan.description, f"{scan.occurred_at:%Y-%m-%d}") for scan in TAIL[carrier].read(raw, ASKED)]
    assert sorted(ours) == sorted(theirs)


def test_install_hint_names_a_group_that_exists():
    assert (ROOT / "config" / "requirements" / "tail.txt").exists()
    assert karrio_sdk.INSTALL.endswith(" tail")
