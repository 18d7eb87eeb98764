"""Pytest runs the examples of the pages; what builds the pages is no page."""

collect_ignore_glob = ["*.py", "build/*"]
