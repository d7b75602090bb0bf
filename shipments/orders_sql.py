"""The statements `orders.py` runs, each over a whole batch; parameters are lists named like the facts' fields."""

from typing import Final

CUSTOMERS: Final = """
INSERT INTO shipments_customer AS known (customer_id, tier, email, name, locale)
SELECT * FROM unnest(%(customer_id)s::text[], %(tier)s::text[], %(email)s::text[], %(name)s::text[], %(locale)s::text[])
    AS said(customer_id, tier, email, name, locale)
ORDER BY said.customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    tier = COALESCE(NULLIF(excluded.tier, ''), known.tier),
    email = COALESCE(NULLIF(excluded.email, ''), known.email),
    name = COALESCE(NULLIF(excluded.name, ''), known.name),
    locale = COALESCE(NULLIF(excluded.locale, ''), known.locale)
WHERE (excluded.tier <> '' AND excluded.tier <> known.tier)
    OR (excluded.email <> '' AND excluded.email <> known.email)
    OR (excluded.name <> '' AND excluded.name <> known.name)
    OR (excluded.locale <> '' AND excluded.locale <> known.locale)
RETURNING known.customer_id
"""
"""Returns the new and changed customers."""

ORDERS: Final = """
INSERT INTO shipments_order AS known (order_id, storefront, customer_id, channel, replaces, value, currency,
    placed_at, promised_at, event_date)
SELECT said.order_id, said.storefront, customer.id, COALESCE(said.channel, 'direct'), said.replaces, said.value,
    said.currency, said.placed_at, said.promised_at, said.event_date
FROM unnest(%(order_id)s::text[], %(storefront)s::text[], %(customer)s::text[], %(channel)s::text[],
        %(replaces)s::text[], %(value)s::numeric[], %(currency)s::text[], %(placed_at)s::timestamptz[],
        %(promised_at)s::timestamptz[], %(event_date)s::timestamptz[])
    AS said(order_id, storefront, customer, channel, replaces, value, currency, placed_at, promised_at, event_date)
LEFT JOIN shipments_customer customer ON customer.customer_id = said.customer
ORDER BY said.order_id
ON CONFLICT (order_id) DO UPDATE SET
    storefront = COALESCE(NULLIF(excluded.storefront, ''), known.storefront),
    customer_id = COALESCE(excluded.customer_id, known.customer_id),
    channel = CASE WHEN known.order_id = ANY(%(with_channel)s) THEN excluded.channel ELSE known.channel END,
    replaces = COALESCE(NULLIF(excluded.replaces, ''), known.replaces),
    value = COALESCE(excluded.value, known.value),
    currency = CASE WHEN excluded.value IS NULL THEN known.currency ELSE excluded.currency END,
    placed_at = COALESCE(excluded.placed_at, known.placed_at),
    promised_at = COALESCE(excluded.promised_at, known.promised_at),
    event_date = COALESCE(excluded.event_date, known.event_date)
WHERE (excluded.storefront <> '' AND excluded.storefront <> known.storefront)
    OR COALESCE(excluded.customer_id, known.customer_id) IS DISTINCT FROM known.customer_id
    OR (known.order_id = ANY(%(with_channel)s) AND excluded.channel <> known.channel)
    OR (excluded.replaces <> '' AND excluded.replaces <> known.replaces)
    OR COALESCE(excluded.value, known.value) IS DISTINCT FROM known.value
    OR (excluded.value IS NOT NULL AND excluded.currency <> known.currency)
    OR COALESCE(excluded.placed_at, known.placed_at) IS DISTINCT FROM known.placed_at
    OR COALESCE(excluded.promised_at, known.promised_at) IS DISTINCT FROM known.promised_at
    OR COALESCE(excluded.event_date, known.event_date) IS DISTINCT FROM known.event_date
RETURNING known.order_id
"""
"""Returns the new and changed orders."""

_SAID_PARCELS: Final = """
unnest(%(carrier)s::text[], %(tracking_number)s::text[], %(order_id)s::text[], %(service)s::text[],
        %(direction)s::text[], %(promised_at)s::timestamptz[])
    AS said(carrier, tracking_number, order_id, service, direction, promised_at)
JOIN shipments_order owner ON owner.order_id = said.order_id
"""

CORRECTED: Final = """
SELECT heard.carrier, heard.tracking_number, parcel.carrier
FROM unnest(%(carrier)s::text[], %(tracking_number)s::text[]) AS said(carrier, tracking_number)
JOIN shipments_shipment heard USING (carrier, tracking_number)
JOIN shipments_shipment parcel ON parcel.id = heard.superseded_by_id
"""
"""Returns the parcels named whose carrier a person corrected, each with the right carrier."""

NEW_PARCELS: Final = f"""
INSERT INTO shipments_shipment (carrier, tracking_number, order_id, service, direction, promised_at, first_seen_at,
    review_due_at, state, last_known_state, reason, attempts, corrected_from, unmapped_code, last_description)
SELECT said.carrier, said.tracking_number, owner.id, said.service, COALESCE(said.direction, 'outbound'),
    said.promised_at, %(now)s, %(now)s, 'unknown', 'unknown', '', 0, '', '', ''
FROM {_SAID_PARCELS}
WHERE NOT EXISTS (SELECT FROM shipments_shipment known
    WHERE known.carrier = said.carrier AND known.tracking_number = said.tracking_number)
ORDER BY said.carrier, said.tracking_number
ON CONFLICT (carrier, tracking_number) DO NOTHING
RETURNING id
"""

LOCK_PARCELS: Final = """
SELECT parcel.id, parcel.carrier, parcel.tracking_number, owner.order_id
FROM shipments_shipment parcel LEFT JOIN shipments_order owner ON owner.id = parcel.order_id
WHERE parcel.id = ANY(ARRAY(
    SELECT named.id FROM unnest(%(carrier)s::text[], %(tracking_number)s::text[]) AS said(carrier, tracking_number)
        JOIN shipments_shipment named USING (carrier, tracking_number)
    UNION SELECT theirs.id FROM shipments_order told JOIN shipments_shipment theirs ON theirs.order_id = told.id
        WHERE told.order_id = ANY(%(orders)s::text[])
    UNION SELECT waiting.id FROM shipments_shipment waiting
        WHERE waiting.stated_order = ANY(%(orders)s::text[]) AND waiting.stated_order > ''
            AND waiting.order_id IS NULL))
ORDER BY parcel.id
FOR NO KEY UPDATE OF parcel
"""
"""Locks, by id, the parcels named, all others of these orders and those whose messages named one of them.

Returns each with the order it belongs to.
"""

TELL_PARCELS: Final = f"""
UPDATE shipments_shipment parcel SET
    order_id = owner.id,
    service = COALESCE(NULLIF(said.service, ''), parcel.service),
    direction = COALESCE(said.direction, parcel.direction),
    promised_at = COALESCE(said.promised_at, parcel.promised_at),
    review_due_at = %(now)s
FROM {_SAID_PARCELS}
WHERE parcel.carrier = said.carrier AND parcel.tracking_number = said.tracking_number
    AND parcel.superseded_by_id IS NULL
    AND (parcel.order_id IS NULL OR (parcel.order_id = owner.id AND (
        (said.service <> '' AND said.service <> parcel.service)
        OR COALESCE(said.direction, parcel.direction) <> parcel.direction
        OR COALESCE(said.promised_at, parcel.promised_at) IS DISTINCT FROM parcel.promised_at)))
RETURNING said.order_id
"""
"""Attaches unclaimed parcels and takes over what changed; returns the orders of the parcels written."""

TAKE_WAITING: Final = """
UPDATE shipments_shipment parcel SET order_id = owner.id, review_due_at = %(now)s
FROM shipments_order owner
WHERE owner.order_id = ANY(%(orders)s::text[]) AND parcel.stated_order = owner.order_id AND parcel.stated_order > ''
    AND parcel.order_id IS NULL AND parcel.superseded_by_id IS NULL
RETURNING parcel.id, owner.order_id
"""
"""Attaches the (locked) parcels whose own messages named the order before it came; returns them with their orders."""

REVIEW: Final = """
WITH joined AS (
    UPDATE shipments_conversation talk SET order_id = parcel.order_id
    FROM shipments_shipment parcel
    WHERE parcel.id = talk.shipment_id AND parcel.id = ANY(%(attached)s::bigint[]) AND talk.order_id IS NULL)
UPDATE shipments_shipment parcel SET review_due_at = %(now)s
FROM shipments_order owner
WHERE owner.id = parcel.order_id AND owner.order_id = ANY(%(changed)s::text[])
    AND parcel.review_due_at IS DISTINCT FROM %(now)s
"""
"""Makes the (locked) parcels of changed orders due; conversations about an attached parcel join its order."""

_PARCEL_MEANT: Final = """
    CASE WHEN excluded.order_id <> known.order_id THEN excluded.shipment_id
         ELSE COALESCE(excluded.shipment_id, known.shipment_id) END
"""
"""A conversation that turns out to be about another order leaves the first one's parcel."""

KNOWN_ABOUT: Final = """
SELECT conversation_id, order_id, shipment_id FROM shipments_conversation
WHERE conversation_id = ANY(%(conversation_id)s) ORDER BY conversation_id FOR NO KEY UPDATE
"""
"""Locks the conversations known already and returns what each was about until now."""

CONVERSATIONS: Final = f"""
INSERT INTO shipments_conversation AS known (conversation_id, order_id, customer_id, shipment_id, topic, opened_at,
    first_reply_at, first_reply_state, closed_at, url)
SELECT said.conversation_id, COALESCE(stated.id, parcel.order_id), COALESCE(person.id, theirs.customer_id), parcel.id,
    COALESCE(said.topic, 'other'), said.opened_at, said.first_reply_at, COALESCE(said.first_reply_state, ''),
    said.closed_at, said.url
FROM unnest(%(conversation_id)s::text[], %(order_id)s::text[], %(customer_id)s::text[], %(tracking_number)s::text[],
        %(topic)s::text[], %(opened_at)s::timestamptz[], %(first_reply_at)s::timestamptz[],
        %(first_reply_state)s::text[], %(closed_at)s::timestamptz[], %(url)s::text[])
    AS said(conversation_id, order_id, customer_id, tracking_number, topic, opened_at, first_reply_at,
        first_reply_state, closed_at, url)
LEFT JOIN shipments_order stated ON stated.order_id = said.order_id
LEFT JOIN shipments_customer person ON person.customer_id = said.customer_id
LEFT JOIN LATERAL (
    SELECT number.id, number.order_id FROM shipments_shipment number
    WHERE number.tracking_number = said.tracking_number AND number.superseded_by_id IS NULL
        AND (stated.id IS NULL OR number.order_id IS NULL OR number.order_id = stated.id)
    ORDER BY number.order_id IS NOT NULL AND number.order_id = stated.id DESC, number.id DESC LIMIT 1
) parcel ON TRUE
LEFT JOIN shipments_order theirs ON theirs.id = COALESCE(stated.id, parcel.order_id)
ORDER BY said.conversation_id
ON CONFLICT (conversation_id) DO UPDATE SET
    order_id = COALESCE(excluded.order_id, known.order_id),
    customer_id = COALESCE(excluded.customer_id, known.customer_id),
    shipment_id = {_PARCEL_MEANT},
    topic = CASE WHEN excluded.topic = 'other' THEN known.topic ELSE excluded.topic END,
    opened_at = LEAST(excluded.opened_at, known.opened_at),
    first_reply_at = COALESCE(excluded.first_reply_at, known.first_reply_at),
    first_reply_state = COALESCE(NULLIF(excluded.first_reply_state, ''), known.first_reply_state),
    closed_at = COALESCE(excluded.closed_at, known.closed_at),
    url = COALESCE(NULLIF(excluded.url, ''), known.url)
WHERE COALESCE(excluded.order_id, known.order_id) IS DISTINCT FROM known.order_id
    OR COALESCE(excluded.customer_id, known.customer_id) IS DISTINCT FROM known.customer_id
    OR {_PARCEL_MEANT} IS DISTINCT FROM known.shipment_id
    OR excluded.topic NOT IN ('other', known.topic)
    OR excluded.opened_at < known.opened_at
    OR COALESCE(excluded.first_reply_at, known.first_reply_at) IS DISTINCT FROM known.first_reply_at
    OR excluded.first_reply_state NOT IN ('', known.first_reply_state)
    OR COALESCE(excluded.closed_at, known.closed_at) IS DISTINCT FROM known.closed_at
    OR excluded.url NOT IN ('', known.url)
RETURNING conversation_id, order_id, shipment_id
"""
"""Returns each new and changed conversation with its order and its parcel (either may be null)."""

REVIEW_ABOUT: Final = """
WITH due AS MATERIALIZED (
    SELECT id FROM shipments_shipment
    WHERE id = ANY(ARRAY(
        SELECT unnest(%(parcels)s::bigint[])
        UNION SELECT id FROM shipments_shipment WHERE order_id = ANY(%(orders)s::bigint[])))
    ORDER BY id FOR NO KEY UPDATE)
UPDATE shipments_shipment parcel SET review_due_at = %(now)s FROM due WHERE due.id = parcel.id
"""
"""Locks by id and makes due the parcels that conversations are about, with all parcels of their orders."""

UNLINKED: Final = """
SELECT count(*) FROM shipments_conversation
WHERE conversation_id = ANY(%(conversation_id)s) AND order_id IS NULL AND shipment_id IS NULL
"""
