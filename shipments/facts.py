"""The vocabulary: what a parcel can be doing, why, and the values that carry those facts (pure)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db.models import TextChoices


class State(TextChoices):
    """Where the parcel is; one per event, one per shipment."""

    LABEL_CREATED = "label_created", "Label created"
    PICKED_UP = "picked_up", "Picked up"
    IN_TRANSIT = "in_transit", "In transit"
    OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup", "Ready to collect"
    ATTEMPTED = "attempted", "Delivery attempted"
    DELAYED = "delayed", "Delayed"
    DAMAGED = "damaged", "Damaged"
    DELIVERED = "delivered", "Delivered"
    RETURNING = "returning", "Returning to sender"
    RETURNED = "returned", "Returned to sender"
    LOST = "lost", "Lost"
    CANCELLED = "cancelled", "Cancelled"
    UNKNOWN = "unknown", "Unknown"


class Reason(TextChoices):
    """Why, where the carrier gives a reason; the empty string means it gave none."""

    ADDRESS_ISSUE = "address_issue", "Problem with the address"
    RECIPIENT_UNAVAILABLE = "recipient_unavailable", "Nobody there to receive it"
    REFUSED = "refused", "Refused by the recipient"
    MISSED_CONNECTION = "missed_connection", "Missed connection"
    WEATHER = "weather", "Weather"
    CUSTOMS_HOLD = "customs_hold", "Held by customs"
    PAYMENT_DUE = "payment_due", "Payment due"
    DAMAGED = "damaged", "Damaged"
    LOST = "lost", "Lost"
    SECURITY = "security", "Security check"
    CARRIER_CAPACITY = "carrier_capacity", "Carrier capacity"
    HELD_AT_LOCATION = "held_at_location", "Held at a location"
    INVALID_TRACKING_NUMBER = "invalid_tracking_number", "Tracking number not known"
    NO_FIRST_SCAN = "no_first_scan", "No first scan"
    OTHER = "other", "Other reason"


class FaultParty(TextChoices):
    """Who answers for a reason; refund and claim rules use it."""

    CARRIER = "carrier", "Carrier"
    RECIPIENT = "recipient", "Recipient"
    MERCHANT = "merchant", "Merchant"
    CUSTOMS = "customs", "Customs"
    NATURE = "nature", "Nature"


class TimeConfidence(TextChoices):
    """How sure we are of the instant a scan happened."""

    EXPLICIT = "explicit", "Stated with its zone"
    INFERRED = "inferred", "Zone inferred"
    UNKNOWN = "unknown", "Not stated by the carrier"


class Direction(TextChoices):
    OUTBOUND = "outbound", "To the customer"
    RETURN = "return", "Return"


class Channel(TextChoices):
    DIRECT = "direct", "Direct"
    MARKETPLACE = "marketplace", "Marketplace"
    REPLACEMENT = "replacement", "Replacement"
    RETURN = "return", "Return"


class Topic(TextChoices):
    """What a customer's conversation is about."""

    WISMO = "wismo", "Where is my order"
    DAMAGE = "damage", "Damage"
    RETURN = "return", "Return"
    OTHER = "other", "Other"


TERMINAL: Final = frozenset({State.DELIVERED, State.RETURNED, State.LOST, State.CANCELLED})

FAULT: Final = MappingProxyType(
    {
        Reason.ADDRESS_ISSUE: FaultParty.RECIPIENT,
        Reason.RECIPIENT_UNAVAILABLE: FaultParty.RECIPIENT,
        Reason.REFUSED: FaultParty.RECIPIENT,
        Reason.MISSED_CONNECTION: FaultParty.CARRIER,
        Reason.WEATHER: FaultParty.NATURE,
        Reason.CUSTOMS_HOLD: FaultParty.CUSTOMS,
        Reason.PAYMENT_DUE: FaultParty.RECIPIENT,
        Reason.DAMAGED: FaultParty.CARRIER,
        Reason.LOST: FaultParty.CARRIER,
        Reason.SECURITY: FaultParty.CARRIER,
        Reason.CARRIER_CAPACITY: FaultParty.CARRIER,
        Reason.HELD_AT_LOCATION: FaultParty.RECIPIENT,
        Reason.INVALID_TRACKING_NUMBER: FaultParty.MERCHANT,
        Reason.NO_FIRST_SCAN: FaultParty.MERCHANT,
        Reason.OTHER: FaultParty.CARRIER,
    }
)


class Meaning(NamedTuple):
    """What a carrier's code says in our vocabulary."""

    state: State
    reason: str = ""
    physical: bool = True
    action_required: bool = False


UNMAPPED: Final = Meaning(State.UNKNOWN, "", physical=False)


class EventFact(NamedTuple):
    """One scan with its meaning, ready to be appended to a shipment's timeline; a tuple, for there are very many.

    `occurred_at` and `received_at` are aware. `occurred_at` is the carrier's instant; where the carrier stated
    none (`time_confidence` unknown) it is when we received the scan and takes no part in the identity.
    `raw_code` joins type, code and subcode with ":"; `mapped` is false where no table knew the code;
    `heard_as` numbers the way the source spelled it, so that a later meaning finds it. `identity` comes from
    `identity_of` and is the same whenever the same scan is told again.
    """

    carrier: str
    tracking_number: str
    state: State
    reason: str
    occurred_at: datetime
    received_at: datetime
    time_confidence: TimeConfidence
    promised_at: datetime | None
    raw_code: str
    raw_description: str
    location: str
    physical: bool
    source: str
    identity: str
    mapped: bool = True
    order_id: str = ""
    customer_id: str = ""
    service: str = ""
    message_id: int | None = None
    heard_as: int | None = None


def identity_of(carrier: str, tracking_number: str, occurred_at: datetime | None, code: str) -> str:
    """Return what names one scan, 32 hexadecimal digits: carrier, number, the carrier's instant (None: none), code.

    `code` is the description where the carrier sends no codes; the free-text location takes no part.
    """
    at = "" if occurred_at is None else str(int(occurred_at.timestamp() * 1e6))
    told = "\x1f".join((carrier, tracking_number, at, code))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


_CARRIER_ALIASES: Final = MappingProxyType(
    {
        "upsdap": "ups",
        "ups_mail_innovations": "ups_mi",
        "upsmailinnovations": "ups_mi",
        "fedexdefault": "fedex",
        "fedex_default": "fedex",
        "fdxe": "fedex",
        "fdxg": "fedex",
        "dhlexpress": "dhl_express",
        "dhl_express_default": "dhl_express",
        "canada_post": "canadapost",
        "canada-post": "canadapost",
        "royal_mail": "royalmail",
        "royal-mail": "royalmail",
        "australia_post": "australiapost",
        "australia-post": "australiapost",
        "la_poste": "laposte",
        "la-poste": "laposte",
        "mydhl": "dhl_express",
        "dhl-express": "dhl_express",
        "dhl_express_worldwide": "dhl_express",
        "dhl_express_walleted": "dhl_express",
        "fedex_walleted": "fedex",
        "fedex_ws": "fedex",
        "ups-mi": "ups_mi",
        "ups_walleted": "ups",
        "stamps_com": "usps",
        "endicia": "usps",
        "usps_international": "usps",
        "usps_wt": "usps",
    }
)


def carrier_slug(name: str) -> str:
    """Return one spelling for a carrier's name: lower case, words joined by underscores, known aliases folded."""
    slug = re.sub(r"[^a-z0-9-]+", "_", name.strip().lower()).strip("_")
    return _CARRIER_ALIASES.get(slug, slug)


def clean_tracking_number(number: str) -> str:
    """Return the number as carriers print it without spaces, upper case."""
    return "".join(number.split()).upper()
