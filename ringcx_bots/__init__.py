"""Settings, addresses and the WSGI entry: wiring only. The rules live in `handover`."""
