"""Runs operations: graphql-core on cached documents, with limits, deadlines and shaped errors."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import isawaitable
from typing import Any

import orjson
from graphql import ExecutionResult, OperationDefinitionNode, execute, subscribe
from strawberry.execution import optimized_is_awaitable

from routes.graphql import pricing, refusals
from routes.graphql.documents import Document, Documents
from routes.graphql.errors import mask, shape, shape_exception
from routes.graphql.host import Caller, Host, OperationContext
from routes.graphql.levels import LevelExecutor
from routes.graphql.limits import Limits
from routes.graphql.refusals import Invalid, Refusal, Shaped
from routes.graphql.request import Parameters
from routes.graphql.speed import quicken
from routes.graphql.telemetry import OPERATIONS

logger = logging.getLogger("nerdx.graphql")


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid operation with its variables."""

    document: Document
    node: OperationDefinitionNode
    parameters: Parameters
    objects: int = 0
    """How many it may ask for."""

    @property
    def kind(self) -> str:
        """`query`, `mutation` or `subscription`."""
        return self.node.operation.value

    @property
    def name(self) -> str | None:
        """Its name in the document."""
        return self.node.name.value if self.node.name else None

    def after(self, last_event_id: str | None) -> "Operation":
        """Return the operation as resumed from an event."""
        return replace(self, parameters=replace(self.parameters, last_event_id=last_event_id))


@dataclass
class Answer:
    """One response: refused answers have errors and no data."""

    body: Shaped
    refused: bool = False

    @property
    def errors(self) -> list[Shaped]:
        """The errors, if any."""
        return list(self.body.get("errors", ()))


@dataclass
class Event:
    """One payload of a subscription, written once for however many subscribers."""

    payload: bytes
    id: str | None = None

    @cached_property
    def text(self) -> str:
        """For WebSocket."""
        return self.payload.decode()

    @cached_property
    def frame(self) -> bytes:
        """For SSE."""
        line = f"id: {self.id}\n".encode() if self.id else b""
        return b"event: next\n" + line + b"data: " + self.payload + b"\n\n"


class StreamFailed(Exception):
    """The subscription ended with errors instead of events."""

    def __init__(self, errors: list[Shaped]) -> None:
        super().__init__(errors)
        self.errors = errors


class Engine:
    """Prepares and runs operations on the host's schema."""

    def __init__(self, host: Host, limits: Limits) -> None:
        schema = host.schema
        incremental = schema.config.enable_experimental_incremental_execution
        if schema.extensions or schema.directives or incremental:
            raise ValueError("schema extensions, operation directives and @defer do not run here")
        self._host, self._limits, self._schema = host, limits, schema._schema
        quicken(self._schema)
        self._documents = Documents(self._schema, limits)

    def knows(self, query: str) -> bool:
        """Whether this document need not be parsed and validated any more."""
        return self._documents.knows(query)

    def prepare(self, parameters: Parameters) -> Operation:
        """Find the operation in its document, or raise a `RequestError`."""
        try:
            document = self._documents.get(parameters.query)
            node = document.operation(parameters.operation_name)
            price = document.price(node, parameters.variables, self._schema, self._limits)
            pricing.check(price, self._limits)
        except refusals.RequestError:
            OPERATIONS.labels("unknown", "refused").inc()
            raise
        return Operation(document, node, parameters, price.nodes)

    async def answer(self, operation: Operation, caller: Caller) -> Answer:
        """Run a query or a mutation."""
        answer = await self._answer(operation, caller)
        outcome = "refused" if answer.refused else "error" if answer.errors else "ok"
        OPERATIONS.labels(operation.kind, outcome).inc()
        return answer

    async def _answer(self, operation: Operation, caller: Caller) -> Answer:
        seconds = self._limits.operation_seconds
        try:
            async with asyncio.timeout(seconds) as deadline:
                context = self._host.context(caller)
                result = execute(self._schema, **self._arguments(operation, context))
                if isawaitable(result):
                    result = await result
                return self.shaped(result, context, caller)
        except Exception as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                error = Refusal(refusals.OPERATION_TIMEOUT, seconds=f"{seconds:g}")
            return Answer({"errors": shape_exception(error, caller), "data": None})

    def _arguments(self, operation: Operation, context: OperationContext) -> dict[str, Any]:
        return {
            "document": operation.document.node,
            "context_value": context,
            "variable_values": operation.parameters.variables,
            "operation_name": operation.parameters.operation_name,
            "executor_class": LevelExecutor,
            "is_awaitable": optimized_is_awaitable,
            "hide_suggestions": not self._limits.introspection,
        }

    def shaped(self, result: ExecutionResult, context: OperationContext, caller: Caller) -> Answer:
        """Turn a result into a response."""
        errors = result.errors or []
        if result.data is None and errors and all(error.path is None for error in errors):
            return Answer(
                {"errors": Invalid("BAD_USER_INPUT", errors).shaped(caller.locale)}, refused=True
            )
        body: Shaped = {"errors": [shape(error, caller) for error in errors]} if errors else {}
        body["data"] = result.data
        if context.extensions:
            body["extensions"] = dict(context.extensions)
            context.extensions.clear()
        return Answer(body)

    async def events(self, operation: Operation, caller: Caller) -> AsyncGenerator[Event]:
        """Run a subscription, or raise `StreamFailed` with what ended it."""
        try:
            context = self._host.context(caller)
            context.last_event_id = operation.parameters.last_event_id
            stream = subscribe(self._schema, **self._arguments(operation, context))
            if isawaitable(stream):
                stream = await stream
            if isinstance(stream, ExecutionResult):
                raise StreamFailed(self.shaped(stream, context, caller).errors)
            async with aclosing(stream) as results:  # type: ignore[type-var]
                async for result in results:
                    answer = self.shaped(result, context, caller)
                    yield Event(dump(answer, caller), event_id(context.event_id))
        except StreamFailed:
            raise
        except Exception as error:
            raise StreamFailed(shape_exception(error, caller)) from error


def event_id(value: str | None) -> str | None:
    """Return an id that fits in one line of an event stream."""
    return None if value is None else value.replace("\n", "").replace("\r", "").replace("\0", "")


def dump(answer: Answer, caller: Caller) -> bytes:
    """Write a response; a scalar that cannot be written is a bug like any other."""
    try:
        return orjson.dumps(answer.body)
    except orjson.JSONEncodeError as error:
        message, extensions = mask(error, caller, None)
        return orjson.dumps(
            {"errors": [{"message": message, "extensions": extensions}], "data": None}
        )
