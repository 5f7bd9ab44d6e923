from django.urls import path

from madoguchi.doors.agent.customers import accounts, contacts

urlpatterns = [
    path("contacts/", contacts.index, name="contacts"),
    path("contacts/new", contacts.new, name="new_contact"),
    path("contacts/<int:pk>/", contacts.show, name="contact"),
    path("contacts/<int:pk>/details", contacts.edit, name="edit_contact"),
    path("contacts/<int:pk>/bin", contacts.trash, name="contact_bin"),
    path("accounts/", accounts.index, name="accounts"),
    path("accounts/new", accounts.new, name="new_account"),
    path("accounts/<int:pk>/", accounts.show, name="account"),
    path("accounts/<int:pk>/details", accounts.edit, name="edit_account"),
    path("accounts/<int:pk>/bin", accounts.trash, name="account_bin"),
]
