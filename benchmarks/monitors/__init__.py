"""What the benchmark of the collector shares: a load of known energy, monitors that measure it, tables."""
