from django.urls import path

from carriers import views
from carriers.inbox_pages import messages, quarantined, replays, unmatched

app_name = "carriers"
urlpatterns = [
    path("webhooks/<slug:source>/<slug:account>/", views.webhook, name="webhook"),
    path("inbox/", messages.failed, name="inbox"),
    path("inbox/messages/", messages.everything, name="messages"),
    path("inbox/<int:pk>/", messages.message, name="message"),
    path("inbox/<int:pk>/raw/", messages.raw, name="raw"),
    path("inbox/replay/", replays.replay_chosen, name="replay"),
    path("inbox/replays/", replays.runs, name="runs"),
    path("inbox/replays/<int:pk>/", replays.run, name="run"),
    path("inbox/quarantined/", quarantined.quarantined, name="quarantined"),
    path("inbox/quarantined/<int:account_id>/dismiss/", quarantined.dismiss_account, name="dismiss"),
    path("inbox/dismissals/<int:pk>/undo/", quarantined.undo_dismissed, name="undo_dismissal"),
    path("inbox/unmatched/", unmatched.unmatched, name="unmatched"),
    path("inbox/unmatched/<int:pk>/", unmatched.parcel, name="parcel"),
    path("inbox/unmatched/attach/", unmatched.attach, name="attach"),
    path("inbox/unmatched/correct/", unmatched.correct, name="correct"),
    path("inbox/unmatched/read-again/", unmatched.read_again, name="read_again"),
    path("inbox/unmatched/done/", unmatched.acts, name="acts"),
    path("inbox/unmatched/done/<int:pk>/undo/", unmatched.undo, name="undo"),
]
