// What the policy believes of each batch size's cost: a density each, on one axis of costs.

import { el, keyed } from "./dom.js";
import { mark } from "./marks.js";
import { bottomAxis, drawing, roundNumbers, scale } from "./svg.js";
import { energyText } from "./units.js";

const LEFT = 64;
const RIGHT = 14;
const BOTTOM = 42;
const N_POINTS = 48;
const Z95 = 1.959964; // half width of a 95 % interval of a normal, in standard deviations

/** The belief about a mean cost [J]: the reward is −cost. Null if the arm believes nothing yet. */
export function beliefOf(arm) {
  const precision = arm.precision === "inf" ? Infinity : Number(arm.precision);
  if (!(precision > 0) || !Number.isFinite(arm.mean)) return null;
  const sd = precision === Infinity ? 0 : 1 / Math.sqrt(precision);
  const mean = arm.mean === 0 ? 0 : -arm.mean;
  return { size: arm.batch_size, mean, sd, low: mean - Z95 * sd, high: mean + Z95 * sd };
}

/** A belief in words. */
export function beliefText(belief) {
  if (belief === null) return "no belief yet";
  if (belief.sd === 0) return `${energyText(belief.mean)} exactly: its costs did not differ`;
  return `${energyText(belief.low, belief.high)} to ${energyText(belief.high)}`;
}

/** The drawing; `sizes`: all batch sizes of the job. */
export function beliefsChart(sizes, arms, width) {
  const beliefs = arms.map(beliefOf).filter((belief) => belief !== null);
  if (beliefs.length === 0) return null;
  const rowHeight = beliefs.length <= 12 ? 44 : beliefs.length <= 40 ? 26 : 16;
  const height = 8 + rowHeight * beliefs.length + BOTTOM;
  const [low, high] = range(beliefs);
  const at = scale(low, high, LEFT, width - RIGHT);
  const bottom = height - BOTTOM;
  const ticks = roundNumbers(low, high, Math.max(2, Math.floor((width - LEFT) / 90)));
  const words =
    "Beliefs about the cost of a trial, by batch size. " +
    beliefs.map((belief) => `Size ${belief.size}: ${beliefText(belief)}.`).join(" ");
  return drawing(
    "beliefs",
    width,
    height,
    words,
    bottomAxis(ticks, at, 8, bottom, "believed mean cost of a trial", (LEFT + width - RIGHT) / 2),
    beliefs.map((belief, i) =>
      keyed(belief.size, ridge(sizes, belief, at, [low, high], 8 + rowHeight * (i + 1), rowHeight)),
    ),
  );
}

/** What the axis spans: all means, and three standard deviations as far as they are no wider than the means need. */
function range(beliefs) {
  const means = beliefs.map(({ mean }) => mean);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const reach = Math.max(most - least, Math.abs(most) * 0.1, Number.MIN_VALUE);
  const low = Math.min(...beliefs.map(({ mean, sd }) => Math.max(mean - 3 * sd, least - 2 * reach)));
  const high = Math.max(...beliefs.map(({ mean, sd }) => Math.min(mean + 3 * sd, most + 2 * reach)));
  const margin = 0.04 * (high - low) || 0.1 * Math.abs(most) || 1;
  return [least >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

function ridge(sizes, belief, at, [low, high], base, rowHeight) {
  const { shape, line } =
    belief.sd === 0 ? spike(belief, at, base, rowHeight) : bell(belief, at, [low, high], base, rowHeight);
  const within = (value) => at(Math.min(high, Math.max(low, value)));
  return el(
    "g",
    { class: "ridge" },
    el("title", {}, `Batch size ${belief.size}: ${beliefText(belief)}`),
    mark(sizes, belief.size, 9, base - 6),
    el("text", { x: 20, y: base - 2 }, belief.size),
    el("line", { x1: LEFT, x2: at(high), y1: base, y2: base, class: "base" }),
    shape,
    line,
    belief.sd > 0 &&
      el("line", { x1: within(belief.low), x2: within(belief.high), y1: base, y2: base, class: "interval" }),
    el("line", { x1: at(belief.mean), x2: at(belief.mean), y1: base - 6, y2: base + 4, class: "mean" }),
  );
}

function spike(belief, at, base, rowHeight) {
  const x = at(belief.mean);
  return { shape: null, line: el("line", { x1: x, x2: x, y1: base - rowHeight + 6, y2: base, class: "spike" }) };
}

function bell({ mean, sd }, at, [low, high], base, rowHeight) {
  const from = Math.max(low, mean - 3.5 * sd);
  const to = Math.min(high, mean + 3.5 * sd);
  const points = [];
  for (let i = 0; i <= N_POINTS; i += 1) {
    const value = from + ((to - from) * i) / N_POINTS;
    const density = Math.exp(-0.5 * ((value - mean) / sd) ** 2); // of height 1 each: areas would hide the wide ones
    points.push(`${at(value)} ${(base - density * (rowHeight - 8)).toFixed(1)}`);
  }
  const line = `M${points.join("L")}`;
  return {
    shape: el("path", { d: `${line}L${at(to)} ${base}L${at(from)} ${base}Z`, class: "area" }),
    line: el("path", { d: line, class: "bell" }),
  };
}
