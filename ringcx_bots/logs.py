"""Log lines: one route for structlog and the standard library, on which no secret gets through."""

import re
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"

SECRET_NAME = re.compile(
    r"(token|secret|proof|password|authorization|cookie|(secret|encryption)_key)s?$", re.IGNORECASE
)

# Text comes as query strings (also quoted ones), JSON, reprs and headers. `EAA` begins every token of Meta's.
SECRET_TEXT = re.compile(
    r"""(?P<label>(?:access_token|input_token|verify_token|fb_exchange_token|appsecret_proof|\w*secret|password)
            ["']?\s*(?:=|:|%3D)\s*["']?
          | \bBearer\s+)
        [^\s"'&,;}\])]+
      | \bEAA[A-Za-z0-9]{20,}""",
    re.IGNORECASE | re.VERBOSE,
)


OUR_QUERY = re.compile(r"(/(?:1\.0|webhooks)[^\s?\"']*)\?[^\s\"']+")


class QuietRequestMiddleware(RequestMiddleware):
    """Logs each request under an id of its own, without the query, which may hold an access token."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path."""
        return f"{request.method} {request.path}"

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Name the request's id in the answer: it leads to the log lines and to the history."""
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            response["X-Request-ID"] = request_id
        super().handle_response(request, response)


def redact_text(text: str) -> str:
    """The text with every secret in it replaced, and without the query of any address of ours.

    A query may spell its names in ways that no pattern foresees: `access%5Ftoken=...`.
    """
    return SECRET_TEXT.sub(
        lambda found: (found["label"] or "") + REDACTED, OUR_QUERY.sub(rf"\1?{REDACTED}", text)
    )


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The last processor before the renderer, so that tracebacks and stdlib lines pass it too."""
    return {key: _redact_value(key, value) for key, value in event.items()}


def _redact_value(key: object, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(key, str) and SECRET_NAME.search(key):
        return REDACTED
    if isinstance(value, dict):
        return {name: _redact_value(name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_redact_value(None, inner) for inner in value]
    # Any other object would be rendered by its repr, after this was the last look at it.
    return redact_text(value if isinstance(value, str) else repr(value))


_SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_structlog() -> None:
    """Hand structlog's lines to the standard library, whose formatter below writes all of them."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED_PROCESSORS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_settings(*, readable: bool) -> dict[str, Any]:
    """Django's LOGGING: lines for people or JSON lines, on standard error."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if readable:
        # The pretty traceback prints local variables, and with them secrets.
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED_PROCESSORS,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
    }
    to_root: dict[str, Any] = {"handlers": [], "level": "INFO", "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # These bring handlers of their own, which would write past the redaction.
            "django": to_root,
            "django.server": to_root,
            "gunicorn.error": to_root,
            # huey adds a handler unless it finds one, so it must not propagate as well.
            "huey": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            # Starts and ends; not, twice each, all bells that were heard.
            "huey.consumer": {"level": "INFO"},
            # Each request has its line from the middleware; these say it again.
            "django.request": to_root | {"level": "ERROR"},
            "gunicorn.access": to_root | {"level": "WARNING"},
            # Anybody can send a wrong Host; a line with a traceback for each would be a way to fill the disk.
            "django.security.DisallowedHost": to_root | {"level": "CRITICAL"},
        },
    }
