"""Reaching a service: one in this process, on its database, or a server that runs elsewhere, over HTTP."""
