"""Recorded facts: what a trace is, how it is read and checked, and the arrays that a replay needs of it.

::

    files ──▶ read_traces ──▶ Traces ──▶ JobTable ──▶ replays
      │            │
      │       validate/  (everything that is wrong, at once)
      └──▶ model/  (fit, synthesize, predict) ──▶ files

`schema` says what the columns mean, `fetch` brings published traces, `describe` and `expected` say what traces hold.
"""
