// Where a job's policy stands, in a word and in a sentence.

import { el } from "./dom.js";

const SENTENCES = {
  Pruning: "It tries batch sizes one at a time, and leaves out those that do not reach the target or cost too much.",
  MAB: "It draws each batch size by what is believed of their costs, so that cheap ones come often.",
  Exhausted:
    "No batch size reached the target, so there is none to choose. Register a job with other sizes or another target.",
};

/** The stage of a job, one of the keys above. */
export function stageOf(job) {
  return job.exhausted ? "Exhausted" : job.stage;
}

/** A word with a shape of its own for each stage. */
export function stageMark(job) {
  const stage = stageOf(job);
  const sign = { Pruning: "◔", MAB: "●", Exhausted: "▲" }[stage] ?? "○";
  return el(
    "span",
    { class: `stage stage-${stage.toLowerCase()}` },
    el("span", { "aria-hidden": "true" }, sign),
    ` ${stage}`,
  );
}

/** What the stage means. */
export function stageSentence(job) {
  return SENTENCES[stageOf(job)] ?? "";
}
