"""The answer to a handover, and the plan that `dry_run` adds to it."""

from __future__ import annotations

from handover.api.schema.values import OPTIONAL_TEXT, Schema, object_with

_TEXT: Schema = {"type": "string"}
_RULE = object_with(
    {
        "name": {**_TEXT, "description": "The rule, in a word."},
        "holds": {"type": "boolean"},
        "because": {**_TEXT, "description": "What it was judged by."},
    }
)
_CALL = object_with(
    {
        "edge": {**_TEXT, "description": "The platform's name of the call, such as `pass_thread_control`."},
        "as_app_id": {**_TEXT, "description": "The app that would make it."},
        "target_app_id": {**OPTIONAL_TEXT, "description": "The app that would get the thread, for a pass."},
    }
)
PLAN: Schema = {
    **object_with(
        {
            "rules": {
                "type": "array",
                "items": _RULE,
                "description": "In the order in which they are judged, up to the first that does not hold.",
            },
            "calls": {
                "type": "array",
                "items": _CALL,
                "description": "What the platform would be asked, in order.",
            },
        }
    ),
    "description": "Why a handover would be answered so, and what the platform would be asked.",
}
EXPLAINED: Schema = {"plan": {"$ref": "#/components/schemas/Plan", "description": "Only with `dry_run`."}}
"""What an answer has besides, where a plan was asked for."""

_SUCCESS: Schema = {"status": {"type": "integer", "const": 200}, "message": {**_TEXT, "const": "Success"}}
PLAIN_SUCCESS = object_with(_SUCCESS)
SUCCESS = object_with({**_SUCCESS, **EXPLAINED}, optional=tuple(EXPLAINED))
