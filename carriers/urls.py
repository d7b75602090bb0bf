from django.urls import path

from carriers import views
from carriers.code_pages import views as code_pages
from carriers.feed_pages import views as feed_pages
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
    path("inbox/unmapped/", code_pages.unmapped, name="unmapped"),
    path("inbox/unmapped/give/", code_pages.give, name="give_meaning"),
    path("inbox/codes/", code_pages.codes, name="codes"),
    path("inbox/codes/code/", code_pages.code, name="code"),
    path("inbox/codes/draft/", code_pages.draft, name="code_draft"),
    path("inbox/codes/draft/drop/", code_pages.drop, name="drop_draft"),
    path("inbox/codes/published/", code_pages.publications, name="code_publications"),
    path("inbox/codes/published/<int:number>/", code_pages.publication, name="code_publication"),
    path("inbox/codes/published/<int:number>/progress/", code_pages.progress, name="code_progress"),
    path("inbox/codes/published/<int:number>/undo/", code_pages.take_back, name="undo_publication"),
    path("inbox/feeds/", feed_pages.feed_list, name="feeds"),
    path("inbox/feeds/<int:pk>/", feed_pages.feed, name="feed"),
    path("inbox/feeds/<int:pk>/silence/", feed_pages.silence, name="feed_silence"),
    path("incidents/feeds/", feed_pages.incident_list, name="incidents"),
    path("incidents/feeds/<int:pk>/", feed_pages.incident, name="incident"),
    path("incidents/feeds/<int:pk>/seen/", feed_pages.seen, name="incident_seen"),
    path("incidents/feeds/<int:pk>/note/", feed_pages.note, name="incident_note"),
]
