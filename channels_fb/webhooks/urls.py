from django.urls import re_path

from channels_fb.webhooks import views

urlpatterns = [
    # Facebook does not follow redirects, so the slash at the end may be there or not.
    re_path(r"^(?P<app_id>[0-9]{1,32})/?\Z", views.callback, name="facebook_callback"),
    re_path(r"", views.nothing_here),
]
