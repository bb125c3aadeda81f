"""Every address with and without a slash at its end, so that nobody is redirected: a redirect would lose the key."""

from django.urls import path, re_path

from console.datasets import views

app_name = "datasets"

urlpatterns = [
    path("datasets", views.dataset_list, name="list"),
    path("datasets/", views.dataset_list),
    path("datasets/<str:dataset_id>", views.dataset_detail, name="detail"),
    path("datasets/<str:dataset_id>/", views.dataset_detail),
    path("datasets/<str:dataset_id>/rows", views.dataset_rows, name="rows"),
    path("datasets/<str:dataset_id>/rows/", views.dataset_rows),
    # Everything else, so that no path under the API is answered, redirected or explained by a page of the console.
    re_path("", views.nothing_here),
]
