"""The page for people: what jobs do and what they save, live, in any browser.

Files of the package, served as they are: no build step, nothing from elsewhere. They read ``/v1`` like any client.
"""

from __future__ import annotations
