"""Who may do what: the one place that turns a person into roles and teams."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.models import EmailAddress
from django.apps import apps
from django.apps.registry import Apps
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from config.roles import role_names
from exceptions_queue.models import Case, FollowUp, Incident
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import Role

_TEAM_OF: Final = {
    Role.SUPPORT: Team.SUPPORT,
    Role.FULFILLMENT: Team.FULFILLMENT,
    Role.FINANCE: Team.FINANCE,
    Role.OPERATIONS: Team.OPERATIONS,
}
"""A manager works in no team: whoever manages and also works the queue is in both groups."""


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Return the roles a person holds: the names of their groups; a superuser holds all, a stranger none.

    Asked once for each user object: a person loaded again is asked again.
    """
    if not user.is_active or not user.is_authenticated:
        return frozenset()
    if user.is_superuser:
        return frozenset(Role)
    return frozenset(Role(name) for name in role_names(user) if name in Role.values)


def teams_of(user: User | AnonymousUser) -> frozenset[Team]:
    """Return the teams whose cases a person may take."""
    return frozenset(_TEAM_OF[role] for role in roles_of(user) if role in _TEAM_OF)


def people_in(*roles: Role) -> QuerySet[User]:
    """Return everybody who holds one of the roles, by name; superusers hold them all."""
    holds = Q(is_superuser=True) | Q(pk__in=User.groups.through.objects.filter(group__name__in=roles).values("user_id"))
    return User.objects.filter(holds, is_active=True).order_by("first_name", "last_name", "username")


def visible_cases(user: User | AnonymousUser) -> QuerySet[Case]:
    """Return the cases a person may look at: all of them with any role, none without."""
    return Case.objects.all() if roles_of(user) else Case.objects.none()


def visible_follow_ups(user: User | AnonymousUser) -> QuerySet[FollowUp]:
    """Return the follow-ups a person may look at: those of the cases they may look at."""
    return FollowUp.objects.all() if roles_of(user) else FollowUp.objects.none()


def visible_incidents(user: User | AnonymousUser) -> QuerySet[Incident]:
    """Return the incidents a person may look at: those of the cases they may look at."""
    return Incident.objects.all() if roles_of(user) else Incident.objects.none()


def name_of(user: User) -> str:
    """Return what to call a person on a page."""
    return user.get_full_name() or user.get_username()


def make_role_groups(using: str = "default", apps: Apps = apps, **kwargs: Any) -> None:
    """Make the group of each role; connected to `post_migrate`, which may run before the groups have a table."""
    try:
        group = apps.get_model("auth", "Group")
    except LookupError:
        return
    group.objects.using(using).bulk_create([group(name=role.value) for role in Role], ignore_conflicts=True)


_DEMO_NAMES: Final = {
    Role.SUPPORT: ("Sam", "Rivera"),
    Role.FULFILLMENT: ("Farah", "Lindqvist"),
    Role.FINANCE: ("Finn", "Okafor"),
    Role.OPERATIONS: ("Olga", "Petrov"),
    Role.MANAGER: ("Maya", "Chen"),
}


def ensure_demo_users() -> list[tuple[str, str, str]]:
    """Make one person for each role and return (role's label, user name, password) of each.

    The passwords come from this installation's secret key, so they are the same each time and different elsewhere.
    The operations owner may also look at the admin.
    """
    make_role_groups()
    return [(role.label, role.value, _ensure_demo_user(role)) for role in Role]


def _ensure_demo_user(role: Role) -> str:
    password = _demo_password(role)
    first, last = _DEMO_NAMES[role]
    user, is_new = User.objects.get_or_create(
        username=role.value,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{role.value}@waypost.example",
            "is_staff": role == Role.OPERATIONS,
        },
    )
    if is_new or not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    user.groups.add(Group.objects.get(name=role))
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return password


def _demo_password(role: Role) -> str:
    digest = salted_hmac("waypost.demo", role.value, algorithm="sha256").hexdigest()
    return "-".join(digest[start : start + 4] for start in (0, 4, 8))
