"""Sources: listed, added, changed, and what editors decide about what stands in them."""
