"""Writes docs/llms.txt, the list of all pages for language models: one line each, its first sentence.

python -m scripts.llms [--check]
"""

import re
import sys
from collections.abc import Iterator

from mkdocs.config import load_config

from scripts.generated_files import ROOT, write_or_check

LIST = ROOT / "docs" / "llms.txt"

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_NO_PROSE = ("#", "|", "-", "`" * 3, ":::", "!!!", "    ")


def rendered() -> str:
    """Returns: the list as it should be, in the order of the navigation."""
    config = load_config(str(ROOT / "mkdocs.yml"))
    lines = [f"# {config['site_name']}", "", f"> {config['site_description']}"]
    for section in config["nav"]:
        ((title, pages),) = section.items()
        lines += ["", f"## {title}", ""]
        entries = [{title: pages}] if isinstance(pages, str) else pages
        lines += [_line(*entry) for page in entries for entry in page.items()]
    return "\n".join(lines) + "\n"


def summary(page: str) -> str:
    """Returns: the first sentence of a page's first paragraph, as plain text."""
    paragraph = next(_paragraphs(page))
    sentence = re.split(r"(?<=\.)\s", paragraph, maxsplit=1)[0]
    return _LINK.sub(r"\1", sentence).rstrip(".:")


def _line(title: str, page: str) -> str:
    return f"- [{title}]({page}): {summary((ROOT / 'docs' / page).read_text(encoding='utf-8'))}"


def _paragraphs(page: str) -> Iterator[str]:
    code = False
    for block in page.split("\n\n"):
        fences = block.count("```")
        prose = not code and not fences and not block.startswith(_NO_PROSE)
        code ^= fences % 2 == 1
        if prose:
            yield " ".join(block.split())


if __name__ == "__main__":
    sys.exit(write_or_check([(LIST, rendered())], sys.argv))
