"""The published traces that can be fetched by name: where they lie, and what their bytes must hash to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PUBLISHED", "PublishedTraces", "data_directory"]


@dataclass(frozen=True)
class PublishedTraces:
    """A set of traces that somebody published as files.

    Parameters
    ----------
    url
        Address of the folder that holds the files.
    sha256
        SHA-256 of each file in hexadecimal; None where it is not known, so that the file cannot be verified.
    optional
        Files that replays of recurring jobs do without.
    """

    url: str
    sha256: Mapping[str, str | None]
    optional: frozenset[str]


#: Published traces by name. Source: the artifact of the Zeus paper (NSDI'23), Apache-2.0; the groups come from the
#: cluster log that Alibaba published.
PUBLISHED: Mapping[str, PublishedTraces] = MappingProxyType(
    {
        "zeus-nsdi23": PublishedTraces(
            url="https://raw.githubusercontent.com/ml-energy/zeus/75a8b93/"
            "examples/research_reproducibility/zeus_nsdi23/trace",
            sha256=MappingProxyType(
                {
                    "summary_train.csv": "076b35615349ee624403006e5ad67fd9ebda92af690c7750f8bb0c2ab92c0cf4",
                    "summary_power_v100.csv": "f0b066dd1a451bd78f730e001ac3a7c411979bc7f0846f12c1a9fb604aa90628",
                    "summary_power_a40.csv": "f4ec111fc9b06b353182faab9160ecb1236a486b2741ed93383b80497332031e",
                    "summary_power_rtx6000.csv": "edccecc7f8b7a6102962b03f0f37767dd9cd2f03469ebccadc9805e82901bdc4",
                    "summary_power_p100.csv": "158e9a6784b6e2d26710529b132cf173b227dc8688f4931c19a637bce2b7503b",
                    "alibaba_groups.csv.xz": None,
                }
            ),
            optional=frozenset({"alibaba_groups.csv.xz"}),
        )
    }
)


def data_directory() -> Path:
    """Folder of this user that fetched traces are kept in.

    The environment variable ``SIMULATOR_DATA_DIR`` names another one.
    """
    named = os.environ.get("SIMULATOR_DATA_DIR")
    return Path(named) if named else Path(platformdirs.user_data_dir("trace-simulator", appauthor=False))
