"""What simulated GPUs draw, and what is true of them whatever their sensors say."""

from __future__ import annotations

#: What can be asked for, in the order of ``stub_truth`` in model.c.
TRUTHS = ("power", "demand", "requested", "enforced", "cap", "temperature", "segments", "capped")


class Truth:
    """Load and truth of GPUs; a subclass opens ``_calls`` and ``_state``, and tells ``now_ns``."""

    def set_demand(self, watts, *, ripple_w=0.0, ripple_period_s=0.1, duty=0.5, at_ns=None, gpu=0):
        """From now on, or from a moment, the GPU would draw this if no limit kept it from it.

        With a ripple, power is ``watts + ripple_w`` for the first ``duty`` of each period, and as much below
        ``watts`` for the rest that the mean stays ``watts`` (unless the limit cuts it).
        """
        low = watts - ripple_w * duty / (1 - duty)
        if low < 0:
            raise ValueError(f"a ripple of {ripple_w} W around {watts} W would fall below zero")
        period = round(ripple_period_s * 1e9)
        numbers = (round(1e3 * watts), round(1e3 * (watts + ripple_w)), round(1e3 * low), period, round(period * duty))
        if self._calls.stub_demand(self._state, gpu, -1 if at_ns is None else at_ns, *numbers):
            raise RuntimeError("the history of this simulated GPU is full, or the moment lies before it")

    def true_energy_j(self, start_ns, end_ns, gpu=0):
        """Energy between two moments, exact; the future goes on as the present."""
        return self._calls.stub_energy_j(self._state, gpu, start_ns, end_ns)

    def _truth(self, what, gpu, at_ns=None):
        return self._calls.stub_truth(self._state, gpu, self.now_ns() if at_ns is None else at_ns, TRUTHS.index(what))

    def true_power_w(self, gpu=0, at_ns=None):
        """Power at this moment, or another."""
        return self._truth("power", gpu, at_ns) / 1e3

    def demand_w(self, gpu=0, at_ns=None):
        """What the GPU would draw without a limit."""
        return self._truth("demand", gpu, at_ns) / 1e3

    def limit_w(self, gpu=0, at_ns=None):
        """The limit that was asked for last."""
        return self._truth("requested", gpu, at_ns) / 1e3

    def enforced_w(self, gpu=0, at_ns=None):
        """The limit that holds."""
        return self._truth("enforced", gpu, at_ns) / 1e3

    def temperature_c(self, gpu=0, at_ns=None):
        """Temperature of the chip."""
        return self._truth("temperature", gpu, at_ns) / 1e3

    def speed(self, gpu=0, at_ns=None):
        """How fast a job runs that is capped, relative to one that is not: clocks go with the cube root of power."""
        return min(1.0, self._truth("cap", gpu, at_ns) / self._truth("demand", gpu, at_ns)) ** (1 / 3)
