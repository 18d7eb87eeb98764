"""Fixtures that several rooms' tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the repository with published traces and recorded histories; optional."""
    if not (SHARED / "traces" / "zeus-nsdi23").is_dir():
        pytest.skip("needs the published traces in ../shared, which this machine does not have")
    return SHARED


@pytest.fixture(scope="session")
def published_traces(shared: Path) -> Path:
    """The directory of the traces published with the NSDI'23 paper."""
    return shared / "traces" / "zeus-nsdi23"
