import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from config.roles import holds_role, requires_role
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@requires_role("operations")
def page(request):
    return HttpResponse("in")


def asked_by(user):
    request = RequestFactory().get("/inbox/codes/")
    request.user = user
    return page(request)


def test_a_holder_of_the_role_gets_in():
    assert asked_by(make_user("operations")).content == b"in"


def test_a_superuser_holds_every_role():
    user = make_user(None)
    user.is_superuser = True
    assert asked_by(user).content == b"in"


@pytest.mark.parametrize("role", ["support", "manager", None])
def test_anybody_else_is_refused(role):
    with pytest.raises(PermissionDenied):
        asked_by(make_user(role))


def test_a_stranger_and_somebody_who_left_hold_nothing():
    left = make_user("operations", is_active=False)
    assert not holds_role(AnonymousUser(), "operations")
    assert not holds_role(left, "operations")
