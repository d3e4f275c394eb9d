"""Languages: which one a request wants, and Korean particles."""

import pytest

from core.i18n import negotiate, pick, with_particles


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
