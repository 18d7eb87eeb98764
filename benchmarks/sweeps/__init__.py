"""Parts of sweep_overhead.py: each side in a process of its own, and what it measured there."""
