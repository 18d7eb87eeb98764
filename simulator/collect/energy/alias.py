"""Whether a job's iterations keep step with a sensor's updates.

The power sensor of an A100 or H100 covers 25 of each 100 ms (arXiv 2312.02741), and nothing says whether the energy
counter adds up more than that. If it does not, it is a sum in place of an integral: of each frequency in the power of
an iteration, something is left over. In step with the updates that is all of its amplitude; beside that the phases pass
by, and the rest falls as 1 / passes: no distance from a resonance is safe for short windows.

Where phases passed by, the counter's own steps show the amplitude: those of a counter that samples swing as power does.
Amplitude times what is left over bounds the error. A counter that is seen to integrate, see
`simulator.collect.energy.swing`, has none; so short windows are not flagged for being short. Where phases did not pass
by, no sensor can tell, and that is flagged whatever the counter is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["alias_risk"]

#: Frequencies looked at, in parts of an iteration; their amplitudes fall as 1 / parts, as those of an on and off do.
_HARMONICS = range(1, 9)

#: Iterations of up to so many equal parts, such as accumulated gradients, may have nearly all of their amplitude there.
_EQUAL = 4

#: Frequencies above so many per update are averaged out in the sensor's window, a quarter of an update: as good as all,
#: and so far that nothing of them matters.
_FAST, _FASTEST = 4.5, 6.5

#: What is left over of a frequency that did not pass by as a whole [share of its amplitude]: the amplitude is unknown.
_UNSEEN = 0.3

#: What lasts so many times as long as usual is a pause, such as a validation, and no iteration.
_PAUSE = 4.0

#: An error above this share of the energy is a risk: what is not flagged is right within half a percent.
_ERROR = 0.005

#: Parts of an update that stand for the integral.
_PARTS = 16

#: Updates looked at: after ten minutes only exact resonance is left.
_UPDATES = 6000


def alias_risk(
    step_times_s: Sequence[float],
    update_period_s: float | None,
    *,
    window_s: float | None = None,
    swing: float | None = None,
) -> bool:
    """Whether the sensor may have seen only some parts of every iteration, so that its energy is wrong by over 0.5 %.

    Parameters
    ----------
    step_times_s
        Durations of single iterations in the window, in order [s], or means over several.
    update_period_s
        How often the sensor updates [s]; None if unknown, which never is a risk.
    window_s
        Length of the window [s]; None: that of the iterations together. If it is longer, they are means.
    swing
        Amplitude of power as the sensor's updates show it, as a share of its mean; None: unknown, then only what did
        not pass by as a whole is a risk.

    Returns
    -------
    bool
        True if the iterations, or parts of them, keep step with the updates for so long that the error may be above
        0.5 % of the energy, or that nothing can be said of it.

    Examples
    --------
    >>> alias_risk([0.100] * 200, 0.1)
    True
    >>> alias_risk([0.09, 0.11] * 100, 0.1)  # two of them are in step
    True
    >>> alias_risk([0.103] * 200, 0.1)
    False
    >>> alias_risk([0.103] * 200, 0.1, swing=0.4)  # the counter swings with power: 5 % of that is left over
    True
    >>> alias_risk([0.103] * 200, 0.1, swing=0.02)  # it does not: it integrates, or there is no swing
    False
    """
    steps = np.asarray(step_times_s, float)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    if not len(steps) or not update_period_s:
        return False
    steps = steps[steps <= _PAUSE * np.median(steps)]
    if window_s is not None:
        steps = np.repeat(steps, max(1, round(window_s / steps.sum())))
    parts = np.array(_HARMONICS)
    ratios = parts * update_period_s / np.median(steps)
    left = np.array(
        [
            _left_over(steps, update_period_s, harmonic) if 0.5 < ratio < _FASTEST else 0.0
            for harmonic, ratio in zip(_HARMONICS, ratios, strict=True)
        ]
    )
    unseen = np.any(left[(parts <= _EQUAL) & (ratios < _FAST)] > _UNSEEN)
    return bool(unseen or (swing is not None and swing * np.sum(left / parts) > _ERROR))


def _left_over(steps: NDArray[np.float64], period_s: float, harmonic: int) -> float:
    """Find which share of a frequency's amplitude may remain in the mean over the updates; at most, wherever it ends.

    Parameters
    ----------
    steps
        Durations of iterations [s], shape (n_steps,).
    period_s
        How often the sensor updates [s].
    harmonic
        How often the frequency repeats in an iteration.
    """
    ends = np.concatenate([[0.0], np.cumsum(steps)])
    updates = min(_UPDATES, int(ends[-1] / period_s))
    if not updates:
        return 1.0
    moments = (np.arange(updates * _PARTS) + 0.5) * (period_s / _PARTS)
    iterations = np.interp(moments, ends, np.arange(len(ends)))
    wave = np.exp(2j * np.pi * harmonic * iterations).reshape(updates, _PARTS)
    off = np.cumsum(wave[:, _PARTS // 2] - wave.mean(axis=1))
    return float(np.abs(off).max() / updates)
