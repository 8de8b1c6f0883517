"""Whom staff may administer, and what they may give: never a right that they have not got themselves."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

from handover.reach import Reach


def may_administer(manager: User, user: User) -> bool:
    """Whether `manager` may change or delete an account: whoever can set its password can be it.

    So only of somebody who has no right, and sees no page, that `manager` has not or does not see. An
    account that is not active counts as if it were.
    """
    if manager.is_superuser:
        return True
    if user.is_superuser or _rights_of(user).exclude(pk__in=_rights_of(manager)).exists():
        return False
    return not user.pages.exclude(pk__in=Reach.of_staff(manager).sources()).exists()


def may_administer_group(manager: User, group: Group) -> bool:
    """Whether a group gives nothing that `manager` could not give."""
    return not group.permissions.exclude(pk__in=rights_to_give(manager)).exists()


def rights_to_give(manager: User) -> QuerySet[Permission]:
    """Their own; for a superuser all."""
    return Permission.objects.all() if manager.is_superuser else _rights_of(manager)


def groups_to_give(manager: User) -> QuerySet[Group]:
    """The groups that give nothing else."""
    beyond = Permission.objects.exclude(pk__in=rights_to_give(manager))
    return Group.objects.exclude(pk__in=Group.objects.filter(permissions__in=beyond).values("pk"))


def _rights_of(user: User) -> QuerySet[Permission]:
    """What the account has, active or not; of a superuser, what was given by name."""
    given = Permission.objects.filter(Q(user=user) | Q(group__user=user)).order_by()
    return Permission.objects.filter(pk__in=given.values("pk"))
