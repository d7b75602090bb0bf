"""The addresses of people's work: my day, the queue and its lists, one case and what can be done with it."""

from django.urls import path

from exceptions_queue.views import case, my_day, queue

app_name = "queue"

urlpatterns = [
    path("", my_day.my_day, name="my_day"),
    path("queue/", queue.queue, {"slug": "open"}, name="queue"),
    path("queue/<int:case_id>/", case.case, name="case"),
    path("queue/<slug:slug>/", queue.queue, name="list"),
    path("queue/<slug:slug>/new/", queue.new_cases, name="new_cases"),
]
