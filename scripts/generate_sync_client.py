"""Writes the blocking surface of the client from the asynchronous one.

python -m scripts.generate_sync_client [--check]
"""

import re
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).resolve().parent.parent / "fastapi_betterauth" / "client"
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
    for step in (["check", "--fix", "--quiet", "--select", "I"], ["format"]):
        command = [sys.executable, "-m", "ruff", *step, "--stdin-filename", str(TARGET), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    """Write the file, or say whether it is up to date."""
    fresh = generated()
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text() != fresh:
            print(f"{TARGET.name} is out of date: run `make fix`", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
