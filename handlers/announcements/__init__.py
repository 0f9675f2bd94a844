"""Announcements: written, previewed, released, approved, steered, taken back."""
