// What every drawing needs: a scale, round numbers for its axis, and the axis.

import { el } from "./dom.js";
import { energyUnit, number } from "./units.js";

/** Map numbers from [low, high] to [from, to] on a page, by their size or by their logarithm. */
export function scale(low, high, from, to, isLog = false) {
  const at = isLog ? Math.log10 : (value) => value;
  const width = at(high) - at(low) || 1;
  return (value) => Math.round(10 * (from + ((at(value) - at(low)) / width) * (to - from))) / 10;
}

/** About `n` round numbers within [low, high], two at least: 1, 2 or 5 times a power of ten apart. */
export function roundNumbers(low, high, n) {
  const width = high - low;
  if (!(width > 0)) return [low];
  const numbers = apart(low, high, width, n);
  return numbers.length < 2 ? roundNumbers(low, high, 2 * n) : numbers;
}

function apart(low, high, width, n) {
  const rough = width / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const numbers = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k += 1) numbers.push(k * step);
  return numbers;
}

/** Powers of ten within [low, high], with 2 and 5 times them if they are few. */
export function roundLogs(low, high) {
  const numbers = [];
  const isFew = Math.log10(high / low) < 2.5;
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const factor of isFew ? [1, 2, 5] : [1]) numbers.push(factor * 10 ** power);
  }
  return numbers.filter((value) => value >= low && value <= high);
}

/** Joules as labels of one axis, all in the unit that suits the largest, which is returned as well. */
export function energyLabels(joules) {
  const unit = energyUnit(Math.max(...joules.map(Math.abs)));
  return { unit: unit.name, labels: joules.map((value) => number(value / unit.joules)) };
}

/** An axis of costs at the bottom of a drawing, with lines upwards. */
export function bottomAxis(ticks, at, top, bottom, title, center) {
  const { unit, labels } = energyLabels(ticks);
  return el(
    "g",
    { class: "axis" },
    ticks.map((value) => el("line", { x1: at(value), x2: at(value), y1: top, y2: bottom, class: "grid" })),
    ticks.map((value, i) => el("text", { x: at(value), y: bottom + 16, "text-anchor": "middle" }, labels[i])),
    el("text", { x: center, y: bottom + 34, "text-anchor": "middle", class: "title" }, `${title} [${unit}]`),
  );
}

/** An axis of costs at the left of a drawing, with lines to the right. */
export function leftAxis(ticks, at, left, right, title) {
  const { unit, labels } = energyLabels(ticks);
  return el(
    "g",
    { class: "axis" },
    ticks.map((value) => el("line", { x1: left, x2: right, y1: at(value), y2: at(value), class: "grid" })),
    ticks.map((value, i) => el("text", { x: left - 6, y: at(value) + 4, "text-anchor": "end" }, labels[i])),
    el("text", { x: 0, y: 12, class: "title" }, `${title} [${unit}]`),
  );
}

/** A drawing with its words for those who do not see it. */
export function drawing(id, width, height, words, ...children) {
  return el(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-labelledby": `${id}-words`,
      id,
    },
    el("title", { id: `${id}-words` }, words),
    children,
  );
}
