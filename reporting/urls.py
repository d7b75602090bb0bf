from django.urls import path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("scorecard/", views.scorecard, name="scorecard"),
    path("scorecard/<slug:figure>/", views.rows, name="rows"),
    path("scorecard/<slug:figure>.csv", views.export, name="export"),
]
