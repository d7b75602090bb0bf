"""The addresses of people's work: my day, the queue and its lists, one case and what can be done with it."""

from django.urls import path

from exceptions_queue.views import case, follow_ups, incidents, my_day, queue, work

app_name = "queue"

urlpatterns = [
    path("", my_day.my_day, name="my_day"),
    path("queue/", queue.queue, {"slug": "open"}, name="queue"),
    path("queue/take-next/", work.take_next, name="take_next"),
    path("queue/bulk/", work.bulk, name="bulk"),
    path("queue/<int:case_id>/", case.case, name="case"),
    path("queue/<int:case_id>/claim/", work.claim, name="claim"),
    path("queue/<int:case_id>/take-over/", work.take_over, name="take_over"),
    path("queue/<int:case_id>/renew/", work.renew, name="renew"),
    path("queue/<int:case_id>/release/", work.release, name="release"),
    path("queue/<int:case_id>/hand-over/", work.hand_over, name="hand_over"),
    path("queue/<int:case_id>/wait/", work.wait, name="wait"),
    path("queue/<int:case_id>/wake/", work.wake, name="wake"),
    path("queue/<int:case_id>/note/", work.note, name="note"),
    path("queue/<int:case_id>/decide/", work.decide, name="decide"),
    path("queue/<int:case_id>/approve/", work.approve, name="approve"),
    path("queue/<int:case_id>/refuse/", work.refuse, name="refuse"),
    path("queue/<int:case_id>/reopen/", work.reopen, name="reopen"),
    path("queue/<int:case_id>/confirm-recovered/", work.confirm_recovered, name="confirm_recovered"),
    path("queue/<int:case_id>/close/", work.close, name="close"),
    path("queue/<int:case_id>/follow-up/", work.open_follow_up, name="open_follow_up"),
    path("queue/<slug:slug>/", queue.queue, name="list"),
    path("queue/<slug:slug>/new/", queue.new_cases, name="new_cases"),
    path("incidents/", incidents.incident_list, name="incidents"),
    path("incidents/<int:incident_id>/", incidents.incident, name="incident"),
    path("incidents/<int:incident_id>/acts/", incidents.acts, name="incident_acts"),
    path("incidents/<int:incident_id>/act/", incidents.act, name="incident_act"),
    path("incidents/<int:incident_id>/dismiss/", incidents.dismiss, name="dismiss_incident"),
    path("incidents/<int:incident_id>/acts/<int:act_id>/undo/", incidents.undo, name="undo_act"),
    path("follow-ups/", follow_ups.follow_ups, name="follow_ups"),
    path("follow-ups/assign/", follow_ups.assign, name="assign_follow_ups"),
    path("follow-ups/<int:follow_up_id>/", follow_ups.follow_up, name="follow_up"),
    path("follow-ups/<int:follow_up_id>/nudge/", follow_ups.nudge, name="nudge_follow_up"),
    path("follow-ups/<int:follow_up_id>/close/", follow_ups.close, name="close_follow_up"),
]
