// The trials of a job that were read so far. Those that ended are not asked for again at each turn.

import { get } from "./api.js";

const PER_REQUEST = 200;
const TURNS = 10; // after so many, all that is shown is read anew: a trial taken for lost may have come back

export class TrialHistory {
  constructor(jobId) {
    this.jobId = jobId;
    this.trials = new Map();
    this.turn = 0;
  }

  /** Forget everything: the job is another one under the same id. */
  clear() {
    this.trials.clear();
  }

  /** Read what is missing, or may have changed, of trials `first` to `last`. */
  async refresh(first, last, signal) {
    this.turn += 1;
    let number = this.turn % TURNS === 0 ? first : this.firstUnsettled(first, last);
    while (number <= last) {
      const limit = Math.min(PER_REQUEST, last - number + 1);
      const { items } = await get(["jobs", this.jobId, "trials"], { after: number - 1, limit }, signal);
      for (const trial of items) this.trials.set(trial.number, trial);
      if (items.length < limit) break;
      number = items.at(-1).number + 1;
    }
  }

  firstUnsettled(first, last) {
    for (let number = first; number <= last; number += 1) {
      const trial = this.trials.get(number);
      if (trial === undefined || trial.status === "Dispatched") return number;
    }
    return last + 1;
  }

  /** Those of trials `first` to `last` that there are, ascending. */
  between(first, last) {
    const found = [];
    for (let number = first; number <= last; number += 1) {
      const trial = this.trials.get(number);
      if (trial !== undefined) found.push(trial);
    }
    return found;
  }
}
