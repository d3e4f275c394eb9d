"""How many objects and values an operation may ask for, before it asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from routes.graphql import refusals
from routes.graphql.limits import Limits
from routes.graphql.refusals import Refusal

PAGE_ARGUMENTS = ("first", "last", "ids")
MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Price:
    """Objects resolved, and values in the response."""

    nodes: int = 0
    values: int = 0

    def __add__(self, other: "Price") -> "Price":
        return Price(self.nodes + other.nodes, self.values + other.values)

    def each(self, count: int) -> "Price":
        """Return the price of this many objects, each with these below it."""
        return Price(count * (self.nodes + 1), count * (self.values + 1))


class Pricer:
    """Prices one operation with one set of variables; `sizes` are the variables it read."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        limits: Limits,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> None:
        self._schema, self._fragments, self._limits = schema, fragments, limits
        self._variables = variables
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
        }
        self._known: dict[tuple[int, int | None], Price] = {}
        self.sizes: set[str] = set()
        self.price = self._selections(
            operation.selection_set, schema.get_root_type(operation.operation), None
        )

    def _selections(
        self,
        selection_set: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        page: int | None,
    ) -> Price:
        if selection_set is None:
            return Price()
        key = id(selection_set), page
        if key not in self._known:
            fields = self._collect(selection_set, parent, set())
            prices = (self._field(node, owner, page) for node, owner in fields)
            self._known[key] = sum(prices, Price())
        return self._known[key]

    def _collect(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, seen: set[str]
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType | None]]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield node, parent
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                yield from self._collect(node.selection_set, inner, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                # Spread twice at one level, its fields merge.
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                inner = self._schema.get_type(fragment.type_condition.name.value)
                yield from self._collect(fragment.selection_set, inner, seen)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: int | None) -> Price:
        field = _field_of(parent, node.name.value)
        if field is None:
            return Price(0, 1)
        named = get_named_type(field.type)
        if not is_composite_type(named):
            return Price(0, 1)
        own = self._page(node, field)
        if not is_list_type(get_nullable_type(field.type)):
            return self._selections(node.selection_set, named, own).each(1)
        size = next(n for n in (own, page, self._limits.assumed_list_size) if n is not None)
        return self._selections(node.selection_set, named, None).each(size)

    def _page(self, node: FieldNode, field: GraphQLField) -> int | None:
        names = [name for name in PAGE_ARGUMENTS if name in field.args]
        if not names:
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [self._size(given[name]) for name in names if name in given]
        known = [size for size in sizes if size is not None]
        default = next((field.args[name].default_value for name in names), None)
        return max(known) if known else _integer(default) or self._limits.assumed_page_size

    def _size(self, value: ValueNode | None) -> int | None:
        if isinstance(value, VariableNode):
            name = value.name.value
            self.sizes.add(name)
            if name in self._variables:
                return size_of(self._variables[name])
            return self._size(self._defaults.get(name))
        if isinstance(value, IntValueNode):
            # An id may be written as a number too, and as a longer one than Python reads.
            return max(0, int(value.value[:MAX_DIGITS]))
        if isinstance(value, ListValueNode):
            return len(value.values)
        return None if value is None or isinstance(value, NullValueNode) else 1


def _field_of(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        field: GraphQLField | None = parent.fields.get(name)
        return field
    return None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


def size_of(value: object) -> int | None:
    """Return how many objects a variable asks for; what is no size fails in coercion."""
    if isinstance(value, list):
        return len(value)
    return max(0, value) if isinstance(value, int) else None


def check(price: Price, limits: Limits) -> None:
    """Raise the `Refusal` of what is too much to answer at once."""
    if price.nodes > limits.max_nodes:
        raise Refusal(refusals.TOO_MANY_NODES, nodes=price.nodes, limit=limits.max_nodes)
    if price.values > limits.max_values:
        raise Refusal(refusals.TOO_COMPLEX, values=price.values, limit=limits.max_values)
