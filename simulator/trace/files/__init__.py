"""Tables in files: CSV, compressed CSV and Parquet, read and written whole or not at all.

::

    file ──▶ read ──┬──▶ csv_text ──▶ DataFrame ──▶ write ──▶ file
                    └──▶ parquet ───┘        (packing: what .gz, .xz and .zst mean)
"""

from simulator.trace.files.packing import SUFFIXES
from simulator.trace.files.read import MAX_BYTES, read_table, read_with_doubts
from simulator.trace.files.write import whole_file, write_table

__all__ = ["MAX_BYTES", "SUFFIXES", "read_table", "read_with_doubts", "whole_file", "write_table"]
