"""Parts of scale.py: what a year of a large cluster's submissions costs to replay."""
