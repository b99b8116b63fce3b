"""Cuts fenced code out of Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
PAGES = ROOT / "docs"

_FENCE = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code as printed."""

    language: str
    title: str
    """What stands behind the language, such as ``title="main.py"``."""
    code: str


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced blocks that name a language, in order; an indented fence loses its indentation."""
    for indent, language, title, code in _FENCE.findall(page.read_text(encoding="utf-8")):
        yield Block(language, title.strip(), re.sub(rf"^{indent}", "", code, flags=re.MULTILINE))


def code_in(page: Path, language: str) -> list[str]:
    """The code of one language."""
    return [block.code for block in blocks_of(page) if block.language == language]


def programs_of(page: Path) -> list[str]:
    """The Python programs of a page: a block with a title begins a file, one without continues it."""
    files: list[list[str]] = []
    for block in blocks_of(page):
        if block.language != "python":
            continue
        if block.title or not files:
            files.append([])
        files[-1].append(block.code)
    return ["\n\n".join(parts) for parts in files]
