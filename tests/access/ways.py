"""Root fields that are told an id, and what outsiders tell them."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)

from resolvers.export import sdl
from tests.support.api import key

SCHEMA = build_schema(sdl())


class Id(str):
    """Stands for the id of a thing of this type."""

    __slots__ = ()


# What arguments of these names say is the same for everybody: channels, drinks, films, delivery.
OPEN = {"homeChannel", "templateId", "preferredProductId", "variantId", "productId"}
OPEN |= {"characterId", "experienceId", "deliveryOptionId", "kindId", "ingredients", "about"}
OPEN |= {"pairingId"}
# Things of the world.
OPEN |= {"subjectId", "fromId", "toId", "from", "to"}
# Made by the app, and counted for its own account alone; tests/ar holds that.
OPEN |= {"eventId"}
# `node` and `nodes` have tests of their own; the others are asked for by what all may see.
SEEN_BY_ALL = {"node", "nodes", "product", "cameoTemplate", "ingredient", "lore", "character"}
SEEN_BY_ALL |= {"lorePath", "related"}

UNITS = [{"lineId": Id("OrderLine"), "quantity": 1}]
ADDRESS = {"recipient": "x", "line1": "y", "postalCode": "04524", "country": "KR"}
_CHECKOUT = {"checkoutId": Id("Checkout")}
_ORDER = {"orderId": Id("Order")}
_STOCK = {"lotId": Id("StockLot"), "reason": "mine?"}
CASES: Mapping[str, Mapping[str, Any]] = {
    "cameo": {"id": Id("CameoJob")},
    "checkout": {"id": Id("Checkout")},
    "order": {"id": Id("Order")},
    "correctBirthDate": {"input": {"customerId": Id("Customer"), "birthDate": "2015-01-01"}},
    "submitPortrait": {"input": {"portraitId": Id("Portrait"), "consentVersion": "face-consent-1"}},
    "erasePortrait": {"id": Id("Portrait")},
    "requestCameo": {
        "input": {"portraitId": Id("Portrait"), "templateId": "neon-seoul-bar", "userName": "x"}
    },
    "remixCameo": {"input": {"cameoId": Id("CameoJob"), "portraitId": Id("Portrait")}},
    "cancelCameo": {"id": Id("CameoJob")},
    "retryCameo": {"id": Id("CameoJob")},
    "deleteCameo": {"id": Id("CameoJob")},
    "shareCameo": {"input": {"cameoId": Id("CameoJob")}},
    "revokeCameoShare": {"id": Id("CameoShare")},
    "markNotificationsRead": {"ids": [Id("Notification")]},
    "adjustStock": {"input": {**_STOCK, "delta": -1}},
    "countStock": {"input": {**_STOCK, "counted": 0}},
    "updateCheckoutLines": {
        "input": {**_CHECKOUT, "lines": [{"variantId": "nerd6-daily-180", "quantity": 9}]}
    },
    "setCheckoutAddress": {"input": {**_CHECKOUT, "shipping": ADDRESS, "email": "x@example.com"}},
    "setCheckoutDelivery": {"input": {**_CHECKOUT, "deliveryOptionId": "kr-chilled"}},
    "applyPromotion": {"input": {**_CHECKOUT, "code": "WELCOME"}},
    "removePromotion": {"input": {**_CHECKOUT, "code": "WELCOME"}},
    "addGiftCard": {"input": {**_CHECKOUT, "code": "0000-0000-0000-0000-0000"}},
    "removeGiftCard": {"input": {**_CHECKOUT, "giftCardId": Id("GiftCard")}},
    "extendReservation": {"input": _CHECKOUT},
    "claimCheckout": {"input": _CHECKOUT},
    "completeCheckout": {
        "input": {**_CHECKOUT, "paymentMethod": "pm_card_visa", "expectedTotal": 1}
    },
    "cancelCheckout": {"input": _CHECKOUT},
    "cancelOrder": {"input": {**_ORDER, "reason": "mine?"}},
    "requestReturn": {"input": {**_ORDER, "lines": UNITS, "reason": "mine?"}},
    "receiveReturn": {"input": {**_ORDER, "lines": UNITS, "restock": True, "reason": "mine?"}},
    "fulfilOrder": {"input": {**_ORDER, "lines": UNITS, "carrier": "cj", "trackingNumber": "123"}},
    "addTrackingEvent": {
        "input": {
            "shipmentId": Id("Shipment"), "status": "DELIVERED", "at": "2026-01-01T00:00:00Z"
        }
    },
    "refundOrder": {"input": {**_ORDER, "lines": UNITS, "reason": "mine?"}},
    "retryRefund": {"input": {"refundId": Id("Refund")}},
    "revokePartnerToken": {"id": Id("PartnerToken")},
    "rotatePartnerToken": {"input": {"id": Id("PartnerToken")}},
    "setPartnerWebhook": {
        "input": {"id": Id("PartnerToken"), "webhookUrl": "https://mine.example.com/hook"}
    },
    "rotatePartnerWebhookSecret": {"input": {"id": Id("PartnerToken")}},
    "resumePartnerWebhook": {"id": Id("PartnerToken")},
    "webhookDeliveries": {"tokenId": Id("PartnerToken"), "orderId": Id("Order")},
    "replayWebhookDelivery": {"input": {"id": Id("WebhookDelivery")}},
    "replayWebhooks": {
        "input": {"tokenId": Id("PartnerToken"), "since": "2026-01-01T00:00:00Z"}
    },
    "learnFact": {
        "input": {
            "subjectId": "icheon-rice", "predicate": "polishing", "value": "mine", "truth": "FACT",
            "source": "me", "supersedesId": Id("Fact"),
        }
    },
    "relate": {
        "input": {
            "fromId": "nerd7-yuja", "relation": "PAIRS_WITH", "toId": "bossam", "truth": "FACT",
            "source": "me", "supersedesId": Id("Fact"),
        }
    },
    "revertFact": {"id": Id("Fact"), "reason": "mine?"},
    "acceptFact": {
        "input": {
            "proposalId": Id("FactProposal"), "truth": "FACT", "supersedesId": Id("Fact")
        }
    },
    "rejectFact": {"id": Id("FactProposal"), "reason": "mine?"},
    "recordCameoView": {"cameoId": Id("CameoJob")},
    "experimentResults": {"id": Id("ExperimentResults")},
    "choosePartnerWebhookParts": {"id": Id("PartnerToken"), "parts": []},
    "chat": {"id": Id("Chat")},
    "sendMessage": {"input": {"chatId": Id("Chat"), "text": "mine?"}},
    "stopReply": {"replyId": Id("ChatMessage")},
    "confirmOrderCard": {"input": {"chatId": Id("Chat"), "confirmation": "ocd_mine.x"}},
    "renewOrderCard": {"input": {"chatId": Id("Chat")}},
    "renameChat": {"id": Id("Chat"), "title": "mine?"},
    "deleteChat": {"id": Id("Chat")},
    "exportChat": {"id": Id("Chat")},
}  # fmt: skip


def fields() -> dict[str, tuple[str, GraphQLField]]:
    """The fields of Query and Mutation that are told an id, each with its operation."""
    assert SCHEMA.query_type
    assert SCHEMA.mutation_type
    roots = {"query": SCHEMA.query_type.fields, "mutation": SCHEMA.mutation_type.fields}
    return {
        name: (kind, field)
        for kind, root in roots.items()
        for name, field in root.items()
        if set(ids_of(field)) and name not in SEEN_BY_ALL
    }


def ids_of(field: GraphQLField) -> Iterator[str]:
    """The names of the ids that a field is told, wherever in its input they are."""
    for name, argument in field.args.items():
        yield from _ids(name, get_named_type(argument.type))


def _ids(name: str, kind: Any) -> Iterator[str]:
    if kind.name == "ID":
        yield name
    elif isinstance(kind, GraphQLInputObjectType) and kind.name:
        for own, field in kind.fields.items():
            yield from _ids(own, get_named_type(field.type))


def told(value: Any, ids: Mapping[str, str]) -> Any:
    """A case with these ids in it."""
    if isinstance(value, Id):
        return ids[value]
    if isinstance(value, Mapping):
        return {name: told(one, ids) for name, one in value.items()}
    return [told(one, ids) for one in value] if isinstance(value, list) else value


def names(value: Any, at: str = "") -> set[str]:
    """Under which names a case tells the ids of things."""
    if isinstance(value, Mapping):
        return {found for name, one in value.items() for found in names(one, name)}
    if isinstance(value, list):
        return {found for one in value for found in names(one, at)}
    return {at} if isinstance(value, Id) else set()


def document(name: str) -> str:
    """An operation that asks for this field, and for who it shows or why it does not."""
    kind, field = fields()[name]
    args = {n: one for n, one in field.args.items() if n in (*CASES[name], "idempotencyKey")}
    asked = ", ".join(f"${one}: {argument.type}" for one, argument in args.items())
    given = ", ".join(f"{one}: ${one}" for one in args)
    return f"{kind} ({asked}) {{ {name}({given}) {_selection(field)} }}"


def _selection(field: GraphQLField) -> str:
    kind = get_named_type(field.type)
    if isinstance(kind, GraphQLUnionType):
        return "{ __typename ... on UserError { code message field retryable } }"
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return "{ id }" if "id" in kind.fields else "{ __typename }"
    return ""


def variables(name: str, ids: Mapping[str, str]) -> dict[str, Any]:
    """What a case tells about things of these ids, with a fresh key where one is needed."""
    given = told(CASES[name], ids)
    _, field = fields()[name]
    if "idempotencyKey" in field.args:
        given["idempotencyKey"] = key()
    kind = get_named_type(field.args["input"].type) if "input" in field.args else None
    if isinstance(kind, GraphQLInputObjectType) and "idempotencyKey" in kind.fields:
        given["input"]["idempotencyKey"] = key()
    return dict(given)
