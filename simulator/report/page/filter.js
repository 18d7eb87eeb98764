"use strict";
// What is shown: a set of values for each of job, gpu and policy. An element that is about a job is shown with it.
const dimensions = ["job", "gpu", "policy"];
const form = document.getElementById("filters");
const boxes = [...form.querySelectorAll("input[type=checkbox]")];

function hiddenValues() {
  const hidden = Object.fromEntries(dimensions.map((name) => [name, new Set()]));
  for (const box of boxes) {
    if (!box.checked) hidden[box.name].add(box.value);
  }
  return hidden;
}

function applyFilters() {
  const hidden = hiddenValues();
  for (const element of document.querySelectorAll("main [data-job], main [data-gpu], main [data-policy]")) {
    const off = dimensions.some((name) => hidden[name].has(element.getAttribute("data-" + name)));
    element.toggleAttribute("data-off", off);
  }
  for (const table of document.querySelectorAll("main table")) {
    const rows = [...table.tBodies[0].rows];
    const nothing = table.parentElement.querySelector(".nothing");
    nothing.hidden = rows.some((row) => !row.hasAttribute("data-off"));
  }
  for (const more of document.querySelectorAll("details.more")) {
    const figures = [...more.querySelectorAll("figure")];
    more.toggleAttribute("data-off", figures.every((figure) => figure.hasAttribute("data-off")));
    unfold(more, hidden.job.size + hidden.gpu.size > 0);
  }
  for (const none of document.querySelectorAll("main .none")) {
    none.hidden = none.parentElement.querySelector("figure:not([data-off])") !== null;
  }
  document.getElementById("filtered").textContent = told();
}

// Who has chosen a job wants to see it; what was unfolded for that is folded again, unless the reader did it.
function unfold(more, chosen) {
  if (chosen === more.open || (!chosen && !more.dataset.chosen)) return;
  more.open = chosen;
  if (chosen) more.dataset.chosen = "yes";
  else delete more.dataset.chosen;
}

function told() {
  const parts = [];
  for (const name of dimensions) {
    const own = boxes.filter((box) => box.name === name);
    const shown = own.filter((box) => box.checked);
    if (shown.length === own.length) continue;
    const noun = { job: "jobs", gpu: "GPUs", policy: "policies" }[name];
    parts.push(`${shown.length} of ${own.length} ${noun}`);
  }
  // Findings and captions are sentences about all that was compared; they stay as they are.
  return parts.length ? `${parts.join(", ")} in tables and figures; sentences are about all` : "everything is shown";
}

function setAll(fieldset, checked) {
  for (const box of fieldset.querySelectorAll("input")) box.checked = checked;
  applyFilters();
  writeHash();
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => {
  applyFilters();
  writeHash();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) setAll(button.closest("fieldset"), button.hasAttribute("data-all"));
});
