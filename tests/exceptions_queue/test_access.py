import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser, Group, User
from django.test import override_settings

from exceptions_queue import access
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import Role
from tests.factories import make_case, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_migrating_makes_a_group_for_each_role():
    assert set(Group.objects.values_list("name", flat=True)) >= set(Role.values)


@pytest.mark.parametrize(
    ("role", "teams"),
    [
        (Role.SUPPORT, {Team.SUPPORT}),
        (Role.FULFILLMENT, {Team.FULFILLMENT}),
        (Role.FINANCE, {Team.FINANCE}),
        (Role.OPERATIONS, {Team.OPERATIONS}),
        (Role.MANAGER, set()),
        (None, set()),
    ],
)
def test_a_role_works_in_its_team_and_a_manager_in_none(role, teams):
    user = make_user(role)
    assert access.roles_of(user) == ({role} if role else set())
    assert access.teams_of(user) == teams


def test_two_groups_give_two_roles_and_other_groups_none():
    user = make_user(Role.SUPPORT, Role.MANAGER, "book club")
    assert access.roles_of(user) == {Role.SUPPORT, Role.MANAGER}


def test_a_superuser_holds_every_role_and_works_in_every_team():
    user = make_user(None, is_superuser=True)
    assert access.roles_of(user) == set(Role)
    assert access.teams_of(user) == set(Team)


def test_a_stranger_and_a_locked_account_hold_no_role():
    assert access.roles_of(AnonymousUser()) == frozenset()
    assert access.roles_of(make_user(Role.SUPPORT, is_active=False)) == frozenset()
    assert access.roles_of(make_user(None, is_superuser=True, is_active=False)) == frozenset()


def test_roles_are_asked_once_for_each_user_object(django_assert_num_queries):
    user = User.objects.get(pk=make_user(Role.SUPPORT).pk)
    with django_assert_num_queries(1):
        access.roles_of(user)
        access.teams_of(user)


def test_cases_are_visible_to_anybody_with_a_role_and_to_nobody_else():
    case = make_case()
    assert list(access.visible_cases(make_user(Role.MANAGER))) == [case]
    assert list(access.visible_cases(make_user(None))) == []
    assert list(access.visible_cases(AnonymousUser())) == []


def test_people_in_a_role_are_its_members_and_superusers_and_not_locked_accounts():
    farah = make_user(Role.FULFILLMENT, Role.SUPPORT, first_name="Farah")
    admin = make_user(None, first_name="Ada", is_superuser=True)
    make_user(Role.SUPPORT)
    make_user(Role.FULFILLMENT, is_active=False)
    assert list(access.people_in(Role.FULFILLMENT, Role.SUPPORT).filter(pk__in=[farah.pk, admin.pk])) == [admin, farah]
    assert set(access.people_in(Role.FULFILLMENT)) == {admin, farah}


def test_demo_people_are_one_for_each_role_and_can_sign_in(client):
    people = access.ensure_demo_users()
    assert [label for label, _, _ in people] == Role.labels
    for role, (_, name, password) in zip(Role, people, strict=True):
        assert client.login(username=name, password=password)
        assert access.roles_of(User.objects.get(username=name)) == {role}
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(people)


def test_demo_people_made_twice_are_the_same_people_with_the_same_passwords():
    assert access.ensure_demo_users() == access.ensure_demo_users()
    assert User.objects.count() == len(Role)
    assert EmailAddress.objects.count() == len(Role)


def test_demo_passwords_differ_between_installations():
    here = {password for _, _, password in access.ensure_demo_users()}
    with override_settings(SECRET_KEY="another installation's own secret key"):
        there = {password for _, _, password in access.ensure_demo_users()}
    assert len(here) == len(Role)
    assert here.isdisjoint(there)
