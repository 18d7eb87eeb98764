// One job: what it is, where it stands, what is believed, what its trials cost.

import { get } from "./api.js";
import { costsChart, costsKey } from "./costs.js";
import { el } from "./dom.js";
import { TrialHistory } from "./history.js";
import { sizesSection } from "./sizes.js";
import { facts, madeUp, registration, savedParagraph, subtitle } from "./summary.js";
import { PER_PAGE, trialsPages, trialsTable } from "./trials.js";

const DRAWN = 400; // trials in the drawing of costs
const WIDEST = 1180; // of a drawing, in pixels

export class JobView {
  constructor(route) {
    this.title = route.job;
    this.id = route.job;
    this.upto = route.upto;
    this.data = null;
    this.history = new TrialHistory(route.job);
    this.seen = ""; // the job as it was when all else was read
    this.turn = 0;
  }

  accepts(route) {
    return route.name === "job" && route.job === this.id;
  }

  move(route) {
    this.upto = route.upto;
    this.seen = "";
  }

  async load(signal) {
    const job = await get(["jobs", this.id], {}, signal);
    if (this.data !== null && this.data.job.created_at !== job.created_at) this.history.clear();
    const seen = JSON.stringify(job);
    this.turn += 1;
    if (seen === this.seen && this.turn % 5 !== 0) return;
    const last = this.last(job);
    const [arms, costs] = await Promise.all([
      get(["jobs", this.id, "arms"], {}, signal),
      get(["jobs", this.id, "costs"], {}, signal),
      this.history.refresh(Math.max(1, last - DRAWN + 1), last, signal),
    ]);
    if (this.upto !== null) await this.history.refresh(job.last_trial_number, job.last_trial_number, signal);
    this.data = { job, arms: arms.items, costs: costs.items };
    this.seen = seen;
  }

  last(job) {
    return Math.min(this.upto ?? job.last_trial_number, job.last_trial_number);
  }

  render(wide) {
    const { job, arms, costs } = this.data;
    const width = Math.max(280, Math.min(WIDEST, Math.floor(wide)));
    const newest = job.last_trial_number;
    const latest = this.history.between(newest, newest)[0] ?? null;
    return [
      el("nav", { "aria-label": "Way back", class: "back" }, el("a", { href: "#" }, "← All jobs")),
      el("h1", { class: "id", dir: "auto" }, job.job_id),
      subtitle(job),
      ...madeUp(job),
      facts(job, latest),
      savedParagraph(job),
      registration(job),
      sizesSection(job, arms, costs, width),
      ...this.trials(job, width),
    ];
  }

  trials(job, width) {
    const last = this.last(job);
    const drawn = this.history.between(Math.max(1, last - DRAWN + 1), last);
    const first = Math.max(1, last - PER_PAGE + 1);
    const listed = this.history.between(first, last);
    const sizes = job.spec.batch_sizes;
    if (last === 0 || drawn.length === 0) {
      const none = "No trial yet. The first begins when a training script asks for a batch size.";
      return [
        el(
          "section",
          { "aria-labelledby": "trials-title" },
          el("h2", { id: "trials-title" }, "Trials"),
          el("p", { class: "none" }, none),
        ),
      ];
    }
    return [
      el(
        "section",
        { "aria-labelledby": "costs-title" },
        el("h2", { id: "costs-title" }, "Cost of trials"),
        el("div", { class: "figure" }, costsChart(sizes, drawn, width)),
        costsKey(sizes, drawn),
      ),
      el(
        "section",
        { "aria-labelledby": "trials-title" },
        el("h2", { id: "trials-title" }, "Trials"),
        trialsPages(job, first, last, this.upto),
        trialsTable(job, listed, job.spec.power_policy !== null),
        listed.length > 20 && trialsPages(job, first, last, this.upto),
      ),
    ];
  }
}
