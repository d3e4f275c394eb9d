"""Cutting room: checks shots and joins them into a film, with ffmpeg in processes of its own."""

from gateways.film.card import title_card
from gateways.film.ending import outro
from gateways.film.joining import finish
from gateways.film.pictures import frame, poster, strip
from gateways.film.port import BadShot, Film, FilmFailed, FilmInterrupted, Probe
from gateways.film.probing import probe
from gateways.film.shots import check_shot

__all__ = [
    "BadShot",
    "Film",
    "FilmFailed",
    "FilmInterrupted",
    "Probe",
    "check_shot",
    "finish",
    "frame",
    "outro",
    "poster",
    "probe",
    "strip",
    "title_card",
]
