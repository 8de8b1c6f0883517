"""Django's own defaults, next to no middleware, and the same SQLite with the stock backend."""

import os

SECRET_KEY = "for measuring only"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["rest_framework", "tests.bench.baseline"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # It writes the Content-Length.
ROOT_URLCONF = "tests.bench.baseline.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BASELINE_DATABASE"],
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        },
    }
}
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
LOGGING_CONFIG = None
