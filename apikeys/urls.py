from django.urls import path

from apikeys import views

app_name = "apikeys"

urlpatterns = [
    path("generate/", views.generate, name="generate"),
    path("<str:key_id>/copy/", views.copy, name="copy"),
    path("<str:key_id>/rotate/", views.rotate, name="rotate"),
    path("<str:key_id>/disable/", views.disable, name="disable"),
    path("<str:key_id>/enable/", views.enable, name="enable"),
    path("<str:key_id>/revoke/", views.revoke, name="revoke"),
    path("<str:key_id>/delete/", views.delete, name="delete"),
]
