from django.urls import path

from madoguchi.doors.agent.crm import deals, lists, people

urlpatterns = [
    path("crm/", lists.start, name="crm"),
    path("crm/leads/", lists.leads, name="crm_leads"),
    path("crm/leads/new", people.new_lead, name="new_crm_lead"),
    path("crm/contacts/", lists.contacts, name="crm_contacts"),
    path("crm/contacts/new", people.new_contact, name="new_crm_contact"),
    path("crm/people/<int:pk>/", people.show, name="crm_person"),
    path("crm/people/<int:pk>/details", people.edit, name="edit_crm_person"),
    path("crm/people/<int:pk>/conversion", people.convert, name="convert_crm_lead"),
    path("crm/people/<int:pk>/delete", people.delete, name="delete_crm_person"),
    path("crm/deals/", lists.deals, name="crm_deals"),
    path("crm/deals/new", deals.new, name="new_crm_deal"),
    path("crm/deals/<int:pk>/", deals.show, name="crm_deal"),
    path("crm/deals/<int:pk>/details", deals.edit, name="edit_crm_deal"),
    path("crm/deals/<int:pk>/stage", deals.move, name="crm_deal_stage"),
    path("crm/deals/<int:pk>/delete", deals.delete, name="delete_crm_deal"),
]
