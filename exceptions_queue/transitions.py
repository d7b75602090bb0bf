"""What state a case may be in and what people may decide (pure)."""

from django.db.models import TextChoices


class CaseState(TextChoices):
    OPEN = "open", "Open"
    WAITING = "waiting", "Waiting"
    RECOVERED = "recovered", "Recovered"
    CLOSED = "closed", "Closed"


class DecisionKind(TextChoices):
    KEEP_WAITING = "keep_waiting", "Keep waiting"
    MESSAGE_CUSTOMER = "message_customer", "Message the customer"
    CORRECT_ADDRESS = "correct_address", "Correct the address"
    OPEN_TRACE = "open_trace", "Open a carrier trace"
    REPLACEMENT = "replacement", "Send a replacement"
    RESHIP = "reship", "Reship"
    REFUND = "refund", "Refund"
    FILE_CLAIM = "file_claim", "File a claim"
    RESTOCK = "restock", "Restock"
    WRITE_OFF = "write_off", "Write off"
    NOT_WORTH_A_CASE = "not_worth_a_case", "Not worth a case"


class Role(TextChoices):
    SUPPORT = "support", "Support agent"
    FULFILLMENT = "fulfillment", "Fulfillment lead"
    FINANCE = "finance", "Finance"
    OPERATIONS = "operations", "Operations owner"
    MANAGER = "manager", "Manager"
