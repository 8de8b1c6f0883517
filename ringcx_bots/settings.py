"""All settings. Every variable is explained in .env.example; readers and their messages are in env.py."""

from urllib.parse import urlsplit

from ringcx_bots import env, logs

BASE_DIR = env.ROOT

env.read_file(BASE_DIR / ".env")

# --- From the environment ---

DEBUG = env.flag("DEBUG")
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")

# `manage.py demo` sets DEMO. It and DEBUG may start without keys: those they make are kept in VAR_DIR.
keys_kept_in = VAR_DIR if DEBUG or env.flag("DEMO") else None
SECRET_KEY = env.secret_key("SECRET_KEY", keys_kept_in)
FIELD_ENCRYPTION_KEYS = env.fernet_keys("FIELD_ENCRYPTION_KEYS", keys_kept_in)

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1")
PUBLIC_URL = env.web_address("PUBLIC_URL", bare=True)

GRAPH_API_URL = env.web_address("GRAPH_API_URL", "https://graph.facebook.com")
GRAPH_API_VERSION = env.text("GRAPH_API_VERSION", "v26.0", r"v[0-9]+\.[0-9]+", example="v26.0")
GRAPH_CONNECT_TIMEOUT = env.seconds("GRAPH_CONNECT_TIMEOUT", 3.0)
GRAPH_READ_TIMEOUT = env.seconds("GRAPH_READ_TIMEOUT", 10.0)
GRAPH_CONCURRENCY = env.count("GRAPH_CONCURRENCY", 32)
HANDOVER_DEADLINE = env.seconds("HANDOVER_DEADLINE", 300)

DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        VAR_DIR / "ringcx_bots.sqlite3",
        options={
            # Django's backend, with a queue for writers that is fair across threads and processes.
            "ringcx_bots.sqlite": {
                # SQLite has no row locks: the write lock, taken at BEGIN, makes read, decide, write one step.
                "transaction_mode": "IMMEDIATE",
                # Seconds a writer waits for its turn in that queue, and then for programs outside of it.
                "timeout": 20,
                # A delivery that was answered 200 must survive a power cut: Facebook will not send it again.
                # The backend waits for the disk itself, once the next writer is in, hence only NORMAL.
                "durable": True,
                # WAL lets readers go on beside the writer.
                # Recursive triggers, as REPLACE would otherwise rewrite history past them.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                " PRAGMA recursive_triggers=ON",
            },
            "django.db.backends.postgresql": {
                "connect_timeout": 5,
                # Each process has a pool. A request gives its connection back before it calls Facebook, so
                # 64 threads manage with 30; two web processes and a worker then stay below PostgreSQL's
                # usual 100. Whoever gets none within 10 seconds fails, rather than making the queue longer.
                "pool": {"min_size": 1, "max_size": 30, "timeout": 10},
            },
        },
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

HUEY = env.queue("HUEY_URL", VAR_DIR / "huey.sqlite3")

# E-mails about threads that wait. Each page says to whom.
globals().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "ringcx-bots@localhost", r"[^@\s]+@[^@\s]+", "bots@example.com")

# --- An https PUBLIC_URL: a proxy in front ends TLS ---

if PUBLIC_URL:
    public = urlsplit(PUBLIC_URL)
    # Brackets of an IPv6 address are part of the Host header but not of `hostname`.
    ALLOWED_HOSTS.append(f"[{public.hostname}]" if ":" in (public.hostname or "") else public.hostname or "")

if PUBLIC_URL.startswith("https:"):
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

# Bots and Facebook do not follow redirects with a body: sending people to https is the proxy's task.
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]

# --- The application ---

INSTALLED_APPS = [
    "handover.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "django_structlog",
    "huey.contrib.djhuey",
    "handover",
    "channels_fb",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ringcx_bots.logs.QuietRequestMiddleware",
]

ROOT_URLCONF = "ringcx_bots.urls"
WSGI_APPLICATION = "ringcx_bots.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Nothing inline, nothing from another host. Swagger UI's style sheet has pictures in `data:` addresses.
CONTENT_SECURITY_POLICY = {
    # No browser shows these: they answer programs.
    "EXCLUDE_URL_PREFIXES": ("/1.0/", "/webhooks/"),
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}

# Facebook sends webhooks of up to 10 MiB. The little more lets the view refuse a longer one itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024 + 64 * 1024
# More than fit into a query of gunicorn's `limit_request_line` bytes, so that Django refuses none of them;
# still few enough that a large form costs no noticeable time.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# JSON in, JSON out, whatever Accept, `?format=` or OPTIONS ask for. Views read the token and the body
# themselves: the order in which faults are looked for is part of the contract.
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["handover.api.rendering.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "handover.api.rendering.AlwaysJSON",
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "handover.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "handover.api.schema.inspector.Inspector",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "RingCX Bots",
    "VERSION": "1.0",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "handover.api.schema.document.Generator",
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    # From the package installed here, as everything on the page: it works without a network.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # `validatorUrl` would send the document's address to another host.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "tryItOutEnabled": True, "validatorUrl": None},
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "ringcx_bots.formats"

STATIC_URL = "static/"
# Served from where the packages have them: there is no collecting step to forget.
WHITENOISE_USE_FINDERS = True

# --- Logs ---

logs.configure_structlog()
LOGGING = logs.logging_settings(readable=DEBUG)
# One line a request, when it ends.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
