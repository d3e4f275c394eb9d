"""What `npm run build` left in the folder of built pages."""

import json
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """The addresses of one page's scripts and style sheets."""

    js: tuple[str, ...]
    css: tuple[str, ...]


class NotBuilt(Exception):
    """The pages were not built on this machine."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The built pages; reads the manifest each time, so that a new build needs no restart."""

    folder: Path

    @property
    def assets(self) -> Path:
        """Where the hashed files are."""
        return self.folder / "assets"

    def entry(self, name: str) -> Entry:
        """Return the files of a page, or raise `NotBuilt`."""
        try:
            entries = json.loads((self.folder / MANIFEST).read_bytes())
            return Entry(js=tuple(entries[name]["js"]), css=tuple(entries[name]["css"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise NotBuilt(name) from None
