"""The books of a shop: what must be true of orders, money and stock, whatever happened before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

type Calls = Mapping[str, Sequence[Mapping[str, Any]]]

# Each asks for what breaks a rule.
ALWAYS = {
    "a lot is not what its moves add up to": """
      select l.id from stock_lots l left join stock_moves m on m.lot_id = l.id group by l.id
      having l.on_hand <> coalesce(sum(m.delta), 0) or l.on_hand < 0""",
    "a paid order without all of its units, or an unpaid one with some": """
      select l.id from order_lines l join orders o on o.id = l.order_id
      where coalesce((select sum(quantity) from order_allocations where order_line_id = l.id), 0)
        <> case when o.paid_at is null then 0 else l.quantity * coalesce(
             (select sum(quantity) from bundle_parts where bundle_id = l.variant_id), 1) end""",
    "units out of the lots are not those of the order": """
      select o.id from orders o where coalesce((select -sum(m.delta) from stock_moves m
        where m.order_id = o.id), 0) not between
        (select coalesce(sum(a.quantity - a.returned), 0) from order_allocations a
           join order_lines l on l.id = a.order_line_id where l.order_id = o.id) and
        (select coalesce(sum(a.quantity), 0) from order_allocations a
           join order_lines l on l.id = a.order_line_id where l.order_id = o.id)""",
    "more came back, or was sent, than was bought": """
      select id from order_lines where not (returned between 0 and fulfilled)
        or fulfilled > quantity or refunded > quantity or return_requested < 0
      union all select id from order_allocations where not (returned between 0 and quantity)""",
    "a paid order without its money, or paid twice": """
      select o.id from orders o where o.paid_at is not null and (select count(*) from payments p
        where p.order_id = o.id and p.status = 'succeeded'
          and p.amount + p.gift_card_amount = o.total) <> 1""",
    "more than one payment of an order": """
      select order_id from payments where order_id is not null and status = 'succeeded'
      group by order_id having count(*) > 1""",
    "money without an order that does not go back": """
      select p.id from payments p left join orders o on o.id = p.order_id
      where p.status = 'succeeded' and o.paid_at is null and p.amount <>
        (select coalesce(sum(r.amount), 0) from refunds r
         where r.payment_id = p.id and r.status <> 'failed')""",
    "more goes back than came": """
      select p.id from payments p join refunds r on r.payment_id = p.id and r.status <> 'failed'
      group by p.id having sum(r.amount) > p.amount or p.status <> 'succeeded'
        or sum(r.gift_card_amount) > p.gift_card_amount""",
    "a payment and the ledger disagree": """
      select p.id from payments p where p.amount > 0 and (p.status = 'succeeded') <> exists
        (select from ledger_entries e
         where e.reference = p.id and e.account = 'provider' and e.amount = p.amount)""",
    "a refund and the ledger disagree": """
      select r.id from refunds r where r.amount > 0 and r.status <> 'failed'
        and (r.status = 'succeeded') <> exists (select from ledger_entries e
         where e.reference = r.id and e.account = 'provider' and e.amount = -r.amount)""",
    "a line of the ledger about nothing": """
      select id from ledger_entries where replace(reference, 'failed:', '') not in
        (select id from payments union all select id from refunds)""",
    "we hold less than nothing for an order": """
      select order_id from ledger_entries group by order_id having sum(amount) < 0""",
    "an order and its checkout disagree": """
      select c.id from checkouts c left join orders o on o.checkout_id = c.id
      where (c.status = 'completed') <> (o.id is not null)""",
    "a gift card is not what its moves add up to": """
      select g.id from gift_cards g left join gift_card_moves m on m.gift_card_id = g.id
      group by g.id having g.balance <> coalesce(sum(m.delta), 0) or g.balance < 0""",
}
AT_REST = {
    "a payment in limbo": """
      select id from payments
      where status not in ('succeeded', 'failed', 'canceled', 'processing')""",
    "a refund that nobody asked for": "select id from refunds where status = 'intent'",
    "a checkout that is still being paid": "select id from checkouts where status = 'paying'",
}


async def mistakes(rows: asyncpg.Connection) -> list[str]:
    """Return what is wrong now, at any moment, in a crash too."""
    return await _asked(rows, ALWAYS)


async def mistakes_at_rest(rows: asyncpg.Connection, calls: Calls) -> list[str]:
    """Return what is wrong once all was reconciled; `calls` are what the provider took and gave."""
    return [*await _asked(rows, ALWAYS | AT_REST), *await _of_provider(rows, calls)]


async def _asked(rows: asyncpg.Connection, rules: Mapping[str, str]) -> list[str]:
    # One question for all: what they find has to be of one moment.
    query = " union all ".join(
        f"select '{rule}' as rule, broken.* from ({sql}) as broken" for rule, sql in rules.items()
    )
    return [f"{row[0]}: {row[1]}" for row in await rows.fetch(query)]


async def _of_provider(rows: asyncpg.Connection, calls: Calls) -> list[str]:
    paid = "select id, amount from payments where amount > 0 and status = 'succeeded'"
    ours = dict(await rows.fetch(paid))
    known = {row["id"] for row in await rows.fetch("select id from payments")}
    taken = Counter[str]()
    for charge in calls["charges"]:
        taken[charge["metadata"].get("payment_id", "")] += int(charge["amount"])
    wrong = [
        f"the provider took {taken[id]} for a payment of {ours.get(id, 0)}: {id}"
        for id in known
        if taken[id] != ours.get(id, 0)
    ]
    return [*wrong, *await _given_back(rows, calls)]


async def _given_back(rows: asyncpg.Connection, calls: Calls) -> list[str]:
    ask = """select id, case when status in ('succeeded', 'pending') then amount else 0 end
      from refunds where amount > 0"""
    ours = dict(await rows.fetch(ask))
    given = Counter[str]()
    for back in calls["refunds"]:
        if back["status"] != "failed":
            given[back["metadata"].get("refund_id", "")] += int(back["amount"])
    return [
        f"the provider gave {given[id]} back for a refund of {amount}: {id}"
        for id, amount in ours.items()
        if given[id] != amount
    ]
