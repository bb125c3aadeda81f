from django.urls import path

from ipsubnets import trial_views, views
from ipsubnets.lint import views as lint_views

app_name = "ipsubnets"

urlpatterns = [
    path("create/", views.create, name="create"),
    path("add-current/", views.add_current, name="add_current"),
    path("check/", lint_views.check, name="check"),
    path("check/<slug:finding_id>/fix/", lint_views.fix, name="fix"),
    path("<slug:subnet_id>/confirm/", trial_views.confirm, name="confirm_trial"),
    path("<slug:subnet_id>/revert/", trial_views.revert, name="revert_trial"),
    path("<slug:subnet_id>/delete/", views.delete, name="delete"),
]
