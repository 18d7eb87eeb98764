"""Takes out of recorded files what concerns the machine and its owner, and not the GPU."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import sys
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

__all__ = ["Tidier", "unnamed"]

#: Keys whose values say which machine it was.
_PRIVATE = ("host", "boot_id", "serial", "controller", "pci")


def unnamed(value):
    """Leave out the values of keys that name a machine."""
    if isinstance(value, dict):
        return {key: None if key in _PRIVATE else unnamed(part) for key, part in value.items()}
    return [unnamed(part) for part in value] if isinstance(value, list) else value


class Tidier:
    """Replaces folders and names of this machine in texts.

    Parameters
    ----------
    work
        The folder that was recorded into.
    """

    def __init__(self, work):
        repository = Path(__file__).resolve().parents[2]
        folders = {str(Path(work).resolve()): "OUT", str(repository): "REPOSITORY", sys.prefix: "PYTHON"}
        folders |= {str(Path(sys.executable).resolve().parents[1]): "PYTHON", str(Path.home()): "HOME"}
        names = {name: "HOST" for name in {socket.gethostname(), os.uname().nodename} if len(name) > 3}
        known = sorted((folders | names).items(), key=lambda pair: -len(pair[0]))
        self._known = [(re.compile(rf"(?<![\w/.-]){re.escape(old)}(?![\w-])"), new) for old, new in known]

    def text(self, text):
        """Replace them in a text."""
        for old, new in self._known:
            text = old.sub(new, text)
        return text

    def json(self, text):
        """Replace them in a JSON document, and leave out what names the machine."""
        return self.text(json.dumps(unnamed(json.loads(text)), indent=1) + "\n")

    def write(self, source, target, *, compressed=False):
        """Write a recorded file anew."""
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".arrows":
            self._arrow(source, target)
            return
        content = source.read_text(errors="replace")
        content = (self.json(content) if source.suffix == ".json" else self.text(content)).encode()
        target.write_bytes(gzip.compress(content, mtime=0) if compressed else content)

    def _arrow(self, source, target):
        with ipc.open_stream(source) as reader:
            metadata = {
                key: json.dumps(unnamed(json.loads(value))).encode()
                for key, value in (reader.schema.metadata or {}).items()
            }
            schema = reader.schema.with_metadata(metadata)
            with ipc.new_stream(target, schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
                for batch in reader:
                    writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
