"""The schema as others' tools see it: linted, compared with the last release, and typed."""

import json
import re
from pathlib import Path

import pytest

from tests.support.node import CLIENTS, run

ROOT = Path(__file__).resolve().parents[1]
SCHEMA, RELEASED = ROOT / "graphql.schema", CLIENTS / "released.graphql"
EXAMPLES = sorted((ROOT / "web" / "src" / "examples").glob("*.graphql"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```graphql\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED = ("01-Reference", "11-RequestCameo", "12-WatchCameo")
BROKEN = """These changes break clients of the released schema:
{changes}
Deprecate instead, with a reason and a date, and remove once nobody uses it. If the break is meant,
release it: cp graphql.schema tests/clients/released.graphql, and name it in the commit."""
COMPILER = {
    "strict": True,
    "noEmit": True,
    "noUncheckedIndexedAccess": True,
    "exactOptionalPropertyTypes": True,
    "target": "es2022",
    "lib": ["es2022"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
    "paths": {"*": [f"{CLIENTS}/node_modules/*"]},
}


@pytest.fixture
def operations(tmp_path: Path) -> list[Path]:
    """Every operation that we show people, one file each."""
    shown = {path.stem: path.read_text() for path in EXAMPLES}
    for page in PAGES:
        for number, text in enumerate(FENCED.findall(page.read_text()), 1):
            shown[f"docs-{page.stem}-{number}"] = text
    for name, text in shown.items():
        (tmp_path / f"{name}.graphql").write_text(text)
    return sorted(tmp_path.iterdir())


async def test_schema_and_examples_are_clean(tmp_path: Path, operations: list[Path]) -> None:
    linted = json.loads(await run("lint/lint.mjs", str(SCHEMA), str(tmp_path)))
    assert linted["findings"] == []
    assert linted["files"] == len(operations) + 1 > len(EXAMPLES) > 20


async def compared(current: Path) -> dict[str, list[str]]:
    printed = await run("lint/diff.mjs", str(RELEASED), str(current))
    return dict(json.loads(printed))


async def test_nothing_that_is_released_breaks() -> None:
    breaking = (await compared(SCHEMA))["BREAKING"]
    assert not breaking, BROKEN.format(changes="\n".join(breaking))


async def test_a_break_is_seen(tmp_path: Path) -> None:
    less = RELEASED.read_text().replace("percent: Int!", "percentage: Int!", 1)
    (tmp_path / "less.graphql").write_text(less)
    found = await compared(tmp_path / "less.graphql")
    assert "Field 'percent' was removed from object type 'CameoJob'" in found["BREAKING"]


async def test_generated_types_compile(tmp_path: Path) -> None:
    documents = [str(path) for path in EXAMPLES if path.stem in TYPED]
    assert len(documents) == len(TYPED)
    await run("codegen/generate.mjs", str(SCHEMA), str(tmp_path), *documents)
    (tmp_path / "use.ts").write_text((CLIENTS / "codegen" / "use.ts").read_text())
    settings = {"compilerOptions": COMPILER, "include": ["*.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    await run("node_modules/typescript/bin/tsc", "-p", str(tmp_path))
