// Tables: a click on a heading sorts by its column; numbers as numbers, missing ones last.
function keyOf(row, column) {
  const cell = row.cells[column];
  return cell.classList.contains("number") ? Number(cell.dataset.key ?? NaN) : cell.textContent.trim();
}

function compareKeys(one, other, sign) {
  if (typeof one === "string") return sign * one.localeCompare(other, "en", { numeric: true });
  if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other);
  return sign * (one - other);
}

function sortTable(table, column, direction) {
  const sign = direction === "descending" ? -1 : 1;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
  rows.sort(([one], [other]) => (one === other ? 0 : compareKeys(one, other, sign)));
  body.append(...rows.map(([, row]) => row));
  for (const [i, heading] of [...table.tHead.rows[0].cells].entries()) {
    if (i === column) heading.setAttribute("aria-sort", direction);
    else heading.removeAttribute("aria-sort");
  }
}

function sortings() {
  return [...document.querySelectorAll("th[aria-sort]")].map((heading) =>
    [heading.closest("table").id, heading.cellIndex, heading.getAttribute("aria-sort")].join(","));
}

document.querySelector("main").addEventListener("click", (event) => {
  const button = event.target.closest("button.sort");
  if (!button) return;
  const heading = button.closest("th");
  const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  sortTable(heading.closest("table"), heading.cellIndex, direction);
  writeHash();
});
