// Numbers as people read them, each with its unit; the exact value travels along in the element.

import { el } from "./dom.js";

const MINUS = "\u2212";
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const exactlyThree = new Intl.NumberFormat("en", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const KWH = 3.6e6;

const signed = (value, text) => (value < 0 ? MINUS + text : text);

/** A number with three significant digits; thousands are not rounded away. */
export function number(value) {
  const size = Math.abs(value);
  return signed(value, (size >= 1000 ? whole : three).format(size));
}

/** The unit of energy that suits so many joules: its size [J] and its name. */
export function energyUnit(joules) {
  const size = Math.abs(joules);
  if (size >= 1e12) return { joules: 1e12, name: "TJ" };
  if (size >= 1e9) return { joules: 1e9, name: "GJ" };
  if (size >= 1e6) return { joules: 1e6, name: "MJ" };
  if (size >= 1e3) return { joules: 1e3, name: "kJ" };
  return { joules: 1, name: "J" };
}

/** Joules in words, in the unit that suits them, or in that of another energy beside which they stand. */
export function energyText(joules, beside = joules) {
  const unit = energyUnit(beside);
  const size = Math.abs(joules / unit.joules);
  const digits = size === 0 || size >= 1000 ? whole : exactlyThree;
  return `${signed(joules, digits.format(size))} ${unit.name}`;
}

/** The same as on an electricity bill; null if it is too little for that. */
export function billText(joules) {
  return joules === null || Math.abs(joules) < KWH / 10 ? null : `${number(joules / KWH)} kWh`;
}

/** Seconds in words: two units at most. */
export function timeText(seconds) {
  const size = Math.abs(seconds);
  if (size < 60) return signed(seconds, `${three.format(size)} s`);
  const total = Math.round(size);
  const steps = [
    [86400, "d", 3600, "h"],
    [3600, "h", 60, "min"],
    [60, "min", 1, "s"],
  ];
  const [large, name, small, rest] = steps.find(([step]) => total >= step);
  const rounded = small * Math.round(size / small);
  const n = Math.floor(rounded / large);
  const m = Math.round((rounded - n * large) / small);
  return signed(seconds, m === 0 ? `${n} ${name}` : `${n} ${name} ${m} ${rest}`);
}

/** A share in words. */
export function shareText(share) {
  return signed(share, `${three.format(Math.abs(100 * share))} %`);
}

/** Joules; `value` holds them exactly. Null: a dash that is read out as `absent`. */
export function energy(joules, absent = "not known yet") {
  return joules === null || joules === undefined ? dash(absent) : el("data", { value: joules }, energyText(joules));
}

/** Seconds likewise. */
export function time(seconds, absent = "not known yet") {
  return seconds === null || seconds === undefined ? dash(absent) : el("data", { value: seconds }, timeText(seconds));
}

/** A point in time, in the reader's time zone; `datetime` holds it exactly. */
export function moment(iso) {
  if (iso === null || iso === undefined) return dash("not yet");
  return el("time", { datetime: iso, title: iso }, momentText(iso));
}

/** A point in time as text: year to second. */
export function momentText(iso) {
  const at = new Date(iso);
  const two = (n) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Words for what is not known. */
export function unknown(words = "not known yet") {
  return el("span", { class: "unknown" }, words);
}

/** A dash for the eye, words for the ear. */
export function dash(words) {
  return el(
    "span",
    { title: words },
    el("span", { "aria-hidden": "true" }, "–"),
    el("span", { class: "unseen" }, words),
  );
}
