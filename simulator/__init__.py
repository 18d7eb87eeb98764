"""An offline, trace-driven simulator for energy-aware training."""
