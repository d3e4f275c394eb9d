"""The root fields of the search."""

import strawberry

from core.pages import Page, encode_cursor
from models.search import SearchType
from schema.access import public, query
from schema.catalogue import ProductFilter
from schema.catalogue.words import said
from schema.context import Info
from schema.pagination import PageInfo
from schema.search import SearchConnection, SearchEdge, Suggestion, names, shown
from services import search
from services.catalogue import Filter, Listing
from services.search import Ask, Found, Sources


@strawberry.type
class SearchQuery:
    """Finding things by words."""

    @query(public)
    async def search(
        self,
        info: Info,
        text: str,
        types: list[SearchType] | None = None,
        filter: ProductFilter | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> SearchConnection:
        """Find drinks, stories, ingredients and mixed drinks, the best first.

        `text`: In any language and spelling: 막걸리, 막걸이, ㅁㄱㄹ, makgeolli. Empty finds all.

        `types`: Only of these kinds.

        `filter`: Only drinks that meet it.
        """
        context, page = info.context, Page(first, after)
        wanted = filter.told() if filter else Filter()
        listing = Listing(context.channel, context.locale, context.now(), wanted)
        sources = Sources(context.settings, context.db, context.bus, context.gateways.embeddings)
        found = await search.find(sources, Ask(text, listing, types, page))
        if found.degraded:
            context.degraded.add("embeddings")
        return await _connection(info, found, page)

    @query(public)
    async def suggestions(self, info: Info, text: str, first: int = 8) -> list[Suggestion]:
        """Complete what somebody is typing.

        `text`: As far as it is typed: 막ㄱ, ㅁㄱ and makg all lead to 막걸리.
        """
        found = await search.suggest(info.context.db, text, first)
        nodes = await shown(info, [one.name for one in found if one.name])
        return [
            Suggestion(text=said(one.text), hit=nodes.get(one.name) if one.name else None)
            for one in found
            if one.name is None or one.name in nodes
        ]


async def _connection(info: Info, found: Found, page: Page) -> SearchConnection:
    hits = found.hits[: page.first]
    nodes = await shown(info, names(hits))
    edges = [
        SearchEdge(
            cursor=encode_cursor(*hit.cursor),
            node=nodes[hit.kind, hit.key],
            score=hit.score,
            hit=hit,
        )
        for hit in hits
        if (hit.kind, hit.key) in nodes
    ]
    return SearchConnection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=len(found.hits) > page.first,
            end_cursor=encode_cursor(*hits[-1].cursor) if hits else None,
            has_previous_page=page.after is not None,
            start_cursor=edges[0].cursor if edges else None,
        ),
        corrected_text=found.corrected,
        degraded=found.degraded,
        criteria=found.criteria,
        total=found.total,
    )
