from django.apps import AppConfig


class BaselineConfig(AppConfig):
    """Only tables; they are made without migrations."""

    name = "tests.bench.baseline"
    label = "baseline"
