"""The service's own paths: all that its clients, its page and people's programs need."""
