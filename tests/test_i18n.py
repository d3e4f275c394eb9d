"""Languages: which one a request wants, and Korean particles."""

import re

import pytest

from core.i18n import negotiate, pick, with_particles
from routes.graphql.refusals import Refusal
from routes.graphql.request import parameters


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "ko"),
        ("", "ko"),
        ("en", "en"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr, ko;q=0.2, en;q=0.1", "ko"),
        ("ko;q=0, en;q=0.1", "en"),
        ("fr", "ko"),
        ("*" * 10_000, "ko"),
        ("en;q=x", "ko"),
    ],
)
def test_a_request_gets_the_language_it_wants(header: str | None, locale: str) -> None:
    assert negotiate(header) == locale


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("너드12 시그니처을(를) 따른다", "너드12 시그니처를 따른다"),
        ("막걸리 한 잔을(를)", "막걸리 한 잔을"),
        ("NERD6이(가) 왔다", "NERD6이 왔다"),
        ("서울(으)로, 집(으)로, 주막(으)로", "서울로, 집으로, 주막으로"),
        ("김민수은(는) 샘와(과)", "김민수는 샘과"),
        ("no particles (here)", "no particles (here)"),
    ],
)
def test_particles_fit_the_sound_before_them(text: str, spoken: str) -> None:
    assert with_particles(text) == spoken


def test_a_missing_translation_falls_back_to_korean() -> None:
    assert pick({"ko": "술", "en": ""}, "en") == "술"
    assert pick({"en": "rice"}, "ko") == "rice"
    assert pick({}, "ko") == ""


@pytest.mark.parametrize("body", [{"query": 1}, {"query": "{a}", "variables": []}, [], {}])
def test_a_bad_request_is_refused_in_one_language(body: object) -> None:
    with pytest.raises(Refusal) as refused:
        parameters(body)
    (error,) = refused.value.shaped("ko")
    words = re.sub(r"`\w+`|JSON|null", "", error["message"])
    assert not re.search(r"[A-Za-z]", words), error
