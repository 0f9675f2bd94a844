"""Cells of a table that a spreadsheet shows and does not compute. Pure."""

import re

_COMPUTED = re.compile(r"'*[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it.

    What events say comes from feeds and from members, and is opened by people.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if _COMPUTED.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return what :func:`guarded` was given; of a spreadsheet's own files what it shows."""
    return cell[1:] if cell.startswith("'") and _COMPUTED.match(cell) else cell
