"""What a cell can be without a line of one's own: a replay, a comparison, a collection on GPUs."""
