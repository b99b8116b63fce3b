"""Writes the blocking surface of the client from the asynchronous one.

python -m scripts.generate_sync_client [--check]
"""

import re
import sys

from scripts.generated_files import ROOT, formatted, write_or_check

CLIENT = ROOT / "fastapi_betterauth" / "client"
SOURCE, TARGET = CLIENT / "calls.py", CLIENT / "sync_calls.py"

_HEAD = '''"""Every endpoint of the core, typed, for blocking code.

Generated from ``calls.py`` by ``make fix``; change that file instead.
"""
'''


def generated() -> str:
    """Returns: the blocking surface, formatted."""
    body = SOURCE.read_text().partition('"""\n\nfrom __future__')[2]
    text = f"{_HEAD}\nfrom __future__{body}"
    text = re.sub(r"\basync def\b", "def", text)
    text = re.sub(r"\bawait ", "", text)
    text = re.sub(r"\bAsync(Calls|Transport)\b", r"\1", text)
    return formatted(text, TARGET)


if __name__ == "__main__":
    sys.exit(write_or_check([(TARGET, generated())], sys.argv))
