"""PURE: events as web pages, feeds and pictures. Data and a language in, text or bytes out."""
