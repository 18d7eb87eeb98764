"""Parts of ``python -m benchmarks``: all benchmarks in one go, one file of figures, two such files compared."""
