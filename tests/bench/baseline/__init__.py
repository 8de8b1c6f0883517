"""What the service is measured beside: the least that any Django project would do."""
