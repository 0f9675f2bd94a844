"""Stadtfunk: community chat bot and notification hub for Matrix and Telegram."""

__version__ = "0.1.0"
