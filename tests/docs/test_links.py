"""What pages point at is there."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import llms
from tests.docs.blocks import PAGES, ROOT

OUTSIDE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
"""Pages that mkdocs does not see."""

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TEST = re.compile(r"`(tests/[\w./-]+)`")


def _anchors(page: Path) -> set[str]:
    """The ids of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken(page: Path) -> Iterator[str]:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            yield link


@pytest.mark.parametrize("name", OUTSIDE)
def test_links_of_pages_outside_the_documentation_lead_somewhere(name: str) -> None:
    """Files and headings they name exist."""
    assert list(_broken(ROOT / name)) == []


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    """A missing file, and a missing heading of one that is there."""
    page = tmp_path / "page.md"
    page.write_text("# A title\n[a](page.md#a-title) [b](#a-title) [c](page.md#other) [d](gone.md) [e](https://e.test)")

    assert list(_broken(page)) == ["page.md#other", "gone.md"]


@pytest.mark.slow
@pytest.mark.parametrize("link", ["gone.md", "#gone", "/absolute"])
def test_the_documentation_is_not_built_with_a_broken_link(tmp_path: Path, link: str) -> None:
    """`make docs` checks links and headings of the pages themselves."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Title\n[broken]({link})\n")
    settings = f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: docs\nsite_dir: site\nplugins: []\nnav: [index.md]\n"
    (tmp_path / "mkdocs.yml").write_text(settings)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert link in run.stderr


def test_tests_that_pages_name_exist() -> None:
    """Who doubts a claim finds what shows it."""
    named = {name for page in PAGES.rglob("*.md") for name in _TEST.findall(page.read_text(encoding="utf-8"))}

    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_list_for_language_models_has_every_page() -> None:
    """Each with a line of its own; `make check` compares the words."""
    listed = re.findall(r"\]\(([^)]+)\): \S", llms.LIST.read_text(encoding="utf-8"))

    assert sorted(listed) == sorted(page.relative_to(PAGES).as_posix() for page in PAGES.rglob("*.md"))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("# T\n\nOne: two. Three.\n", "One: two"),
        ("# T\n\n## S\n\n- a list\n\n| a | table |\n\nSee [this](x.md) first:\n\nMore.", "See this first"),
        ("# T\n\n```python\na\n\nb = 1\n```\n\nAfter the code.", "After the code"),
    ],
)
def test_a_page_is_summed_up_by_its_first_sentence(page: str, said: str) -> None:
    """Headings, lists, tables and code are passed over."""
    assert llms.summary(page) == said
