"""Connected chats: who connects them, how they stand, and what stays on its own network."""
