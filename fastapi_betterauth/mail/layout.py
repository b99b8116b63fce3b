"""How mails look: a sentence or two, and one button or code. What people typed is escaped (SC-PW-27)."""

from __future__ import annotations

import html
from dataclasses import dataclass

_PAGE = "margin:0;padding:24px 12px;background:#f4f4f5;color:#18181b;font:16px/1.5 system-ui,sans-serif"
_CARD = "max-width:480px;margin:0 auto;padding:32px;background:#fff;border-radius:12px"
_BUTTON = (
    "display:inline-block;padding:12px 20px;background:#1d4ed8;color:#fff;border-radius:8px;"
    "text-decoration:none;font-weight:600"
)
_CODE = "font:700 28px/1.4 ui-monospace,monospace;letter-spacing:4px;margin:16px 0"
_SMALL = "color:#52525b;font-size:14px"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says."""

    app: str
    title: str
    lines: tuple[str, ...]
    button: str | None = None
    url: str | None = None
    code: str | None = None
    ending: str

    def text(self) -> str:
        """Returns: the mail as plain text."""
        parts = [*self.lines]
        if self.url is not None:
            parts.append(f"{self.button}:\n{self.url}")
        if self.code is not None:
            parts.append(self.code)
        return "\n\n".join([*parts, self.ending, f"-- \n{self.app}"]) + "\n"

    def html(self) -> str:
        """Returns: the same as HTML, without images and scripts."""
        body = "".join(f"<p>{html.escape(line)}</p>" for line in self.lines)
        if self.url is not None:
            link = html.escape(self.url)
            body += (
                f'<p style="margin:24px 0"><a href="{link}" style="{_BUTTON}">{html.escape(self.button or "")}</a></p>'
            )
            body += f'<p style="{_SMALL}">If the button does not work, open this link:<br>'
            body += f'<a href="{link}" style="color:#1d4ed8;word-break:break-all">{link}</a></p>'
        if self.code is not None:
            body += f'<p style="{_CODE}">{html.escape(self.code)}</p>'
        title, app = html.escape(self.title), html.escape(self.app)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
            f'<body style="{_PAGE}"><div style="{_CARD}"><h1 style="font-size:20px;margin:0 0 16px">{title}</h1>{body}'
            f'<p style="{_SMALL}">{html.escape(self.ending)}</p><p style="{_SMALL}">{app}</p></div></body></html>'
        )
