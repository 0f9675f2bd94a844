"""Pages read as a browser reads them; what is wrong with their HTML is an error."""

import json
from typing import Any

from justhtml import JustHTML


def read(html: str) -> JustHTML:
    return JustHTML(html, sanitize=False, strict=True)


def texts(page: JustHTML, selector: str) -> list[str]:
    return [" ".join(node.to_text().split()) for node in page.query(selector)]


def attributes(page: JustHTML, selector: str, name: str) -> list[str | None]:
    return [(node.attrs or {}).get(name) for node in page.query(selector)]


def headings(page: JustHTML) -> list[int]:
    return [int(node.name[1]) for node in page.query("h1, h2, h3, h4, h5, h6")]


def structured(page: JustHTML) -> list[dict[str, Any]]:
    scripts = page.query("script")
    assert [(one.attrs or {})["type"] for one in scripts] == ["application/ld+json"] * len(scripts)
    return [
        json.loads("".join(str(child.data) for child in one.children or ())) for one in scripts
    ]
