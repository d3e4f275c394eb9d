"""Parsed and checked documents, kept by their text."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    strip_ignored_characters,
    validate,
)
from graphql.validation import specified_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from routes.graphql import measure, pricing, refusals
from routes.graphql.limits import Limits
from routes.graphql.refusals import Invalid, Refusal

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_PRICES = 64


class Document:
    """A document that may run, with what is worked out about it once."""

    def __init__(self, text: str, node: DocumentNode) -> None:
        self.text, self.node, self.tokens = text, node, node.token_count or 0
        self.fragments = {
            d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._operations = [d for d in node.definitions if isinstance(d, OperationDefinitionNode)]
        self._prices: dict[tuple[object, ...], pricing.Price] = {}
        self._sizes: dict[str | None, frozenset[str]] = {}

    @cached_property
    def normal(self) -> str:
        """The text without what does not matter: equal for equal documents."""
        return strip_ignored_characters(self.text)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to run."""
        wanted = [o for o in self._operations if name is None or (o.name and o.name.value == name)]
        if len(wanted) != 1:
            raise Refusal(refusals.UNKNOWN_OPERATION)
        return wanted[0]

    def price(
        self,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
        schema: GraphQLSchema,
        limits: Limits,
    ) -> pricing.Price:
        """Return the price, worked out once for each set of page sizes."""
        name = operation.name.value if operation.name else None
        sizes = self._sizes.get(name)
        if sizes is not None and (known := self._prices.get(_key(name, sizes, variables))):
            return known
        pricer = pricing.Pricer(schema, self.fragments, limits, operation, variables)
        if len(self._prices) >= MAX_PRICES:
            self._prices.clear()
        self._sizes[name] = frozenset(pricer.sizes)
        self._prices[_key(name, self._sizes[name], variables)] = pricer.price
        return pricer.price

    def root_field(self, operation: OperationDefinitionNode) -> str:
        """Return the name of the one root field of a valid subscription."""
        return self._first_field(operation.selection_set)

    def _first_field(self, selection_set: SelectionSetNode) -> str:
        node = selection_set.selections[0]
        if isinstance(node, FieldNode):
            return node.name.value
        if isinstance(node, FragmentSpreadNode):
            return self._first_field(self.fragments[node.name.value].selection_set)
        return self._first_field(node.selection_set)  # type: ignore[attr-defined]


def _key(
    name: str | None, sizes: frozenset[str], variables: Mapping[str, object]
) -> tuple[object, ...]:
    return name, *((n in variables, pricing.size_of(variables.get(n))) for n in sorted(sizes))


class Documents:
    """The newest documents, by text: each is parsed, measured and validated once."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema, self._limits = schema, limits
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._tokens = 0

    def knows(self, text: str) -> bool:
        """Whether the document is kept."""
        return text in self._kept

    def get(self, text: str) -> Document:
        """Return the document, or raise a `RequestError` that says what is wrong with it."""
        if known := self._kept.get(text):
            self._kept.move_to_end(text)
            return known
        try:
            document = self._make(text)
        except RecursionError:
            raise Refusal(refusals.TOO_DEEP, limit=self._limits.max_depth) from None
        if len(text) <= self._limits.max_cached_document:
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._tokens += document.tokens
        limits = self._limits
        while len(self._kept) > limits.cached_documents or self._tokens > limits.cached_tokens:
            self._tokens -= self._kept.popitem(last=False)[1].tokens

    def _make(self, text: str) -> Document:
        node = self._parse(text)
        measure.check(node, self._limits)
        measure.check_strings(text, node)
        errors = validate(
            self._schema,
            node,
            RULES,
            max_errors=self._limits.max_validation_errors,
            hide_suggestions=not self._limits.introspection,
        )
        if errors:
            raise Invalid("GRAPHQL_VALIDATION_FAILED", errors)
        return Document(text, node)

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self._limits.max_tokens)
        except GraphQLSyntaxError as error:
            if "tokens. Parsing aborted" in error.message:
                raise Refusal(refusals.TOO_MANY_TOKENS, limit=self._limits.max_tokens) from None
            if "nested too deeply" in error.message:
                raise Refusal(refusals.TOO_DEEP, limit=self._limits.max_depth) from None
            raise Invalid("GRAPHQL_PARSE_FAILED", [error]) from None
