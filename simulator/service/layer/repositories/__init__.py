"""Rows of each kind, read and written for one session; no rule of the service is here."""
