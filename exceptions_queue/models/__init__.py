"""What needs a person: policy versions, cases with their findings, legs and history, and the work on them."""

from exceptions_queue.models.approvals import Approval
from exceptions_queue.models.backtests import Backtest, BacktestFinding, BacktestParcel, BacktestState, Trial
from exceptions_queue.models.cases import Case, CaseEvent, CaseOutcome, Finding, Leg
from exceptions_queue.models.incidents import Incident, IncidentAct, IncidentMember, IncidentStep
from exceptions_queue.models.learning import RiskTable
from exceptions_queue.models.policy import Observation, PolicyEvent, PolicyState, PolicyVersion
from exceptions_queue.models.reviews import Review, ReviewCase, ReviewState, ReviewUse
from exceptions_queue.models.work import CarrierClaim, Decision, FollowUp, Message

__all__ = [
    "Approval",
    "Backtest",
    "BacktestFinding",
    "BacktestParcel",
    "BacktestState",
    "CarrierClaim",
    "Case",
    "CaseEvent",
    "CaseOutcome",
    "Decision",
    "Finding",
    "FollowUp",
    "Incident",
    "IncidentAct",
    "IncidentMember",
    "IncidentStep",
    "Leg",
    "Message",
    "Observation",
    "PolicyEvent",
    "PolicyState",
    "PolicyVersion",
    "Review",
    "ReviewCase",
    "ReviewState",
    "ReviewUse",
    "RiskTable",
    "Trial",
]
