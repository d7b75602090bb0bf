from django.urls import path

from shipments import views

app_name = "shipments"
urlpatterns = [
    path("shipments/", views.search, name="search"),
    path("shipments/<int:pk>/", views.detail, name="detail"),
]
