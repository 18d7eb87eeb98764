// The batch sizes of a job: what is believed of each, and what they came to.

import { beliefOf, beliefText, beliefsChart } from "./beliefs.js";
import { el, keyed } from "./dom.js";
import { sizeLabel } from "./marks.js";
import { dash, energy, number } from "./units.js";

/** The section: drawing, and table of all sizes. */
export function sizesSection(job, arms, costs, width) {
  const chart = beliefsChart(job.spec.batch_sizes, arms, width);
  return el(
    "section",
    { "aria-labelledby": "sizes-title" },
    el("h2", { id: "sizes-title" }, "Batch sizes and beliefs"),
    chart === null ? el("p", { class: "none" }, noBeliefs(job)) : el("div", { class: "figure" }, chart),
    chart !== null &&
      el(
        "p",
        { class: "hint" },
        "Densities of the policy's beliefs, each of the same height; the bar below is the 95 % interval, " +
          "the tick the mean. A belief without spread is a line: its costs did not differ.",
      ),
    table(job, arms, costs),
  );
}

function noBeliefs(job) {
  if (job.exhausted) return "There are no beliefs: no batch size is left to believe anything of.";
  if (job.stage === "Pruning") return "No beliefs yet: a policy that samples makes them once exploration is over.";
  return "There are no beliefs to draw: this job's policy keeps none as densities.";
}

function table(job, arms, costs) {
  const sizes = job.spec.batch_sizes;
  const byArm = new Map(arms.map((arm) => [arm.batch_size, arm]));
  const head = [
    "Batch size",
    "Believed mean cost",
    "95 % interval",
    "Results believed",
    "Converged",
    "Stopped",
    "Failed",
    "Running",
    "Mean cost",
    "Lowest cost",
    "Mean energy",
  ];
  return el(
    "table",
    { class: "cards", role: "table" },
    el("caption", {}, "Every batch size of the job. Means and lowest cost are of trials that converged."),
    el(
      "thead",
      { role: "rowgroup" },
      el(
        "tr",
        { role: "row" },
        head.map((text, i) => el("th", { scope: "col", role: "columnheader", class: i > 0 ? "number" : null }, text)),
      ),
    ),
    el(
      "tbody",
      { role: "rowgroup" },
      costs.map((cost) => row(job, sizes, byArm.get(cost.batch_size), cost)),
    ),
  );
}

function row(job, sizes, arm, cost) {
  const belief = arm === undefined ? null : beliefOf(arm);
  const cell = (label, ...children) =>
    el("td", { role: "cell", class: "number", "data-label": label, "data-wide": label === "95 % interval" }, children);
  return keyed(
    cost.batch_size,
    el(
      "tr",
      { role: "row", "data-size": cost.batch_size },
      el(
        "th",
        { scope: "row", role: "rowheader" },
        sizeLabel(sizes, cost.batch_size),
        cost.batch_size === job.spec.default_batch_size && el("span", { class: "hint" }, "default"),
      ),
      cell(
        "Believed mean cost",
        belief === null ? dash(arm === undefined ? without(job) : "no belief yet") : energy(belief.mean),
      ),
      cell("95 % interval", belief === null ? dash("none") : belief.sd === 0 ? "no spread" : beliefText(belief)),
      cell("Results believed", arm === undefined ? dash("none") : number(arm.n_observations)),
      cell("Converged", number(cost.converged)),
      cell("Stopped", number(cost.succeeded - cost.converged)),
      cell("Failed", number(cost.failed)),
      cell("Running", number(cost.dispatched)),
      cell("Mean cost", energy(cost.mean_cost)),
      cell("Lowest cost", energy(cost.min_cost)),
      cell("Mean energy", energy(cost.mean_energy_j)),
    ),
  );
}

function without(job) {
  return job.stage === "MAB" ? "no belief: the policy does not sample this size" : "no belief yet";
}
