"""The five paths of the published server, for its client."""
