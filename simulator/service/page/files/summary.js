// A job in a few numbers, and what it was registered with.

import { el } from "./dom.js";
import { sizeLabel } from "./marks.js";
import { gist } from "./reason.js";
import { saved, savedBecause } from "./saving.js";
import { stageMark, stageSentence } from "./stage.js";
import { billText, energy, moment, number, time, unknown } from "./units.js";

/** The numbers; `latest`: the job's latest trial, null if it is not known. */
export function facts(job, latest) {
  const { counts, costs, spec } = job;
  const fact = (name, value, ...more) =>
    el(
      "div",
      { class: "fact" },
      el("dt", {}, name),
      el("dd", {}, value),
      more
        .flat()
        .filter(Boolean)
        .map((text) => el("dd", { class: "hint" }, text)),
    );
  const chosen = latest === null ? unknown("none yet") : sizeLabel(spec.batch_sizes, latest.batch_size);
  return el(
    "dl",
    { class: "facts" },
    fact("Stage", stageMark(job), stageSentence(job)),
    fact("Batch size chosen last", chosen, latest !== null && [`trial ${latest.number}`, gist(latest.reason)]),
    fact(
      "Lowest cost",
      job.min_cost === null ? unknown() : energy(job.min_cost),
      job.min_cost !== null && `of a trial that converged, with batch size ${job.min_cost_batch_size}`,
    ),
    fact(
      "Trials",
      trialsText(counts),
      `${number(counts.dispatched)} running, ${number(counts.converged)} converged, ` +
        `${number(counts.succeeded - counts.converged)} stopped, ${number(counts.failed)} failed`,
    ),
    fact("Energy used", energy(costs.energy_j), billText(costs.energy_j), "by all trials"),
    fact("Time used", time(costs.time_s), "by all trials, added up"),
    fact("Energy saved", saved(job), billText(costs.saved_j), "against the default batch size"),
    powerFact(job, latest, fact),
  );
}

function trialsText(counts) {
  return el(
    "data",
    { value: counts.dispatched + counts.succeeded + counts.failed },
    number(counts.dispatched + counts.succeeded + counts.failed),
  );
}

function powerFact({ spec }, latest, fact) {
  if (spec.power_policy === null) return null;
  const limit = latest?.power_limit_w ?? null;
  return fact(
    "Power limit chosen last",
    limit === null ? unknown("not chosen yet") : `${limit} W`,
    `by ${spec.power_policy}, of ${spec.power_limits_w.join(", ")} W per GPU`,
  );
}

/** How the energy saved was computed, with the numbers. */
export function savedParagraph(job) {
  return el("p", { class: "because" }, el("b", {}, "Energy saved: "), savedBecause(job));
}

/** What the job was registered with, folded away. */
export function registration(job) {
  const { spec } = job;
  const isShown = ([name, value]) =>
    name !== "job_id" && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
  const entry = ([name, value]) => [
    el("dt", {}, name),
    el("dd", {}, Array.isArray(value) ? value.join(", ") : String(value)),
  ];
  return el(
    "details",
    { class: "help" },
    el("summary", {}, "What it was registered with"),
    el(
      "p",
      { class: "hint" },
      "Registered ",
      moment(job.created_at),
      "; results told to the policy: ",
      number(job.n_observed),
    ),
    el("dl", { class: "spec" }, Object.entries(spec).filter(isShown).map(entry)),
  );
}

/** How much of a job's history nobody ran, in a line for each kind; nothing for a job that lived through it all. */
export function madeUp({ counts }) {
  const all = number(counts.dispatched + counts.succeeded + counts.failed);
  const line = (word, n) => n > 0 && el("p", { class: "made-up" }, `${word} history: ${number(n)} of ${all} trials`);
  return [line("SYNTHETIC", counts.synthetic), line("PREDICTED", counts.predicted)].filter(Boolean);
}

/** What is trained, in a line. */
export function subtitle({ spec }) {
  const trained = [spec.network, spec.dataset, spec.optimizer].filter(Boolean).join(" · ");
  const gpus = `${spec.n_gpus} × ${spec.gpu}`;
  return el(
    "p",
    { class: "lead" },
    [trained, gpus, `policy ${spec.policy}`, `default batch size ${spec.default_batch_size}`]
      .filter(Boolean)
      .join(" · "),
  );
}
