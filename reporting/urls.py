from django.urls import path

from reporting import views
from reporting.weekly import views as weekly

app_name = "reporting"
urlpatterns = [
    path("scorecard/", views.scorecard, name="scorecard"),
    path("scorecard/<slug:figure>/", views.rows, name="rows"),
    path("scorecard/<slug:figure>.csv", views.export, name="export"),
    path("reviews/week/", weekly.week, name="week"),
    path("reviews/week/rules.csv", weekly.export, name="week_csv"),
    path("reviews/week/<slug:slug>/", weekly.rows, name="week_rows"),
    path("reviews/week/<slug:slug>.csv", weekly.export_rows, name="week_rows_csv"),
    path("reviews/week/rules/<slug:kind>/<slug:slug>/", weekly.rule_rows, name="week_rule"),
    path("reviews/week/rules/<slug:kind>/<slug:slug>.csv", weekly.export_rule_rows, name="week_rule_csv"),
]
