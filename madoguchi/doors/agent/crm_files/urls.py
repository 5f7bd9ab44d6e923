from django.urls import path

from madoguchi.doors.agent.crm_files import exports, imports

urlpatterns = [
    path("crm/import", imports.new, name="crm_import"),
    path("crm/import/<int:pk>/", imports.show, name="crm_import_file"),
    path("crm/import/<int:pk>/columns", imports.set_columns, name="crm_import_columns"),
    path("crm/import/<int:pk>/start", imports.start, name="crm_import_start"),
    path("crm/import/<int:pk>/give-up", imports.give_up, name="crm_import_give_up"),
    path("crm/export/<slug:module>.csv", exports.show, name="crm_export"),
    path("crm/import/<slug:module>.csv", exports.template, name="crm_import_template"),
]
