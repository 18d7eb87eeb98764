// Asks the reader for a bearer token when the service wants one.

import { hasToken, keepToken } from "./api.js";
import { el, patch } from "./dom.js";

const dialogs = document.getElementById("dialogs");
const session = document.getElementById("session");

/** Open the dialog; `entered` is called once a token is kept. */
export function askToken(entered) {
  const isWrong = hasToken();
  const submit = (event) => {
    event.preventDefault();
    const token = dialogs.querySelector("input").value.trim();
    if (token === "") return;
    keepToken(token);
    dialogs.querySelector("dialog").close();
    entered();
  };
  patch(dialogs, [asked(isWrong, submit)]);
  const dialog = dialogs.querySelector("dialog");
  dialog.querySelector("input").value = "";
  if (!dialog.open) dialog.showModal();
}

function asked(isWrong, submit) {
  const close = () => dialogs.querySelector("dialog").close();
  return el(
    "dialog",
    { "aria-labelledby": "token-title" },
    el(
      "form",
      { onsubmit: submit },
      el("h2", { id: "token-title" }, "This service wants a token"),
      isWrong &&
        el(
          "p",
          { class: "wrong", id: "token-wrong", role: "alert" },
          "▲ The token was refused. Check it, and try again.",
        ),
      el("label", { for: "token" }, "Bearer token"),
      el("input", {
        id: "token",
        type: "password",
        autocomplete: "off",
        spellcheck: "false",
        required: true,
        "aria-describedby": isWrong ? "token-wrong token-help" : "token-help",
      }),
      el(
        "p",
        { class: "hint", id: "token-help" },
        "One of those in the server's --token-file. It is kept in this tab, until the tab is closed.",
      ),
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "submit", class: "main" }, "Use token"),
        el("button", { type: "button", onclick: close }, "Not now"),
      ),
    ),
  );
}

/** Whether the dialog is open. */
export function isAsking() {
  return dialogs.querySelector("dialog")?.open ?? false;
}

/** Offer to forget the token, if one is kept. */
export function showSession(forgotten) {
  const forget = () => {
    keepToken(null);
    forgotten();
  };
  patch(session, hasToken() ? [el("button", { type: "button", onclick: forget }, "Forget token")] : []);
}
