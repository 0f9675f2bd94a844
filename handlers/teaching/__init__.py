"""What editors teach the bot, and how they look after it."""
