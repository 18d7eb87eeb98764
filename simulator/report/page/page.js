// The address keeps what is shown, so that a link shows the same: #policy=gts&policy=ucb&sort=table,3,ascending
let place = "";

function writeHash() {
  const words = new URLSearchParams();
  for (const name of dimensions) {
    const own = boxes.filter((box) => box.name === name);
    const shown = own.filter((box) => box.checked);
    if (shown.length === own.length) continue;
    for (const box of shown) words.append(name, box.value);
    if (!shown.length) words.append(name, "");
  }
  for (const sorting of sortings()) words.append("sort", sorting);
  const state = words.toString();
  if (place && state) words.append("at", place);
  const hash = words.toString() || place;
  history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
}

function readHash() {
  const hash = location.hash.slice(1);
  const words = hash.includes("=") ? new URLSearchParams(hash) : new URLSearchParams();
  place = hash.includes("=") ? words.get("at") ?? "" : hash;
  for (const name of dimensions) {
    const wanted = words.getAll(name);
    for (const box of boxes) {
      if (box.name === name) box.checked = !wanted.length || wanted.includes(box.value);
    }
  }
  applyFilters();
  for (const sorting of words.getAll("sort")) {
    const [id, column, direction] = sorting.split(",");
    const table = document.getElementById(id);
    if (table?.tHead?.rows[0].cells[Number(column)]) {
      sortTable(table, Number(column), direction === "descending" ? "descending" : "ascending");
    }
  }
  const target = place && document.getElementById(place);
  if (!target) return;
  for (let each = target.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  if (hash.includes("=")) target.scrollIntoView({ behavior: "instant" });
}

// Links within the page keep the filters.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!target) return;
  event.preventDefault();
  place = target.id;
  writeHash();
  target.scrollIntoView();
  target.focus({ preventScroll: true });
});

// On paper, nothing is folded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of folded) each.open = false;
});

// Details wait until they are asked for; without this script, and on paper, they are all there.
for (const each of document.querySelectorAll("details.folded")) each.open = false;
document.documentElement.classList.add("js");
addEventListener("hashchange", readHash);
readHash();
