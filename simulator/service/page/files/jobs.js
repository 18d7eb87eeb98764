// The list of jobs: found by how their ids begin, a page at a time.

import { get } from "./api.js";
import { el, keyed } from "./dom.js";
import { showEmpty } from "./empty.js";
import { jobAddress, listAddress } from "./route.js";
import { saved, savedHelp } from "./saving.js";
import { stageMark } from "./stage.js";
import { madeUp } from "./summary.js";
import { dash, energy, number } from "./units.js";

const PER_PAGE = 25;
const TYPING_MS = 300;

export class JobsView {
  constructor(route) {
    this.title = "Jobs";
    this.data = null;
    this.earlier = []; // where the pages before this one begin
    this.typing = null;
    this.route = route;
  }

  accepts(route) {
    return route.name === "jobs";
  }

  move(route) {
    const isOther = route.find !== this.route.find || route.stage !== this.route.stage;
    if (isOther) this.earlier = [];
    else if (route.after !== this.route.after && this.earlier.at(-1) === route.after) this.earlier.pop();
    else if (route.after !== this.route.after) this.earlier.push(this.route.after);
    this.route = route;
  }

  async load(signal) {
    const { find, stage, after } = this.route;
    this.data = await get(["jobs"], { limit: PER_PAGE, prefix: find, stage, after }, signal);
  }

  render() {
    const { find, stage, after } = this.route;
    const { items } = this.data;
    const isAll = find === "" && stage === "" && after === "";
    if (items.length === 0 && isAll) return [el("h1", {}, "Jobs"), ...showEmpty()];
    return [
      el("h1", {}, "Jobs"),
      this.search(),
      items.length === 0
        ? el("p", { class: "none" }, "No job is like this. ", el("a", { href: "#" }, "See all jobs"))
        : table(items),
      this.pages(),
      savedHelp(),
    ];
  }

  search() {
    const { find, stage } = this.route;
    const go = (changes) => location.replace(listAddress({ find, stage, ...changes }));
    const typed = (event) => {
      clearTimeout(this.typing);
      const text = event.target.value;
      this.typing = setTimeout(() => go({ find: text }), TYPING_MS);
    };
    const option = (value, text) => el("option", { value, selected: value === stage }, text);
    return el(
      "form",
      { class: "search", role: "search", "aria-label": "Jobs", onsubmit: (event) => event.preventDefault() },
      el(
        "p",
        {},
        el("label", { for: "find" }, "Id begins with"),
        el("input", {
          id: "find",
          type: "search",
          value: find,
          autocomplete: "off",
          spellcheck: "false",
          oninput: typed,
        }),
      ),
      el(
        "p",
        {},
        el("label", { for: "stage" }, "Stage"),
        el(
          "select",
          { id: "stage", onchange: (event) => go({ stage: event.target.value }) },
          option("", "all"),
          option("Pruning", "Pruning"),
          option("MAB", "MAB"),
        ),
      ),
    );
  }

  pages() {
    const { find, stage, after } = this.route;
    const { next } = this.data;
    if (next === null && after === "") return null;
    const link = (to, text, rel) => el("a", { href: listAddress({ find, stage, after: to }), rel }, text);
    return el(
      "nav",
      { class: "pages", "aria-label": "Pages of jobs" },
      after !== "" && link(this.earlier.at(-1) ?? "", this.earlier.length > 0 ? "← Previous" : "← First", "prev"),
      next !== null && link(String(next), "Next →", "next"),
    );
  }
}

function table(items) {
  const head = [
    "Job",
    "Stage",
    "Running",
    "Converged",
    "Stopped",
    "Failed",
    "Lowest cost",
    "Energy used",
    "Energy saved",
  ];
  const heading = (text, i) => el("th", { scope: "col", role: "columnheader", class: i > 1 ? "number" : null }, text);
  return el(
    "table",
    { class: "cards", role: "table" },
    el(
      "caption",
      {},
      "Trials: ",
      el("b", {}, "converged"),
      " reached the target, ",
      el("b", {}, "stopped"),
      " reported to the end without reaching it, ",
      el("b", {}, "failed"),
      " were ended or lost.",
    ),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head.map(heading))),
    el("tbody", { role: "rowgroup" }, items.map(row)),
  );
}

function row(job) {
  const { counts, costs, spec } = job;
  const cell = (label, ...children) => el("td", { role: "cell", class: "number", "data-label": label }, children);
  const what = [spec.gpu, spec.n_gpus > 1 ? ` × ${spec.n_gpus}` : "", `, ${spec.policy}`];
  return keyed(
    `${job.job_id}\n${job.created_at}`,
    el(
      "tr",
      { role: "row", "data-job": job.job_id },
      el(
        "th",
        { scope: "row", role: "rowheader" },
        el("a", { href: jobAddress(job.job_id), class: "id", dir: "auto" }, job.job_id),
        el("span", { class: "hint" }, what),
        madeUp(job),
      ),
      el("td", { role: "cell", "data-label": "Stage" }, stageMark(job)),
      cell("Running", number(counts.dispatched)),
      cell("Converged", number(counts.converged)),
      cell("Stopped", number(counts.succeeded - counts.converged)),
      cell("Failed", number(counts.failed)),
      cell("Lowest cost", lowest(job)),
      cell("Energy used", energy(costs.energy_j)),
      cell("Energy saved", saved(job)),
    ),
  );
}

function lowest(job) {
  if (job.min_cost === null) return dash("not known yet");
  return [energy(job.min_cost), el("span", { class: "hint" }, `size ${job.min_cost_batch_size}`)];
}
