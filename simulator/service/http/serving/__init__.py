"""Processes that serve: where they listen, how they begin and end."""
