// Why a trial has its batch size: the first sentence at once, the rest for those who want the numbers.

import { el } from "./dom.js";
import { dash } from "./units.js";

const LONG = 90; // letters; shorter reasons are shown whole

/** The first sentence, or clause. */
export function gist(reason) {
  const end = reason.search(/[.;] /);
  return reason.length <= LONG || end < 0 ? reason : reason.slice(0, end + 1);
}

/** The reason as it stands in a table. */
export function reasonText(reason) {
  if (reason === "") return dash("nothing said");
  const first = gist(reason);
  if (first === reason) return reason;
  return el("details", { class: "reason" }, el("summary", {}, first), " ", reason.slice(first.length + 1));
}
