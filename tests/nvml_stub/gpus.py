"""The handle by which tests control simulated GPUs."""

from __future__ import annotations

import ctypes
import itertools
import os
from pathlib import Path

from nvml_stub.building import NAME, build, load
from nvml_stub.faults import FOREIGN, FOREVER, GROUPS, KINDS
from nvml_stub.knobs import DEFAULTS, Knobs
from nvml_stub.truth import Truth

#: Readings that the library keeps of each GPU, MAX_READS of model.h.
KEPT_READS = 16384


class SimulatedGpus(Knobs, Truth):
    """GPUs that all processes share which map one state file.

    Parameters
    ----------
    folder
        Where the state file goes, and the library if it is not there yet.
    gpus
        How many, up to 8.
    manual
        Whether time stands still but for `advance`; else it is ``CLOCK_MONOTONIC``.
    library
        The compiled library, if it lies elsewhere.
    knobs
        Numbers of model.h by name (``update_ns=``), or in the units of ``UNITS`` (``update_ms=``, ``idle_w=``).
        They may be changed later by `set`. Of note: ``sums_windows=1`` for a counter that adds up what the
        instantaneous windows saw, ``module_scope=1`` for power of the module only, ``mig=1``,
        ``usage_is_instant=1``, ``limit_delay_ms=`` until a limit is felt.
    """

    _numbers = itertools.count()

    def __init__(self, folder, *, gpus=1, manual=False, library=None, start_ns=10**15, **knobs):
        folder = Path(folder).resolve()
        self.library = library or build(folder)
        self.path = folder / f"gpus-{next(self._numbers)}"
        self._calls = load(self.library)
        error = self._calls.stub_create(str(self.path).encode(), gpus, manual, start_ns)
        if error:
            raise OSError(error, "no simulated GPU", str(self.path))
        self._state = self._calls.stub_open(str(self.path).encode())
        for gpu in range(gpus):
            self.set(gpu=gpu, **(DEFAULTS | knobs))
            self.text(
                gpu=gpu, name="NVIDIA H100 80GB HBM3 (simulated)", uuid=f"GPU-{gpu:08x}-5150-4e56-4d4c-{gpu:012x}"
            )
            self.text(gpu=gpu, serial=f"13216230000{gpu}", vbios="96.00.5E.00.01", part="699-2G520-0200-000")
            self.text(gpu=gpu, pci=f"00000000:{gpu + 1:02X}:00.0")
            self._calls.stub_start(self._state, gpu)

    @classmethod
    def join(cls, path=None, library=None):
        """Control GPUs that another process made; without a path, those of this process's environment."""
        path = path or os.environ["NVML_STUB_STATE"]
        library = library or Path(os.environ["LD_LIBRARY_PATH"].split(":")[0]) / NAME
        gpus = cls.__new__(cls)
        gpus.library, gpus.path, gpus._calls = Path(library), Path(path), load(Path(library))
        gpus._state = gpus._calls.stub_open(str(path).encode())
        if not gpus._state:
            raise FileNotFoundError(f"{path} holds no simulated GPU")
        return gpus

    def __len__(self):
        return self._calls.stub_num_gpus(self._state)

    # ---- who uses them

    def environment(self):
        """Variables with which a process finds these GPUs through any NVML binding."""
        folders = [str(self.library.parent), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        return {"LD_LIBRARY_PATH": ":".join(folders), "NVML_STUB_STATE": str(self.path)}

    def attach(self):
        """Let this process's `pynvml` use these GPUs, whatever it used before."""
        import pynvml

        self._calls.stub_attach(self._state)
        pynvml.nvmlLib = ctypes.CDLL(str(self.library))
        pynvml._nvmlGetFunctionPointer_cache.clear()
        return self

    def detach(self):
        """Let this process's `pynvml` load whatever the machine has."""
        import pynvml

        self._calls.stub_attach(None)
        pynvml.nvmlLib = None
        pynvml._nvmlGetFunctionPointer_cache.clear()

    # ---- time

    @property
    def manual(self):
        """Whether time stands still but for `advance`."""
        return bool(self._calls.stub_is_manual(self._state))

    def now_ns(self):
        """Time on the monotonic clock."""
        return self._calls.stub_now(self._state)

    def realtime_offset_ns(self):
        """What to add to the monotonic clock for the wall clock."""
        return self._calls.stub_realtime_offset(self._state)

    def advance(self, seconds):
        """Let time pass on the manual clock."""
        self._calls.stub_advance(self._state, round(seconds * 1e9))

    # ---- how often they are asked

    def calls(self, group, gpu=0):
        """How often calls of a group were made, see ``faults.GROUPS``."""
        return self._calls.stub_calls(self._state, gpu, GROUPS.index(group))

    def reads(self, since=0, gpu=0):
        """When a GPU's sensors were read, by whichever process: how often in all, and the last ones of those.

        Returns
        -------
        tuple
            Number of reads so far, and of those from the ``since``-th on (the last 16,384 are kept) the moments [ns],
            each with what was read first: a field's number, ``"power_usage"`` or ``"energy"``.
        """
        so_far = self._calls.stub_reads(self._state, gpu, 0, None)
        first = max(since, so_far - KEPT_READS)
        numbers = (ctypes.c_int64 * (2 * KEPT_READS))()
        self._calls.stub_reads(self._state, gpu, first, numbers)
        pairs = zip(*[iter(numbers[: 2 * (so_far - first)])] * 2, strict=True)
        return so_far, [(at_ns, {1: "power_usage", 2: "energy"}.get(what, what)) for at_ns, what in pairs]

    # ---- what goes wrong

    def fault(self, kind, *, at_ns=None, until_ns=FOREVER, gpu=0, **words):
        """Let something go wrong from now on, or from one moment until another.

        Parameters
        ----------
        kind
            ``no_permission``, ``not_supported(groups=)``, ``no_function(groups=)``, ``driver_not_loaded``, ``lost``,
            ``failing(groups=, code=)``, ``field_failing(field=, code=)``: the error inside the field's struct,
            ``zero_reads(groups=)``, ``slow_calls(ms=, groups=)``, ``counter_reset``, ``foreign_pids(pids=)``,
            ``limit_changed(watts=)`` by somebody else.
        at_ns, until_ns
            From when to when, on the monotonic clock.
        gpu
            Which GPU; None for all of them.
        words
            What the kind takes besides. Groups are names of ``faults.GROUPS``, or "all".
        """
        at_ns = self.now_ns() if at_ns is None else at_ns
        if kind == "limit_changed":
            self._calls.stub_limit(self._state, gpu, at_ns, round(1e3 * words["watts"]))
        elif kind == "foreign_pids":
            for pid in words["pids"]:
                self._calls.stub_fault(self._state, FOREIGN, gpu, pid, 0, at_ns, until_ns)
        else:
            number, what, code = KINDS[kind](**words)
            which = -1 if gpu is None or kind == "driver_not_loaded" else gpu
            if self._calls.stub_fault(self._state, number, which, what, code, at_ns, until_ns) < 0:
                raise RuntimeError("too many faults for one simulated GPU")

    def heal(self):
        """End all faults."""
        self._calls.stub_heal(self._state)

    def hold_lock(self):
        """Take the library's lock and keep it until this process is killed."""
        self._calls.stub_hold_lock(self._state)
