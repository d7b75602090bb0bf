"""How people get accounts: from an administrator, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Close sign-up to the public."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
