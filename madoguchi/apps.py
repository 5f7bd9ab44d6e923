from django.apps import AppConfig


class MadoguchiConfig(AppConfig):
    name = "madoguchi"
    default_auto_field = "django.db.models.BigAutoField"
