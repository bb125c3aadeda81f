from django.urls import path

from ipsubnets import views

app_name = "ipsubnets"

urlpatterns = [
    path("create/", views.create, name="create"),
    path("add-current/", views.add_current, name="add_current"),
    path("<slug:subnet_id>/delete/", views.delete, name="delete"),
]
