"""How well messages are answered; see README.md beside this file."""
