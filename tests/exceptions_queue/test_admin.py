import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from exceptions_queue.models import Decision
from exceptions_queue.transitions import Role
from tests.factories import NOW, make_case, make_follow_up, make_user

pytestmark = pytest.mark.django_db
MODELS = list(apps.get_app_config("exceptions_queue").get_models())


@pytest.fixture
def rows():
    sam = make_user()
    for _ in range(3):
        case = make_case(claimed_by=sam)
        make_follow_up(case, assigned_to=sam)
        Decision.objects.create(case=case, kind="keep_waiting", at=NOW, by=sam, evidence={})
    return case


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_operations_may_look_at_every_list_with_few_queries(client, rows, model, django_assert_max_num_queries):
    client.force_login(make_user(Role.OPERATIONS, is_staff=True))
    with django_assert_max_num_queries(12):
        assert client.get(address(model, "changelist"), {"q": "1Z"}).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_row_can_be_looked_at_and_nothing_can_be_added_changed_or_deleted(client, rows, model):
    client.force_login(make_user(None, is_superuser=True, is_staff=True))
    assert client.post(address(model, "add")).status_code == 403
    row = model.objects.first()
    if row is not None:
        assert client.get(address(model, "change", row.pk)).status_code == 200
        assert client.post(address(model, "change", row.pk), {}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_staff_without_the_role_see_nothing(client, rows):
    client.force_login(make_user(Role.SUPPORT, is_staff=True))
    assert client.get(address(Decision, "changelist")).status_code == 403


def test_the_role_without_staff_is_sent_to_sign_in(client, rows):
    client.force_login(make_user(Role.OPERATIONS))
    assert client.get(address(Decision, "changelist")).status_code == 302


def test_every_model_is_registered():
    assert all(admin.site.is_registered(model) for model in MODELS)
