"""PURE: when somebody wants to hear something; wall times of a zone in, instants out."""
