from django.urls import path

from madoguchi.doors.live import stream

urlpatterns = [path("live", stream.show, name="live")]
