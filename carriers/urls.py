from django.urls import path

from carriers import views

app_name = "carriers"
urlpatterns = [path("webhooks/<slug:source>/<slug:account>/", views.webhook, name="webhook")]
