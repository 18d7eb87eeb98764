// The cost of each trial in the order of their numbers, with the lowest so far.

import { el, keyed } from "./dom.js";
import { mark, sizeLabel } from "./marks.js";
import { outcomeOf } from "./outcome.js";
import { drawing, leftAxis, roundLogs, roundNumbers, scale } from "./svg.js";
import { energyText } from "./units.js";

const LEFT = 52;
const RIGHT = 14;
const TOP = 26;
const HEIGHT = 300;
const STRIP = 26; // for trials without cost
const BOTTOM = 40;
const RING = "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z";
const CROSS = "M-.9 -.9L.9 .9M-.9 .9L.9 -.9";
const WIDE = 25; // highest over lowest cost, from where on a logarithmic axis shows more

/** The drawing of these trials, in ascending order of number; null if there are none. */
export function costsChart(sizes, trials, width) {
  if (trials.length === 0) return null;
  const costed = trials.filter(hasCost);
  const first = trials[0].number;
  const last = Math.max(trials.at(-1).number, first + 1);
  const x = scale(first, last, LEFT + 8, width - RIGHT - 6);
  const floor = HEIGHT - BOTTOM - STRIP;
  const axis = costed.length > 0 ? costAxis(costed, floor) : null;
  const radius = Math.max(2.6, Math.min(5, (width / trials.length) * 0.45));
  return drawing(
    "costs",
    width,
    HEIGHT,
    chartWords(trials, costed),
    axis !== null && leftAxis(axis.ticks, axis.y, LEFT, width - RIGHT, `cost${axis.isLog ? ", logarithmic" : ""}`),
    strip(floor, width),
    numbers(first, last, x, width),
    axis !== null && el("path", { d: lowestSoFar(costed, x, axis.y, width - RIGHT), class: "lowest" }),
    trials.map((trial) => keyed(trial.number, point(sizes, trial, x(trial.number), axis, floor + STRIP / 2, radius))),
  );
}

/** A trial that failed may have been told to the policy at a cost, but no run has come to it. */
function hasCost(trial) {
  return trial.cost !== null && trial.status !== "Failed";
}

function costAxis(costed, floor) {
  const costs = costed.map(({ cost }) => cost);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const isLog = least > 0 && most / least > WIDE;
  const low = isLog ? least / 1.3 : Math.min(0, least);
  const high = (isLog ? most * 1.3 : most * 1.06) || 1;
  return {
    isLog,
    y: scale(low, high, floor - 4, TOP, isLog),
    ticks: isLog ? roundLogs(low, high) : roundNumbers(low, high, 5),
  };
}

function strip(floor, width) {
  return el(
    "g",
    { class: "axis" },
    el("line", { x1: LEFT, x2: width - RIGHT, y1: floor + 2, y2: floor + 2, class: "base" }),
    el("text", { x: LEFT - 6, y: floor + STRIP / 2 + 5, "text-anchor": "end" }, "no cost"),
    el("line", { x1: LEFT, x2: width - RIGHT, y1: floor + STRIP, y2: floor + STRIP, class: "base" }),
  );
}

function numbers(first, last, x, width) {
  const whole = roundNumbers(first, last, Math.max(2, Math.floor(width / 90))).filter(Number.isInteger);
  const ticks = whole.length > 0 ? whole : [first];
  return el(
    "g",
    { class: "axis" },
    ticks.map((number) => el("text", { x: x(number), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, number)),
    el(
      "text",
      { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle", class: "title" },
      "number of the trial",
    ),
  );
}

function point(sizes, trial, x, axis, stripY, radius) {
  const outcome = outcomeOf(trial);
  const words =
    `Trial ${trial.number}, batch size ${trial.batch_size}, ${outcome.word}` +
    (trial.cost === null ? "" : `, ${energyText(trial.cost)}`);
  if (hasCost(trial)) {
    return mark(sizes, trial.batch_size, x, axis.y(trial.cost), {
      isHollow: outcome.word !== "converged",
      radius,
      words,
    });
  }
  return el(
    "g",
    { class: `sign sign-${outcome.word}`, transform: `translate(${x} ${stripY}) scale(${radius})` },
    el("path", { d: outcome.word === "running" ? RING : CROSS }),
    el("title", {}, words),
  );
}

function lowestSoFar(costed, x, y, right) {
  let lowest = Infinity;
  let path = "";
  for (const { number, cost, converged } of costed) {
    if (!converged || cost >= lowest) continue;
    path += lowest === Infinity ? `M${x(number)} ${y(cost)}` : `H${x(number)}V${y(cost)}`;
    lowest = cost;
  }
  return path === "" ? "M0 0" : `${path}H${right}`;
}

function chartWords(trials, costed) {
  const converged = costed.filter((trial) => trial.converged).map(({ cost }) => cost);
  const span = `Cost of trials ${trials[0].number} to ${trials.at(-1).number}.`;
  if (converged.length === 0) return `${span} None of them has converged.`;
  const ends = `${energyText(Math.min(...converged))} to ${energyText(Math.max(...converged))}`;
  return `${span} ${converged.length} of them converged, at ${ends}. Each is in the table of trials.`;
}

/** What the marks mean; only the batch sizes that are seen. */
export function costsKey(sizes, trials) {
  const first = trials[0].number;
  const seen = new Set(trials.map((trial) => trial.batch_size));
  const sign = (className, d, text) =>
    el(
      "li",
      {},
      el(
        "svg",
        { viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true", class: "key" },
        el("g", { class: className, transform: "scale(5)" }, el("path", { d })),
      ),
      ` ${text}`,
    );
  return el(
    "ul",
    { class: "keys", "aria-label": "Marks in the drawing" },
    sizes.filter((size) => seen.has(size)).map((size) => keyed(size, el("li", {}, sizeLabel(sizes, size)))),
    sign("mark", RING, "filled: converged"),
    sign("mark hollow", RING, "hollow: stopped"),
    sign("sign sign-failed", CROSS, "failed"),
    sign("sign sign-running", RING, "running"),
    sign("sign sign-line", "M-1.4 0H1.4", first === 1 ? "lowest so far" : `lowest since trial ${first}`),
  );
}
