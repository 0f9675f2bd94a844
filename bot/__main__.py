"""Runs the ``stadtfunk`` command as ``python -m bot``."""

from bot.cli import app

app()
