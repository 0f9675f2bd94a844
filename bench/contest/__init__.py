"""The same broadcast by several programs, each in a process of its own, to the same server."""
