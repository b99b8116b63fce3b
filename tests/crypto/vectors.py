"""What the reference wrote: cookies, hashes and tokens recorded from Better Auth 1.7.5."""

import json
from pathlib import Path
from typing import Any

from fastapi_betterauth.crypto.secret import Secret

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "contract" / "vectors.json").read_text(encoding="utf-8")
)
REFERENCE_SECRET = Secret(VECTORS["secret"])
