"""What a test committed is gone after it, and what migrations brought is there again."""

import pytest
from django.contrib.auth.models import Group

from carriers.models import CodeMapping
from exceptions_queue.models import CaseEvent, PolicyVersion
from tests.factories import make_case
from tests.pristine import Pristine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pristine():
    return Pristine()


def test_what_was_added_is_gone_even_from_append_only_tables(pristine):
    make_case()
    assert CaseEvent.objects.exists()
    pristine.restore()
    assert not CaseEvent.objects.exists()
    assert PolicyVersion.objects.count() == 1


def test_what_was_removed_or_changed_is_back_with_its_key(pristine):
    group, code = Group.objects.first(), CodeMapping.objects.first()
    Group.objects.filter(pk=group.pk).delete()
    CodeMapping.objects.filter(pk=code.pk).update(state="unknown")
    pristine.restore()
    assert Group.objects.get(pk=group.pk).name == group.name
    assert CodeMapping.objects.get(pk=code.pk).state == code.state


def test_restoring_twice_is_as_good_as_once(pristine):
    Group.objects.all().delete()
    pristine.restore()
    pristine.restore()
    assert Group.objects.exists()
