"""What the words say is so: links, settings, operations, metrics, and the journey as it stands."""

import asyncio
import json
import re
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from cli import COMMANDS
from core.errors import AccessError
from core.settings import Settings
from resolvers.export import sdl
from services.cameo.failures import FAILURES
from tests.conftest import World
from tests.test_docker import families

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# Parts are joined here so that this file does not match itself.
FORBIDDEN = [
    *("/" + place + "/" for place in ("work", "root", "tmp", "home/[a-z]+")),
    *("registry" + r"\." + "npm", "py" + "pi" + r"\.org", "python" + "hosted"),
    *("repo1?" + r"\." + "maven", "docker" + r"\." + "io", "ghcr" + r"\." + "io"),
]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)


def prose(path: Path) -> str:
    return re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """What can be linked to in a page: its headings, as the web spells them."""
    heads = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        assert page.exists(), target
        assert not anchor or anchor in anchors(page), target


def test_pages_and_decisions_can_be_found() -> None:
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))
    linked = {
        (path.parent / target.partition("#")[0]).resolve()
        for path in PAGES
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(path))
    }
    assert {path for path in PAGES if path.parent != ROOT} - linked == set()


SCHEMA = build_schema(sdl())
OPERATIONS = [(path, text) for path in PAGES for text in blocks(path, "graphql")]


@pytest.mark.parametrize(
    ("path", "text"), OPERATIONS, ids=[f"{name(path)} {text[:24]}" for path, text in OPERATIONS]
)
def test_operations_are_valid(path: Path, text: str) -> None:
    assert validate(SCHEMA, parse(text)) == []


def test_operations_in_commands_are_valid() -> None:
    said = [text for path in PAGES for text in re.findall(r"-d '(\{.*?\})'\n", path.read_text())]
    assert len(said) >= 2
    for text in said:
        assert validate(SCHEMA, parse(json.loads(text)["query"])) == []


def shown(default: object) -> str:
    """A default as the table has it."""
    if hasattr(default, "get_secret_value"):
        default = default.get_secret_value()
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`"
    if isinstance(default, bool | tuple | list | dict):
        return f"`{json.dumps(default)}`"
    return "" if default in (None, "") else f"`{default}`"


def test_settings_are_told_with_their_defaults() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| (.*?) ?\|", (DOCS / "settings.md").read_text(), re.M)
    told = dict(rows)
    fields = {key.upper(): shown(field.default) for key, field in Settings.model_fields.items()}
    assert {key: told.get(key) for key in fields} == fields
    assert set(told) - set(fields) == {"FORWARDED_ALLOW_IPS", "WEB_CONCURRENCY"}


def test_settings_in_the_text_exist() -> None:
    known = {key.upper() for key in Settings.model_fields} | {"FORWARDED_ALLOW_IPS"}
    for page in ("runbook.md", "cameo.md", "graphql.md", "webhooks.md", "accounts.md"):
        words = set(re.findall(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)`", prose(DOCS / page)))
        unknown = {word for word in words - known if word.endswith(("_SECONDS", "_URL", "_SECRET"))}
        assert unknown == set(), page


def test_metrics_are_told() -> None:
    text = (DOCS / "runbook.md").read_text()
    table = text.partition("| metric | |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)", table))
    told = {re.sub(r"_total$", "", word) for word in told}
    own = {word for word in families() if not word.startswith(("python_", "process_"))}
    # The relay counts this one, and has no port to tell it.
    assert told == own


def test_access_and_faults_are_told() -> None:
    text = (DOCS / "graphql.md").read_text()
    rules = set(re.findall(r"^directive @(\w+)\b.*? on FIELD_DEFINITION", sdl(), re.M | re.S))
    assert {rule for rule in rules if f"`@{rule}" not in text} == set()
    codes = {fault.code for fault in AccessError.__subclasses__()}
    assert {code for code in codes if f"`{code}`" not in text} == set()


def test_commands_exist() -> None:
    for path in PAGES:
        for command in re.findall(r"`(?:\.venv/bin/)?nerdx ([a-z][a-z-]*)", path.read_text()):
            assert command in COMMANDS, f"{name(path)}: {command}"
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in PAGES:
        assert set(re.findall(r"`make ([a-z]+)", path.read_text())) <= targets, name(path)


def test_failures_are_told_as_they_are() -> None:
    text = (DOCS / "cameo.md").read_text().partition("Failed later")[2].partition("\n## ")[0]
    for code, retry in re.findall(r"^\| `([A-Z_]+)` \| (yes|no) \|", text, re.MULTILINE):
        assert FAILURES[code].retryable == (retry == "yes"), code


def test_nothing_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    found = []
    for file in listed.stdout.split("\0"):
        path = ROOT / file
        if not file or not path.is_file() or b"\0" in path.read_bytes()[:8_000]:
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{file}: {m[0]}" for word in FORBIDDEN for m in re.finditer(word, text)]
    assert found == []


@pytest.mark.usefixtures("app", "workers")
async def test_the_journey_runs_as_it_stands(world: World) -> None:
    script = "\n".join(blocks(DOCS / "cameo.md", "bash"))
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=ROOT,
        env={"API": world.url, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(300):
        out, errors = (text.decode() for text in await shell.communicate())
    assert shell.returncode == 0, errors
    assert '"status":"COMPLETED"' in out
    assert "og:video" in out
    assert out.count('"signature"') == 2
