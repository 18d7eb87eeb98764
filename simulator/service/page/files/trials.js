// The table of trials, newest first: what each was given and why, and what it came to.

import { el, keyed } from "./dom.js";
import { sizeLabel } from "./marks.js";
import { outcomeMark } from "./outcome.js";
import { reasonText } from "./reason.js";
import { jobAddress } from "./route.js";
import { dash, energy, moment, number, time } from "./units.js";

export const PER_PAGE = 50;

/** The table of trials `first` to `last`. */
export function trialsTable(job, trials, hasPower) {
  const sizes = job.spec.batch_sizes;
  const head = [
    "Trial",
    "Batch size",
    hasPower && "Power limit",
    "Outcome",
    "Cost",
    "Energy",
    "Time",
    "Epochs",
    "Metric",
    "Started",
    "Why this size",
  ];
  const left = new Set(["Trial", "Batch size", "Outcome", "Started", "Why this size"]);
  const heading = (text) =>
    el("th", { scope: "col", role: "columnheader", class: left.has(text) ? null : "number" }, text);
  return el(
    "table",
    { class: "cards trials", role: "table" },
    el("caption", { class: "unseen" }, "Trials, newest first"),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head.filter(Boolean).map(heading))),
    el(
      "tbody",
      { role: "rowgroup" },
      [...trials].reverse().map((trial) => row(sizes, trial, hasPower)),
    ),
  );
}

function row(sizes, trial, hasPower) {
  const cell = (label, className, ...children) =>
    el("td", { role: "cell", class: className, "data-label": label }, children);
  return keyed(
    trial.number,
    el(
      "tr",
      { role: "row", "data-trial": trial.number },
      el("th", { scope: "row", role: "rowheader" }, el("span", { class: "narrow" }, "Trial "), trial.number),
      cell("Batch size", "", sizeLabel(sizes, trial.batch_size)),
      hasPower &&
        cell("Power limit", "number", trial.power_limit_w === null ? dash("none chosen") : `${trial.power_limit_w} W`),
      cell("Outcome", "", outcomeMark(trial)),
      cell("Cost", "number", energy(trial.cost, "none")),
      cell("Energy", "number", energy(trial.energy_j)),
      cell("Time", "number", time(trial.time_s)),
      cell("Epochs", "number", trial.epoch),
      cell("Metric", "number", trial.metric === null ? dash("none reported") : number(trial.metric)),
      cell("Started", "", moment(trial.started_at)),
      cell("Why this size", "why", reasonText(trial.reason)),
    ),
  );
}

/** Links to older and newer trials; `upto`: the last that is shown, null for the newest. */
export function trialsPages(job, first, last, upto) {
  const newest = job.last_trial_number;
  const newer = last + PER_PAGE >= newest ? null : last + PER_PAGE;
  return el(
    "nav",
    { class: "pages", "aria-label": "Pages of trials" },
    upto !== null && el("a", { href: jobAddress(job.job_id, newer), rel: "prev" }, "← Newer"),
    el("span", {}, `Trials ${first} to ${last} of ${newest}`),
    first > 1 && el("a", { href: jobAddress(job.job_id, first - 1), rel: "next" }, "Older →"),
  );
}
