"""What GPUs do right now, how far a collection is, and what sensors there are; nothing here changes a setting.

::

    Device ──▶ gauge (one GPU over time) ──▶ watch (all of them, once a second) ──▶ View
    OUT ──▶ course (runs done, current epoch, time left) ─────────────────────────────┘
    Device ──▶ sensors (probe and facts)
"""

from __future__ import annotations

from simulator.collect.live.course import Course, CourseReader, gpus_of
from simulator.collect.live.gauge import Gauge, GpuView
from simulator.collect.live.sensors import SensorView, look_at_sensors
from simulator.collect.live.watch import View, watch

__all__ = [
    "Course",
    "CourseReader",
    "Gauge",
    "GpuView",
    "SensorView",
    "View",
    "gpus_of",
    "look_at_sensors",
    "watch",
]
