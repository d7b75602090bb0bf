"""What people do with cases: each verb is one function, one transaction, and a line of history beside the change.

Every refusal is a `Refused` whose text is a sentence for the person. What `CaseEvent.data` holds, by kind:

    claimed, released   nothing
    taken_over          holder {id, name}: who had it
    lease_ended         holder {id, name}
    handed_over         from_team, to_team, note
    waiting             waiting_on, until, note; or_scan where the next scan ends the wait too
    woken               by: person, time, answer, scan or news
    note                text
    decided             decision, kind, proposal, amount, currency, note, override_reason; where it looks at earlier
                        decisions, looked_at [{kind, at, amount, currency}]; where it approves a proposal, approves and
                        proposed_by {id, name}
    refused, lapsed     proposal, kind, amount, currency, proposed_by {id, name}; refused also reason, to_team
    reopened            note, where a person did it
    follow_up           what (opened, assigned, nudged, closed), follow_up, kind, carrier, reference; then channel,
                        note, to {id, name}, next_nudge_at or outcome
    closed              outcome, worth_it; then decision or reason
"""

from exceptions_queue.actions.approvals import ProposalOver, approve_proposal, refuse_proposal
from exceptions_queue.actions.backtests import (
    NothingToCompare,
    PeriodEmpty,
    TrialGone,
    TrialOver,
    ask_trial,
    cancel_trial,
)
from exceptions_queue.actions.case_rows import (
    AlreadyDone,
    CaseClosed,
    CaseGone,
    ClaimedByOther,
    NoRole,
    NotClaimed,
    NotNow,
    NotYourTeam,
    Refused,
)
from exceptions_queue.actions.claims import (
    LEASE,
    ClaimEnded,
    claim_case,
    expire_leases,
    release_case,
    renew_claim,
    take_next,
    take_over_case,
)
from exceptions_queue.actions.decisions import (
    AlreadyCompensated,
    AlreadyProposed,
    AmountUnexplained,
    DecisionRefused,
    OverLimit,
    decide,
)
from exceptions_queue.actions.endings import AnotherIsOpen, close_case, confirm_recovered, reopen_case
from exceptions_queue.actions.follow_ups import (
    Assigned,
    CannotWork,
    FollowUpClosed,
    FollowUpGone,
    FollowUpRuns,
    NotYourFollowUp,
    assign_follow_ups,
    close_follow_up,
    nudge_follow_up,
    open_follow_up,
)
from exceptions_queue.actions.incidents import (
    IncidentGone,
    IncidentOver,
    Offered,
    dismiss_incident,
    offer_incidents,
)
from exceptions_queue.actions.legs import (
    NoteMissing,
    SameTeam,
    TimeIsPast,
    add_note,
    hand_over,
    wait_on,
    wake_case,
    wake_due,
)
from exceptions_queue.actions.mass import ActGone, ActRuns, NotUndoable, order_act, undo_act, work_on_acts
from exceptions_queue.actions.policy_edits import (
    ChangedMeanwhile,
    NothingWider,
    SentenceGone,
    change_draft,
    look_for,
    widen_scope,
)
from exceptions_queue.actions.policy_versions import (
    CannotBeRead,
    DraftRuns,
    EditedMeanwhile,
    NotADraft,
    PublishedMeanwhile,
    VersionGone,
    WhyMissing,
    discard_draft,
    publish,
    publish_again,
    start_draft,
    start_shadow,
    stop_shadow,
)
from exceptions_queue.actions.reviews import (
    AnsweredMeanwhile,
    AnswerMissing,
    NothingToDraw,
    ReviewClosed,
    ReviewGone,
    ReviewOpen,
    ReviewRuns,
    answer_case,
    close_review,
    draw_review,
    drop_review,
    use_review,
)

__all__ = [
    "LEASE",
    "ActGone",
    "ActRuns",
    "AlreadyCompensated",
    "AlreadyDone",
    "AlreadyProposed",
    "AmountUnexplained",
    "AnotherIsOpen",
    "AnswerMissing",
    "AnsweredMeanwhile",
    "Assigned",
    "CannotBeRead",
    "CannotWork",
    "CaseClosed",
    "CaseGone",
    "ChangedMeanwhile",
    "ClaimEnded",
    "ClaimedByOther",
    "DecisionRefused",
    "DraftRuns",
    "EditedMeanwhile",
    "FollowUpClosed",
    "FollowUpGone",
    "FollowUpRuns",
    "IncidentGone",
    "IncidentOver",
    "NoRole",
    "NotADraft",
    "NotClaimed",
    "NotNow",
    "NotUndoable",
    "NotYourFollowUp",
    "NotYourTeam",
    "NoteMissing",
    "NothingToCompare",
    "NothingToDraw",
    "NothingWider",
    "Offered",
    "OverLimit",
    "PeriodEmpty",
    "ProposalOver",
    "PublishedMeanwhile",
    "Refused",
    "ReviewClosed",
    "ReviewGone",
    "ReviewOpen",
    "ReviewRuns",
    "SameTeam",
    "SentenceGone",
    "TimeIsPast",
    "TrialGone",
    "TrialOver",
    "VersionGone",
    "WhyMissing",
    "add_note",
    "answer_case",
    "approve_proposal",
    "ask_trial",
    "assign_follow_ups",
    "cancel_trial",
    "change_draft",
    "claim_case",
    "close_case",
    "close_follow_up",
    "close_review",
    "confirm_recovered",
    "decide",
    "discard_draft",
    "dismiss_incident",
    "draw_review",
    "drop_review",
    "expire_leases",
    "hand_over",
    "look_for",
    "nudge_follow_up",
    "offer_incidents",
    "open_follow_up",
    "order_act",
    "publish",
    "publish_again",
    "refuse_proposal",
    "release_case",
    "renew_claim",
    "reopen_case",
    "start_draft",
    "start_shadow",
    "stop_shadow",
    "take_next",
    "take_over_case",
    "undo_act",
    "use_review",
    "wait_on",
    "wake_case",
    "wake_due",
    "widen_scope",
    "work_on_acts",
]
