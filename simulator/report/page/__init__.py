"""The page: a template, its style and its script, and what fills them."""
