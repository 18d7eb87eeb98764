"""Examples of a deployment; ``simulator serve example`` lists and writes them."""
