"""Parts of a replay written to be compiled: plain functions over words of memory, and what compiles them."""
