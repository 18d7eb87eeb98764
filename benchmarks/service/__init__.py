"""Parts of service_load.py: those who ask, those who answer, and what is measured of both."""
