"""The table of states, and numbers that people can read out: no store is needed."""

import itertools

import pytest

from models.order import Actor, Order, OrderStatus
from services.order import NEXT, OrderStateConflict, may, next_states
from services.order.machine import require
from services.order.number import LENGTH, SIGNS, made, read

EVERY = list(itertools.product(OrderStatus, OrderStatus, Actor))


def test_the_table_names_every_state() -> None:
    assert set(NEXT) == set(OrderStatus)
    reached = {OrderStatus.PLACED} | {to for row in NEXT.values() for to in row}
    assert reached == set(OrderStatus)
    ends = {status for status in OrderStatus if not NEXT[status]}
    assert ends == {OrderStatus.CANCELED, OrderStatus.REFUNDED}
    assert all(status not in NEXT[status] for status in OrderStatus)


@pytest.mark.parametrize(("status", "to", "actor"), EVERY)
def test_every_pair_is_allowed_or_refused_with_a_type(
    status: OrderStatus, to: OrderStatus, actor: Actor
) -> None:
    order = Order(status=status)
    listed = actor in NEXT[status].get(to, frozenset())
    assert may(status, to, actor) is listed
    if listed:
        require(order, to, actor)
        assert to in next_states(order)
        return
    with pytest.raises(OrderStateConflict) as refused:
        require(order, to, actor)
    assert refused.value.status is status
    assert refused.value.next_states == next_states(order)
    assert refused.value.message("ko") != refused.value.message("en")


def test_nobody_ships_what_is_not_paid_and_customers_move_no_parcels() -> None:
    for status, to in itertools.product(OrderStatus, OrderStatus):
        sent = to in (OrderStatus.FULFILLING, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
        if sent:
            assert not may(status, to, Actor.CUSTOMER)
            assert not may(OrderStatus.PLACED, to, Actor.STAFF)
        if to in (OrderStatus.REFUNDED, OrderStatus.PARTIALLY_REFUNDED):
            assert {actor for actor in Actor if may(status, to, actor)} <= {Actor.STAFF}
    assert not may(OrderStatus.FULFILLING, OrderStatus.CANCELED, Actor.CUSTOMER)


def test_a_number_has_no_signs_that_look_or_sound_alike() -> None:
    assert not set(SIGNS) & set("01OILBDPTVEGZSNQ")
    for _ in range(200):
        number = made()
        assert len(number) == LENGTH + 1
        assert read(number) == number
        assert read(f" {number.lower().replace('-', ' ')} ") == number


def test_a_misheard_number_is_noticed() -> None:
    signs = made().replace("-", "")
    for place, other in itertools.product(range(LENGTH), SIGNS):
        if other != signs[place]:
            assert read(signs[:place] + other + signs[place + 1 :]) is None
    for one, other in itertools.combinations(range(LENGTH), 2):
        if signs[one] != signs[other]:
            swapped = list(signs)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert read("".join(swapped)) is None


@pytest.mark.parametrize(
    "text", ["", "\0", "K7M2", "K7M2-94F", "x" * 5_000, "KKKK-KKKKK", "가나다라마바사아"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read(text) is None


def test_numbers_are_not_counted_up() -> None:
    assert len({made() for _ in range(500)}) == 500
