"""Checking JSON arguments against a method's own annotations, so that a slip is told at once."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


class BadArguments(ValueError):
    """Missing, unknown or of another type."""


def checked(method: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are, if the method would take them; raises BadArguments."""
    try:
        inspect.signature(method).bind(**arguments)
    except TypeError as error:
        raise BadArguments(str(error)) from None
    hints = get_type_hints(method)
    for name, value in arguments.items():
        if not _fits(value, hints[name]):
            raise BadArguments(f"{name} does not fit {hints[name]}")
    return dict(arguments)


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if hint is Any:
        return True
    if origin is Literal:
        return value in get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, option) for option in get_args(hint))
    if origin in (list, Sequence):
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, origin or hint)
