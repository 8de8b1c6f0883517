"""How gunicorn runs the service; found by itself when started in the project's root.

Flags on the command line and in GUNICORN_CMD_ARGS win over what stands here.
"""

import os

from django.conf import settings

from ringcx_bots import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ringcx_bots.settings")

with env.misconfiguration_stops_the_start():
    # Lines and redaction as everywhere else: on an error gunicorn logs the address with its query.
    logconfig_dict = settings.LOGGING
    port = env.port("PORT")

# A platform that sets PORT routes to it from outside; without one, a proxy on this machine is in front.
bind = f"0.0.0.0:{port}" if port else "127.0.0.1:8000"

# A handover waits for Facebook: threads, not processes, carry the load.
worker_class = "ringcx_bots.json_worker.JsonThreadWorker"
workers = 2
threads = 64

# Load the service before forking: a mistake in it stops the master, instead of one worker after another.
preload_app = True

# A worker that has not stirred for so long is replaced. No single request is cut off by it.
timeout = 60
# Longer than the 15 seconds within which a handover answers.
graceful_timeout = 30

# gunicorn's own console would be one file in the user's home, fought over by every instance that user runs.
control_socket_disable = True

# All parameters of a call may stand in its query; the default of 4094 is too short for a long `reason`.
limit_request_line = 8190

# `%(r)s` and `%(f)s` hold queries, and a query may hold an access token.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
