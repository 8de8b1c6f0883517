"""The public Python client, making the calls that come in on standard input (see `tests.clients.client`)."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ringcentral_engage_digital import RestClient

ARGUMENTS = {"query": "params", "form": "data", "json": "json"}


def main() -> None:
    client = RestClient(
        os.environ["RINGCENTRAL_ENGAGE_API_TOKEN"], os.environ["RINGCENTRAL_ENGAGE_SERVER_URL"]
    )
    for line in sys.stdin:
        print(json.dumps(called(client, **json.loads(line))), flush=True)


def called(client: RestClient, method: str, path: str, form: str, parameters: dict[str, str]) -> Any:
    """The client raises nothing but a bare `Exception`, whose text is all there is."""
    options = {ARGUMENTS[form]: parameters} if parameters else {}
    try:
        answer = getattr(client, method)(path, **options)
    except Exception as error:
        return {"raised": type(error).__name__, "text": str(error)}
    return {"status": answer.status_code, "body": answer.json()}


if __name__ == "__main__":
    main()
