// A shape and a colour for each batch size, so that neither is needed alone.

import { el } from "./dom.js";

const N_COLOURS = 7;

// Outlines around (0, 0) of about the same area, within a circle of radius 1.
const SHAPES = [
  "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z",
  "M-.9 -.9H.9V.9H-.9Z",
  "M0 -1.2L1.1 .8H-1.1Z",
  "M0 -1.3L1.1 0L0 1.3L-1.1 0Z",
  "M0 1.2L1.1 -.8H-1.1Z",
  "M-.4 -1.2H.4V-.4H1.2V.4H.4V1.2H-.4V.4H-1.2V-.4H-.4Z",
  "M-.6 -1.1H.6L1.2 0L.6 1.1H-.6L-1.2 0Z",
  "M0 -1.3L.38 -.4L1.24 -.4L.55 .2L.76 1.05L0 .5L-.76 1.05L-.55 .2L-1.24 -.4L-.38 -.4Z",
];

/** The place of a batch size among those of its job gives it its shape and colour. */
export function markOf(sizes, size) {
  const at = Math.max(0, sizes.indexOf(size));
  return { shape: SHAPES[at % SHAPES.length], colour: `colour-${at % N_COLOURS}` };
}

/** A mark in a drawing: filled, or hollow. */
export function mark(sizes, size, x, y, { isHollow = false, radius = 4.5, words = null } = {}) {
  const { shape, colour } = markOf(sizes, size);
  return el(
    "g",
    { class: `mark ${colour}${isHollow ? " hollow" : ""}`, transform: `translate(${x} ${y}) scale(${radius})` },
    el("path", { d: shape }),
    words !== null && el("title", {}, words),
  );
}

/** A mark within text, with its batch size beside it. */
export function sizeLabel(sizes, size) {
  return el(
    "span",
    { class: "size" },
    el(
      "svg",
      { viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true", class: "key" },
      mark(sizes, size, 0, 0, { radius: 5 }),
    ),
    ` ${size}`,
  );
}
