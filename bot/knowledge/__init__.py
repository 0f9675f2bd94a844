"""Finding the entry of the knowledge base that answers a message."""
