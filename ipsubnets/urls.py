from django.urls import path

from ipsubnets import trial_views, views

app_name = "ipsubnets"

urlpatterns = [
    path("create/", views.create, name="create"),
    path("add-current/", views.add_current, name="add_current"),
    path("<slug:subnet_id>/confirm/", trial_views.confirm, name="confirm_trial"),
    path("<slug:subnet_id>/revert/", trial_views.revert, name="revert_trial"),
    path("<slug:subnet_id>/delete/", views.delete, name="delete"),
]
