// How fresh the data is: a line for the eye that counts seconds, and words for the ear when something changes.

import { el, patch } from "./dom.js";
import { momentText, timeText } from "./units.js";

const OLD_MS = 12000; // data of a page that is seen is renewed every few seconds; older than this is said to be old

const line = document.getElementById("state");
const announcements = document.getElementById("announcements");
let before = "";

/** Show how a poll stands; `askToken` lets the reader enter a token. */
export function showState(poll, askToken) {
  const word = stateWord(poll);
  document.documentElement.dataset.state = word;
  if (word === "live") patch(line, live(poll));
  else if (word === "waiting") patch(line, [el("p", {}, "Asking the server…")]);
  else patch(line, old(poll, askToken));
  if (word !== before) announce(word, poll);
  before = word;
}

function stateWord(poll) {
  if (poll.error !== null) return "error";
  if (poll.doneAt === null) return "waiting";
  return !document.hidden && Date.now() - poll.doneAt > OLD_MS ? "old" : "live";
}

function live(poll) {
  const seconds = Math.round((Date.now() - poll.doneAt) / 1000);
  const age = seconds < 2 ? "now" : `${timeText(seconds)} ago`;
  return [el("p", {}, el("span", { class: "lamp", "aria-hidden": "true" }, "●"), ` Live, updated ${age}`)];
}

function old(poll, askToken) {
  const isRefused = poll.error?.status === 401;
  const again = isRefused
    ? el("button", { type: "button", onclick: askToken }, "Enter token")
    : el("button", { type: "button", onclick: () => poll.now() }, "Try now");
  return [
    el(
      "p",
      {},
      el("span", { class: "lamp", "aria-hidden": "true" }, "▲"),
      " ",
      ageText(poll),
      whyText(poll),
      nextText(poll),
    ),
    again,
  ];
}

function ageText(poll) {
  if (poll.doneAt === null) return "No data yet. ";
  const seconds = Math.round((Date.now() - poll.doneAt) / 1000);
  return `Old data, of ${momentText(poll.doneAt)}, ${timeText(seconds)} ago. `;
}

function whyText(poll) {
  return poll.error === null ? "" : `${poll.error.message.replace(/[.!?]?$/, ".")} `;
}

function nextText(poll) {
  if (poll.nextAt === null) return "Trying again…";
  const seconds = Math.max(0, Math.ceil((poll.nextAt - Date.now()) / 1000));
  return seconds === 0 ? "Trying again…" : `Next try in ${timeText(seconds)}.`;
}

function announce(word, poll) {
  if (word === "live" && (before === "error" || before === "old"))
    announcements.textContent = "The data is live again.";
  if (word === "error") announcements.textContent = `${ageText(poll)}${poll.error.message}`;
}
