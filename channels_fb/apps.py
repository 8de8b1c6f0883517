from django.apps import AppConfig
from django.core.checks import Tags, register


class ChannelsFbConfig(AppConfig):
    name = "channels_fb"
    verbose_name = "Facebook Messenger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from channels_fb import lost_secrets  # noqa: PLC0415 - models are not loaded earlier.
        from channels_fb.channel import MessengerChannel  # noqa: PLC0415
        from handover import channel  # noqa: PLC0415

        channel.register(MessengerChannel())
        register(lost_secrets.check_secrets, Tags.database)
