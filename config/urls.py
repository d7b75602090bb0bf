from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import views

# Sign-in to the admin goes the same way as everywhere else, with its rate limits.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/", include("config.api_urls")),
    path("", include("exceptions_queue.urls")),
    path("policy/", include("exceptions_queue.policy_urls")),
    path("reviews/", include("exceptions_queue.review_urls")),
    path("", include("shipments.urls")),
    path("", include("carriers.urls")),
    path("", include("reporting.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
