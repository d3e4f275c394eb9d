"""The rows of everything beside products and stories."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.db import Base
from models import catalogue as models
from models import world
from services.catalogue.document import Document, TemplateEntry

type Row = tuple[type[Base], dict[str, Any]]

SECTIONS = ("club_plans", "curations", "chat_eval")


def side_rows(document: Document) -> Iterator[Row]:
    """Yield what products point to."""
    for at, tasting_set in enumerate(document.tasting_sets):
        own = {"id", "name", "mode", "scale", "step", "dimensions"}
        data = tasting_set.model_dump(mode="json", exclude_none=True)
        kept = {key: value for key, value in data.items() if key in own}
        more = {key: value for key, value in data.items() if key not in own}
        yield models.TastingSet, {"position": at, **kept, "more": more}
    for at, pairing in enumerate(document.pairings):
        yield models.Pairing, {"position": at, **pairing.model_dump()}
    legal = document.legal
    for at, (code, text) in enumerate(legal.health_warnings.items()):
        yield models.HealthWarning, {"id": code, "position": at, "text": text.model_dump()}
    consent = legal.face_consent
    terms = consent.model_dump(mode="json", exclude={"version", "text"})
    yield _legal_text("face_consent", consent.version, consent.text.model_dump(), terms)
    yield _legal_text("ai_notice", document.version, legal.ai_notice.model_dump(), {})


def _legal_text(id: str, version: str, text: dict[str, str], terms: dict[str, Any]) -> Row:
    return models.LegalText, {"id": id, "version": version, "text": text, "terms": terms}


def people_rows(document: Document) -> Iterator[Row]:
    """Yield characters, likenesses, who knows what, films, AR, recipes and personas."""
    for at, character in enumerate(document.characters):
        data = character.model_dump(mode="json", exclude={"knows"})
        yield world.Character, {"position": at, **data}
    for at, likeness in enumerate(document.likenesses):
        yield (
            models.Likeness,
            {
                "position": at,
                **likeness.model_dump(exclude={"license"}),
                "licence": likeness.license,
            },
        )
    characters = {character.id for character in document.characters}
    for lore in document.lore:
        for at, knower in enumerate(lore.known_by):
            kind = world.KnowerKind.CHARACTER if knower in characters else world.KnowerKind.LIKENESS
            yield (
                world.LoreKnower,
                {
                    "id": f"{lore.id}:{kind}:{knower}",
                    "lore_id": lore.id,
                    "knower_kind": kind,
                    "knower_id": knower,
                    "position": at,
                },
            )
    for at, template in enumerate(document.templates):
        yield models.CameoTemplate, {"position": at, **_template(template)}
    yield from _around(document)


def _template(template: TemplateEntry) -> dict[str, Any]:
    renamed = {"duration", "guest_likeness", "allowed_products", "lore", "status"}
    return {
        **template.model_dump(mode="json", exclude=renamed),
        "duration_seconds": template.duration,
        "guest_likeness_id": template.guest_likeness,
        "allowed_product_ids": template.allowed_products,
        "lore_id": template.lore,
        "status": template.status,
    }


def _around(document: Document) -> Iterator[Row]:
    for at, experience in enumerate(document.ar_experiences):
        data = experience.model_dump(
            mode="json", exclude={"product", "unlock_code_required"}, exclude_none=True
        )
        requires = experience.unlock_code_required
        own = {"product_id": experience.product, "requires_unlock": requires}
        yield models.ArExperience, {"position": at, **data, **own}
    for at, recipe in enumerate(document.recipes):
        data = recipe.model_dump(mode="json", exclude={"product", "alcohol_g"})
        own = {"product_id": recipe.product, "alcohol_grams": recipe.alcohol_g}
        yield models.Recipe, {"position": at, **data, **own}
    for at, persona in enumerate(document.personas):
        data = persona.model_dump(mode="json", exclude={"channel"})
        yield models.Persona, {"position": at, **data, "channel_id": persona.channel}


def reference_rows(document: Document) -> Iterator[Row]:
    """Yield the sections whose own tables come with their domains, as they are."""
    for section in SECTIONS:
        entries = getattr(document, section)
        pairs = [(e.id, e.model_dump(mode="json", exclude_none=True)) for e in entries]
        yield from _reference(section, pairs)
    terms = [(term.term, term.model_dump()) for term in document.glossary]
    yield from _reference("glossary", terms)
    words = [(group[0], {"words": group}) for group in document.synonyms]
    yield from _reference("synonyms", words)


def _reference(section: str, entries: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[Row]:
    for at, (key, data) in enumerate(entries):
        own = {"section": section, "key": key, "data": data, "position": at}
        yield models.ReferenceEntry, {"id": f"{section}:{key}", **own}
