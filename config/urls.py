from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("exceptions_queue.urls")),
    path("", include("shipments.urls")),
    path("", include("carriers.urls")),
    path("", include("reporting.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
