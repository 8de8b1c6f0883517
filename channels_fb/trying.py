"""Try a connection out at Facebook before it is kept: nothing is written, here or there."""

from __future__ import annotations

from channels_fb import connecting
from channels_fb.connecting import Connection
from channels_fb.doctor import asking
from channels_fb.doctor.asking import Credentials
from channels_fb.doctor.objections import Trial, judge
from handover.channel import Deadline
from handover.models import Primary


def try_out(wanted: Connection) -> Trial:
    """What Facebook has against a connection, with the secrets that are kept where it leaves them out.

    Goes over the network: must not run inside a transaction. Raises `CannotConnect` for what Facebook need
    not be asked about. Secrets that are kept and cannot be read try nothing out.
    """
    page = connecting.rehearse(wanted)
    token = connecting.decrypted(page, "page_token")
    secret = connecting.decrypted(page.app, "secret")
    if not (token and secret):
        return Trial()
    credentials = Credentials(wanted.page_id, page.app.app_id, token, secret)
    answers = asking.ask(credentials, Primary(page.source.primary), Deadline(asking.SECONDS))
    return judge(answers, wanted.page_id, page.app.app_id, page.source.primary, wanted.bot_apps or {})
