// Starts the page: follows the address, keeps the view's data fresh, and shows it.

import { el, patch } from "./dom.js";
import { JobView } from "./job.js";
import { JobsView } from "./jobs.js";
import { Poll } from "./poll.js";
import { currentRoute } from "./route.js";
import { showState } from "./state.js";
import { askToken, isAsking, showSession } from "./token.js";

const content = document.getElementById("content");
let view = null;
let poll = null;
let shownFor = null; // the try whose outcome is shown
let isDeclined = false; // the reader closed the dialog for a token, and will open it again when wanted

/** Show what the address says; `isMove`: the reader went there, and wants to be at its beginning. */
function follow(isMove) {
  const route = currentRoute();
  if (view !== null && view.accepts(route)) {
    view.move(route);
    render();
    poll.now();
    return;
  }
  poll?.stop();
  view = route.name === "job" ? new JobView(route) : new JobsView(route);
  patch(content, [el("h1", {}, view.title), el("p", { class: "hint" }, "Loading…")]);
  document.title = `${view.title} · Optimizer service`;
  if (isMove) {
    content.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  poll = new Poll((signal) => view.load(signal), tried);
  poll.start();
}

function tried(asked) {
  if (asked !== poll) return;
  showState(poll, token);
  if (poll.error?.status === 401 && !isDeclined && !isAsking()) token();
  if (poll.error === null) isDeclined = false;
  if (poll.nextAt !== null && poll.nextAt !== shownFor) render();
  showSession(() => location.reload());
}

function render() {
  shownFor = poll.nextAt;
  const isGone = poll.error?.status === 404;
  if (view.data !== null && !isGone) patch(content, view.render(content.clientWidth));
  else if (poll.error !== null) patch(content, failed(poll.error));
}

function failed(error) {
  const help = {
    401: el("button", { type: "button", onclick: token }, "Enter token"),
    404: el("p", {}, el("a", { href: "#" }, "See all jobs")),
  };
  const otherwise = el("p", { class: "hint" }, "This page tries again by itself.");
  return [
    el("h1", { class: "id" }, view.title),
    el("p", { class: "wrong" }, "▲ ", error.message),
    help[error.status] ?? otherwise,
  ];
}

function token() {
  isDeclined = true;
  askToken(() => {
    isDeclined = false;
    poll.now();
  });
}

document.querySelector(".skip").onclick = (event) => {
  event.preventDefault();
  content.focus();
};
window.addEventListener("hashchange", () => follow(true));
window.addEventListener("resize", () => render());
follow(false);
