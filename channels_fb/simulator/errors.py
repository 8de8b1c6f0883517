"""Every refusal the platform knows, as one table of Graph error bodies.

Codes, subcodes and texts come from the "Error codes" and "Conversation routing" pages and from recorded live
answers. Where Meta's own text is not known, the line says "our wording": do not build on such a text.
"""

import secrets
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """One row of the table; `status` is HTTP's, `subcode` None where Meta sends none."""

    code: int
    subcode: int | None
    message: str
    type: str = "OAuthException"
    status: int = 400
    is_transient: bool | None = None


class GraphError(Exception):
    """The platform says no."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.status = refusal.status
        self.code = refusal.code
        self.subcode = refusal.subcode

    def body(self) -> dict[str, Any]:
        return error_body(self.refusal)


class UnknownThing(LookupError):
    """The driver named an app, page or person that was never set up."""


class VerificationFailed(ValueError):
    """The callback did not echo the challenge, so Meta would not have saved it."""


def error_body(refusal: Refusal) -> dict[str, Any]:
    """Meta's envelope: message, type, code, error_subcode?, is_transient?, fbtrace_id."""
    error: dict[str, Any] = {"message": refusal.message, "type": refusal.type, "code": refusal.code}
    if refusal.subcode is not None:
        error["error_subcode"] = refusal.subcode
    if refusal.is_transient is not None:
        error["is_transient"] = refusal.is_transient
    return {"error": error | {"fbtrace_id": "A" + secrets.token_urlsafe(16)}}


def invalid(message: str) -> GraphError:
    """A malformed parameter: code 100 with a text of its own."""
    return GraphError(Refusal(100, None, f"(#100) {message}"))


# Sending
CONTROLLED_BY_ANOTHER = Refusal(
    10, 2018300, "(#10) Message failed to send because another app is controlling this thread now."
)
OUTSIDE_WINDOW = Refusal(
    10,
    2018278,
    "(#10) This message is sent outside of allowed window. Learn more about the new policy here: "
    "https://developers.facebook.com/docs/messenger-platform/policy-overview",
)
PERSON_UNAVAILABLE = Refusal(551, 1545041, "(#551) This person isn't available right now.")
# Refused since 2026-04-27; our wording.
TAG_WITHDRAWN = Refusal(100, None, "(#100) This message tag is no longer supported.")
# Our wording: the Conversation Routing page only says that the object belongs to that mode.
SEND_CONTROL_NEEDS_ROUTING = Refusal(
    100, None, "(#100) thread_control is not supported when Conversation Routing is not enabled."
)

# Thread control
NO_SUCH_USER = Refusal(100, 2018001, "(#100) No matching user found")
TAKE_NEEDS_ROUTING = Refusal(
    27, None, "(#27) Take thread control is not supported when Conversation Routing is not enabled."
)
# Code and subcode were recorded, the text was not: our wording.
ALREADY_IN_CONTROL = Refusal(27, 1893035, "(#27) The requesting app already has control of this thread.")
# Our wording: Meta documents the switch, not the answer where it is off.
TAKE_SWITCH_OFF = Refusal(27, None, "(#27) Take thread control is not allowed for this app on this Page.")
# Our wording: Meta documents requests for pages without a default app only.
REQUEST_UNDER_ROUTING = Refusal(
    27, None, "(#27) Request thread control is not supported when Conversation Routing is enabled."
)
# Our wording: the handover protocol offered the call to secondary receivers only.
REQUEST_BY_PRIMARY = Refusal(
    100, None, "(#100) Request thread control is only available to secondary receivers."
)
# Our wording: the handover protocol let secondaries take from an idle thread only.
TAKE_BY_SECONDARY = Refusal(
    100, None, "(#100) Only the primary receiver can take control of a thread that another app owns."
)
# Recorded in shortened form, so the text around the core is our wording; the subcodes are not known.
PASS_NOT_OWNER = Refusal(100, None, "(#100) The calling app is not the thread owner.")
RELEASE_NOT_OWNER = Refusal(100, None, "(#100) Only the current thread owner can release thread control.")
EXTEND_NOT_OWNER = Refusal(100, None, "(#100) Only the current thread owner can extend thread control.")
# Our wording of the rule that passing is not a way to extend.
PASS_TO_ONESELF = Refusal(100, None, "(#100) The thread owner cannot pass thread control to itself.")
WRONG_APP = Refusal(100, 2018164, "(#100) Incorrect App ID.")
# The subcode is documented, code and text are ours.
SECONDARIES_HIDDEN = Refusal(
    100, 2018234, "(#100) A secondary receiver may not see other secondary receivers."
)
# Seen in the wild for people without a readable profile; our wording.
NO_PROFILE = Refusal(100, 2018218, "(#100) No profile available for this user.")

# The Graph API itself
BAD_TOKEN = Refusal(190, None, "Invalid OAuth access token - Cannot parse access token")
TOKEN_EXPIRED = Refusal(190, 463, "Error validating access token: Session has expired.")
# Of tokens made of an app's id and secret.
BAD_APP_TOKEN = Refusal(190, None, "Invalid OAuth access token signature.")
NO_SUCH_APP = Refusal(
    101, None, "Error validating application. Cannot get application info due to a system error."
)
# Our wording of Meta's rule that an app looks at its own tokens only.
TOKEN_OF_ANOTHER_APP = Refusal(
    100, None, "(#100) The App_id in the input_token did not match the Viewing App"
)
NO_TOKEN = Refusal(104, None, "An access token is required to request this resource.")
BAD_PROOF = Refusal(100, None, "Invalid appsecret_proof provided in the API argument", "GraphMethodException")
PROOF_REQUIRED = Refusal(
    100, None, "API calls from the server require an appsecret_proof argument", "GraphMethodException"
)
NO_SUCH_OBJECT = Refusal(
    100,
    33,
    "Unsupported request. Object does not exist, cannot be loaded due to missing permissions, "
    "or does not support this operation.",
    "GraphMethodException",
)
# Codes are Meta's, the first one's subcode too; our wording.
NO_PAGES_MESSAGING = Refusal(
    200, 2018028, "(#200) The app has not been granted pages_messaging for this Page."
)
NO_PAGES_MANAGE_METADATA = Refusal(
    200, None, "(#200) Requires pages_manage_metadata permission to manage the object"
)
UNKNOWN_PATH = Refusal(2500, None, "Unknown path components")
BODY_TOO_LARGE = Refusal(1, None, "The request is too large.", status=413)
LENGTH_REQUIRED = Refusal(1, None, "The request needs a Content-Length.", status=411)
UNREADABLE_REQUEST = Refusal(1, None, "The request could not be read.")
UNKNOWN_ERROR = Refusal(1, None, "An unknown error occurred", status=500, is_transient=False)
TEMPORARY = Refusal(
    2,
    None,
    "An unexpected error has occurred. Please retry your request later.",
    status=500,
    is_transient=True,
)
