"""Why something is not believed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DomainError

if TYPE_CHECKING:
    from models.fact import Fact


@dataclass
class FactConflict(DomainError):
    """Something else is believed of this already."""

    existing: "Fact"
    field: str | None = "input.supersedesId"
    code = "FACT_CONFLICT"
    text = {
        "ko": "이미 다른 사실이 있습니다. 새 사실이 그것을 대신한다면 supersedesId로 알려 주세요.",
        "en": "Another fact stands here. If the new one takes its place, name it in supersedesId.",
    }


@dataclass
class FactSucceeded(FactConflict):
    """Another fact took this one's place: that one has to be reverted first."""

    field: str | None = "id"
    text = {
        "ko": "이 사실을 대신한 사실이 있습니다. 그것부터 되돌려 주세요.",
        "en": "Another fact has taken the place of this one. Revert that one first.",
    }
