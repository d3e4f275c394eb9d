"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import strawberry

from core.pages import Page, encode_cursor


@strawberry.type
class PageInfo:
    """Where this page lies in the whole list."""

    has_next_page: bool
    """Whether more entries follow."""
    end_cursor: str | None
    """Give it as `after` to read on."""
    has_previous_page: bool
    """Whether entries came before this page."""
    start_cursor: str | None
    """The cursor of the first entry here."""


@strawberry.type
class Edge[T]:
    """An entry of a page, with its place in the list."""

    cursor: str
    """Give it as `after` to read on from here."""
    node: T
    """The entry."""


@strawberry.type
class Connection[T]:
    """A page of a list, and where the next page begins."""

    edges: list[Edge[T]]
    """The entries of this page."""
    page_info: PageInfo
    """Where this page lies in the whole list."""
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field
    async def total_count(self) -> int:
        """How many entries the whole list has; counted only when asked for."""
        return await self.count()

    @classmethod
    def of(
        cls,
        rows: Sequence[Any],
        page: Page,
        view: Callable[[Any], T],
        count: Callable[[], Awaitable[int]],
        key: Callable[[Any], tuple[Any, ...]] = lambda row: (row.id,),
    ) -> Self:
        """Build a page from `first + 1` rows: the extra one proves there is more."""
        edges, page_info = paged(rows, page, view, key)
        return cls(edges=edges, page_info=page_info, count=count)


def paged[T](
    rows: Sequence[Any],
    page: Page,
    view: Callable[[Any], T],
    key: Callable[[Any], tuple[Any, ...]],
) -> tuple[list[Edge[T]], PageInfo]:
    """Return the edges and the page info of `first + 1` rows."""
    shown = rows[: page.first]
    edges = [Edge(node=view(row), cursor=encode_cursor(*key(row))) for row in shown]
    return edges, PageInfo(
        has_next_page=len(rows) > page.first,
        end_cursor=edges[-1].cursor if edges else None,
        has_previous_page=page.after is not None,
        start_cursor=edges[0].cursor if edges else None,
    )
