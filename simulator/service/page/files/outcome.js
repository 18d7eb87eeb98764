// What a trial came to, in a word of this page, a sign, and a sentence.

import { el } from "./dom.js";

const SIGNS = { running: "▶", converged: "●", stopped: "■", failed: "✕" };

const ENDINGS = {
  ended: "ended by its client",
  expired: "lost: it was silent for longer than its lease",
  recorded: "recorded elsewhere",
};

const ORIGINS = { synthetic: "SYNTHETIC: nobody ran it", predicted: "PREDICTED, at least in part" };
const UNTOLD = "entered, nobody said from what";

/** `word`: running, converged, stopped or failed; `detail`: how it ended, if that is worth a word. */
export function outcomeOf(trial) {
  const entered = trial.origin === "unknown" ? UNTOLD : ORIGINS[trial.origin];
  const detail = entered ?? ENDINGS[trial.ending] ?? "";
  if (trial.status === "Dispatched") return { word: "running", detail };
  if (trial.status === "Failed") return { word: "failed", detail };
  return { word: trial.converged ? "converged" : "stopped", detail };
}

/** The outcome as it stands in a table. */
export function outcomeMark(trial) {
  const { word, detail } = outcomeOf(trial);
  return [
    el("span", { class: `outcome outcome-${word}` }, el("span", { "aria-hidden": "true" }, SIGNS[word]), ` ${word}`),
    detail !== "" && el("span", { class: "hint" }, detail),
  ];
}
