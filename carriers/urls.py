from django.urls import path

from carriers import views
from carriers.feed_pages import views as feeds

app_name = "carriers"
urlpatterns = [
    path("webhooks/<slug:source>/<slug:account>/", views.webhook, name="webhook"),
    path("inbox/feeds/", feeds.feed_list, name="feeds"),
    path("inbox/feeds/<int:pk>/", feeds.feed, name="feed"),
    path("inbox/feeds/<int:pk>/silence/", feeds.silence, name="feed_silence"),
    path("incidents/", feeds.incident_list, name="incidents"),
    path("incidents/<int:pk>/", feeds.incident, name="incident"),
    path("incidents/<int:pk>/seen/", feeds.seen, name="incident_seen"),
    path("incidents/<int:pk>/note/", feeds.note, name="incident_note"),
]
