"""Topics and subscriptions: what a chat hears, when and how."""
