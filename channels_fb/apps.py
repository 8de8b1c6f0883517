from django.apps import AppConfig


class ChannelsFbConfig(AppConfig):
    name = "channels_fb"
    verbose_name = "Facebook Messenger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from channels_fb.channel import MessengerChannel  # noqa: PLC0415 - models are not loaded earlier.
        from handover import channel  # noqa: PLC0415

        channel.register(MessengerChannel())
