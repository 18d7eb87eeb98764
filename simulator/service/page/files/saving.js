// Energy saved against the default batch size, and how that is computed: in the open, since it is an estimate.

import { el } from "./dom.js";
import { energyText, number, shareText, unknown } from "./units.js";

/** What a job saved [J], with its share; words as long as it is not known. */
export function saved(job) {
  const { saved_j: savedJ } = job.costs;
  if (savedJ === null) return unknown();
  return [
    el("data", { value: savedJ, class: savedJ < 0 ? "loss" : "gain" }, energyText(savedJ)),
    el("span", { class: "hint" }, shareOf(job)),
  ];
}

function shareOf({ counts, costs }) {
  const wouldBe = counts.converged * costs.default_energy_j;
  return wouldBe > 0 ? shareText(costs.saved_j / wouldBe) : "";
}

/** How the number came about, with this job's numbers. */
export function savedBecause(job) {
  const { counts, costs, spec } = job;
  const size = spec.default_batch_size;
  if (costs.saved_j === null) {
    const why = `no trial of the default batch size ${size} has converged, so there is nothing to compare with`;
    return `Not known yet: ${why}.`;
  }
  const wouldBe = counts.converged * costs.default_energy_j;
  const ofDefault = costs.n_default === 1 ? "one converged trial" : `${number(costs.n_default)} converged trials`;
  return (
    `Converged trials: ${number(counts.converged)}. With the default batch size ${size} they would have used ` +
    `${number(counts.converged)} × ${energyText(costs.default_energy_j)} = ${energyText(wouldBe)}; that is the mean ` +
    `of ${ofDefault} of that size. All ended trials, those that were stopped, failed or explored as well, used ` +
    `${energyText(wouldBe - costs.saved_j)}.` +
    (costs.saved_j < 0 ? " So far the search has cost more than it gained." : "") +
    (costs.n_default < 5 ? " The mean of so few is uncertain." : "")
  );
}

/** How it is computed, for the list. */
export function savedHelp() {
  return el(
    "details",
    { class: "help" },
    el("summary", {}, "How is «energy saved» computed?"),
    el(
      "p",
      {},
      "Each trial that converged stands for one that the default batch size would have needed anyway. So the " +
        "number of converged trials, times the mean energy of the default's converged trials, is what the default " +
        "would have used. From this the energy of all ended trials is taken away, also of those that explored, " +
        "were stopped, or failed.",
    ),
    el(
      "p",
      {},
      "It is an estimate: the default's mean rests on the trials that there are, and without any it is not known. " +
        "A minus says that the search has cost more than it gained so far. The percentage is of what the default " +
        "would have used.",
    ),
  );
}
