from django.urls import path

from madoguchi.doors.hooks import crm

urlpatterns = [path("hooks/crm/<str:key>", crm.changed, name="crm_webhook")]
