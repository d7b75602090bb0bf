"""The addresses of the policy: what is in force, the draft, its trials, the versions, and what is only observed."""

from django.urls import path

from exceptions_queue.views import backtests, observed, policy, policy_draft

app_name = "policy"

urlpatterns = [
    path("", policy.in_force, name="in_force"),
    path("draft/", policy_draft.draft, name="draft"),
    path("draft/start/", policy_draft.start, name="start"),
    path("draft/change/", policy_draft.change, name="change"),
    path("draft/look-for/", policy_draft.look_for, name="look_for"),
    path("draft/publish/", policy_draft.publish, name="publish"),
    path("draft/shadow/", policy_draft.start_shadow, name="start_shadow"),
    path("draft/stop-shadow/", policy_draft.stop_shadow, name="stop_shadow"),
    path("draft/discard/", policy_draft.discard, name="discard"),
    path("versions/", policy.versions, name="versions"),
    path("versions/<int:number>/", policy.version, name="version"),
    path("versions/<int:number>/publish-again/", policy_draft.publish_again, name="publish_again"),
    path("checklist/", policy.checklist_page, name="checklist"),
    path("rules/<slug:kind>/", policy.rule, name="rule"),
    path("unjudged/", policy.unjudged_page, name="unjudged"),
    path("observed/", observed.observed, name="observed"),
    path("observed/<int:pk>/open/", observed.open_case, name="open_observed"),
    path("observed/<int:pk>/widen/", observed.widen, name="widen"),
    path("backtests/", backtests.backtests, name="backtests"),
    path("backtests/ask/", backtests.ask, name="ask_backtest"),
    path("backtests/<int:pk>/", backtests.backtest, name="backtest"),
    path("backtests/<int:pk>/cancel/", backtests.cancel, name="cancel_backtest"),
    path("backtests/<int:pk>/rows/<slug:listing>/", backtests.rows, name="backtest_rows"),
    path("shadow/", observed.shadow, name="shadow"),
]
