"""What gunicorn serves: `gunicorn ringcx_bots.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from ringcx_bots.content_type import with_plain_content_type
from ringcx_bots.env import misconfiguration_stops_the_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ringcx_bots.settings")

with misconfiguration_stops_the_start():
    application = with_plain_content_type(get_wsgi_application())
    # Loaded here, before gunicorn forks, and not by the first request of each process.
    _ = get_resolver().url_patterns
