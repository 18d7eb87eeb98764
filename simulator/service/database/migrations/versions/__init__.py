"""One step each, both ways; a step that has been published is never edited."""
