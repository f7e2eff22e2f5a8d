"use strict";
(() => {
  // Sorts a table by the column whose header is pressed: once, the other way round, and as it was.
  const NEXT = { number: ["descending", "ascending", "none"], word: ["ascending", "descending", "none"] };
  // A row that lacks a column, such as that of a trial that failed, comes last, and so does what holds no number.
  const text = (row, at) => {
    const whole = row.cells.length === row.closest("table").tHead.rows[0].cells.length;
    return whole ? row.cells[at].textContent.trim() : null;
  };
  const number = (words) => {
    const found = words.replace(/,(?=\d{3})/g, "").replace("−", "-").match(/[-+]?\d*\.?\d+(e[-+]?\d+)?/i);
    return found ? Number(found[0]) : null;
  };

  const compared = (at, kind, way) => (one, other) => {
    const [a, b] = [text(one, at), text(other, at)].map((words) => (words && kind === "number" ? number(words) : words));
    if (a === null || b === null) return (a === null) - (b === null);
    const order = kind === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    return way === "descending" ? -order : order;
  };

  const sort = (header) => {
    const table = header.closest("table"), body = table.tBodies[0];
    const kind = header.classList.contains("number") ? "number" : "word";
    const ways = NEXT[kind], way = ways[(ways.indexOf(header.getAttribute("aria-sort")) + 1) % ways.length];
    for (const other of header.parentElement.cells) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", way);
    const rows = [...body.rows];
    rows.forEach((row, place) => { row.dataset.place ??= place; });
    rows.sort(way === "none" ? (a, b) => a.dataset.place - b.dataset.place : compared(header.cellIndex, kind, way));
    body.append(...rows);
  };

  const button = (header) => {
    const made = document.createElement("button");
    made.type = "button";
    made.append(...header.childNodes);
    made.addEventListener("click", () => sort(header));
    header.append(made);
    header.setAttribute("aria-sort", "none");
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const table of document.querySelectorAll("table.sortable")) {
      if (table.tBodies[0].rows.length > 1) [...table.tHead.rows[0].cells].forEach(button);
    }
  });
})();
