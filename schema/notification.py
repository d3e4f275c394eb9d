"""What customers are told."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from core.i18n import current_locale
from core.pages import Page
from core.viewer import Viewer
from models.notification import Notification as NotificationRow
from models.notification import NotificationKind
from schema.base import Node, View
from schema.context import Info
from schema.node import load_nodes, nodes_of
from schema.pagination import Edge, PageInfo, paged
from services import notification

strawberry.enum(NotificationKind)


class Subjects:
    """What the notifications of one page are about, found all at once when first asked for."""

    def __init__(self, ids: Sequence[str | None]) -> None:
        self._ids = [id for id in dict.fromkeys(ids) if id]
        self._found: asyncio.Task[list[Node | None]] | None = None

    async def find(self, info: Info, id: str | None) -> Node | None:
        """Return one of them, if it is still there."""
        if id is None:
            return None
        if self._found is None:
            self._found = asyncio.create_task(load_nodes(info, self._ids))
        return dict(zip(self._ids, await self._found, strict=True))[id]


@strawberry.type
class Notification(View[NotificationRow], Node):
    """One thing that a customer was told, in the language of the request."""

    kind: NotificationKind
    """What happened."""
    title: str
    """In a few words."""
    body: str
    """In a sentence."""
    read_at: datetime | None
    """When it was marked as read."""
    created_at: datetime
    """When it was told."""
    subjects: strawberry.Private[Subjects]

    @classmethod
    def of(cls, row: NotificationRow, subjects: Subjects | None = None) -> Self:
        """Show this row; with those of one page, `subject` is one look-up for all."""
        title, body = notification.words(row, current_locale.get())
        return cls(
            row=row,
            id=strawberry.ID(row.id),
            kind=row.kind,
            title=title,
            body=body,
            read_at=row.read_at,
            created_at=row.created_at,
            subjects=subjects or Subjects([row.subject_id]),
        )

    @strawberry.field
    async def subject(self, info: Info) -> Node | None:
        """What it is about, such as a cameo; null when that is gone."""
        return await self.subjects.find(info, self.row.subject_id)


@strawberry.type
class NotificationConnection:
    """A page of what a customer was told, newest first."""

    edges: list[Edge[Notification]]
    """The entries of this page."""
    page_info: PageInfo
    """Where this page lies in the whole list."""
    owner: strawberry.Private[Viewer]

    @strawberry.field
    async def unread_count(self, info: Info) -> int:
        """How many are not marked as read, on this page or any other."""
        async with info.context.db.read() as session:
            return await notification.unread(session, self.owner)

    @classmethod
    def of(cls, rows: Sequence[NotificationRow], page: Page, owner: Viewer) -> Self:
        """Build a page from `first + 1` rows."""
        subjects = Subjects([row.subject_id for row in rows])
        edges, page_info = paged(
            rows, page, lambda row: Notification.of(row, subjects), lambda row: (row.number,)
        )
        return cls(edges=edges, page_info=page_info, owner=owner)


@nodes_of("ntf")
async def notifications(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the viewer's notifications."""
    async with info.context.db.read() as session:
        rows = await notification.by_ids(session, info.context.viewer, ids)
    subjects = Subjects([row.subject_id for row in rows])
    return {row.id: Notification.of(row, subjects) for row in rows}
