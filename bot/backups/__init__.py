"""Backups: a hub in one encrypted file, and back."""
