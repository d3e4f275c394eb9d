"""The size of a document, read in one pass before validation, each fragment once.

The passes that come with the libraries walk a fragment at every spread, which nested fragments
make exponential: 734 bytes could hold the event loop for seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    Visitor,
    visit,
)

from routes.graphql import refusals
from routes.graphql.limits import Limits
from routes.graphql.refusals import Refusal

INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class Depth:
    """How deep a selection goes, and how deep below `__schema` or `__type`."""

    fields: int = 0
    introspection: int = 0

    def cover(self, other: "Depth", above: int = 0, hidden: int = 0) -> None:
        """Grow to hold another selection that lies `above` levels lower."""
        self.fields = max(self.fields, other.fields + above)
        if other.introspection or hidden:
            self.introspection = max(self.introspection, other.introspection + hidden)


class Measure:
    """One operation, with the fragments it reaches."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self.aliases = self.root_fields = 0
        self.directives = len(operation.directives or ())
        self._fragments = fragments
        self._known: dict[str, Depth] = {}
        self._widths: dict[str, int] = {}
        self.depth = self._selections(operation.selection_set)
        self.root_fields = self._width(operation.selection_set)

    def _selections(self, selection_set: SelectionSetNode | None) -> Depth:
        depth = Depth()
        for node in selection_set.selections if selection_set else ():
            self.directives += len(node.directives or ())
            if isinstance(node, FragmentSpreadNode):
                depth.cover(self._fragment(node.name.value))
            elif isinstance(node, FieldNode):
                self.aliases += node.alias is not None
                self._field(node, depth)
            else:
                depth.cover(self._selections(getattr(node, "selection_set", None)))
        return depth

    def _field(self, node: FieldNode, depth: Depth) -> None:
        below = self._selections(node.selection_set)
        if node.name.value in INTROSPECTION:
            depth.cover(Depth(1, below.fields + 1))
        else:
            depth.cover(below, above=1, hidden=1 if below.introspection else 0)

    def _fragment(self, name: str) -> Depth:
        if name not in self._known:
            # A cycle meets this zero, and an unknown name keeps it: validation names both.
            self._known[name] = Depth()
            if fragment := self._fragments.get(name):
                self.directives += len(fragment.directives or ())
                self._known[name] = self._selections(fragment.selection_set)
        return self._known[name]

    def _width(self, selection_set: SelectionSetNode) -> int:
        width = 0
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                width += 1
            elif isinstance(node, FragmentSpreadNode):
                width += self._fragment_width(node.name.value)
            else:
                width += self._width(node.selection_set)  # type: ignore[attr-defined]
        return width

    def _fragment_width(self, name: str) -> int:
        if name not in self._widths:
            self._widths[name] = 0
            if fragment := self._fragments.get(name):
                self._widths[name] = self._width(fragment.selection_set)
                # Spread again at the root, its fields merge: they count once.
                return self._widths[name]
        return 0


def check(document: DocumentNode, limits: Limits) -> None:
    """Raise the `Refusal` of the first operation that is too large."""
    definitions = document.definitions
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) > limits.max_operations:
        raise Refusal(refusals.TOO_MANY_OPERATIONS, limit=limits.max_operations)
    for operation in operations:
        _check(Measure(operation, fragments), limits)


def _check(measure: Measure, limits: Limits) -> None:
    if measure.depth.introspection and not limits.introspection:
        raise Refusal(refusals.INTROSPECTION_DISABLED)
    bounds: Iterable[tuple[int, int, refusals.Kind]] = (
        (measure.depth.fields, limits.max_depth, refusals.TOO_DEEP),
        (measure.depth.introspection, limits.max_introspection_depth, refusals.TOO_DEEP),
        (measure.aliases, limits.max_aliases, refusals.TOO_MANY_ALIASES),
        (measure.directives, limits.max_directives, refusals.TOO_MANY_DIRECTIVES),
        (measure.root_fields, limits.max_root_fields, refusals.TOO_MANY_ROOT_FIELDS),
    )
    for size, limit, kind in bounds:
        if size > limit:
            raise Refusal(kind, limit=limit)


class _Strings(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Refuse what no store of ours can keep."""
        if "\0" in node.value:
            raise Refusal(refusals.NUL_CHARACTER)


def check_strings(query: str, document: DocumentNode) -> None:
    """Refuse U+0000 in the document's own strings, however it is written."""
    if "\0" in query or "\\u" in query:
        visit(document, _Strings())
