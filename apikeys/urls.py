from django.urls import path

from apikeys import owner_views, views

app_name = "apikeys"

urlpatterns = [
    path("generate/", views.generate, name="generate"),
    path("<slug:key_id>/copy/", views.copy, name="copy"),
    path("<slug:key_id>/rotate/", views.rotate, name="rotate"),
    path("<slug:key_id>/owner/", owner_views.assign, name="assign"),
    path("<slug:key_id>/disable/", views.disable, name="disable"),
    path("<slug:key_id>/enable/", views.enable, name="enable"),
    path("<slug:key_id>/revoke/", views.revoke, name="revoke"),
    path("<slug:key_id>/delete/", views.delete, name="delete"),
]
