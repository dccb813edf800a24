"use strict";
// Sorting and filtering of tables; without this script they are plain tables.
(function () {
  function keyOf(row, column) {
    const cell = row.cells[column];
    return cell.hasAttribute("data-key") ? cell.getAttribute("data-key") : cell.textContent.trim();
  }
  function compare(a, b, asNumber) {
    if (asNumber) {
      const x = parseFloat(a), y = parseFloat(b);
      if (Number.isNaN(x) || Number.isNaN(y)) return null;
      return x - y;
    }
    return a.localeCompare(b, "en", { numeric: true });
  }
  function sort(table, column, head) {
    const rising = head.getAttribute("aria-sort") !== "ascending";
    const asNumber = head.getAttribute("data-sort") === "number";
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map((row, place) => ({ row, place, key: keyOf(row, column) }));
    const blank = (item) => item.key === "" || (asNumber && Number.isNaN(parseFloat(item.key)));
    rows.sort((a, b) => {
      if (blank(a) || blank(b)) return blank(a) - blank(b) || a.place - b.place;
      const order = compare(a.key, b.key, asNumber);
      return (rising ? order : -order) || a.place - b.place;
    });
    for (const item of rows) body.append(item.row);
    for (const other of table.tHead.querySelectorAll("th[data-sort]")) {
      other.setAttribute("aria-sort", "none");
    }
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  }
  function makeSortable(table) {
    for (const head of table.tHead.querySelectorAll("th[data-sort]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      if (!head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(table, head.cellIndex, head));
    }
  }
  // A word of the filter: any text, or a column's name with ":" (begins with), "<" or ">".
  function readWord(word, columns, texts) {
    const parts = /^([^:<>]+)(:|[<>]=?)(.*)$/.exec(word);
    const column = parts && columns.get(parts[1]);
    if (column === undefined || column === null) return (row) => texts.get(row).includes(word);
    const wanted = parts[3], limit = parseFloat(wanted);
    if (parts[2] === ":") {
      return (row) => keyOf(row, column).toLowerCase().split("+").some((key) => key.startsWith(wanted));
    }
    if (Number.isNaN(limit)) return () => true;
    return (row) => {
      const value = parseFloat(keyOf(row, column));
      if (parts[2].endsWith("=") && value === limit) return true;
      return parts[2][0] === "<" ? value < limit : value > limit;
    };
  }
  function makeFilter(bar) {
    const table = document.getElementById(bar.getAttribute("data-for"));
    const field = bar.querySelector("input[type=search]");
    const flag = bar.querySelector("input[type=checkbox]");
    const told = bar.querySelector("output");
    const rows = Array.from(table.tBodies[0].rows);
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    // Of several columns of one name the first is meant: a Map keeps the last it is given.
    const columns = new Map(Array.from(table.tHead.querySelectorAll("th[data-name]")).reverse()
      .map((head) => [head.getAttribute("data-name"), head.cellIndex]));
    function apply() {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const tests = words.map((word) => readWord(word, columns, texts));
      let shown = 0;
      for (const row of rows) {
        const fits = tests.every((test) => test(row)) &&
          (!flag || !flag.checked || row.hasAttribute("data-flag"));
        row.hidden = !fits;
        shown += fits;
      }
      told.textContent = shown + " of " + rows.length + " shown";
    }
    // A long table takes a while to lay out anew: once for a word, not for each of its letters.
    let waiting = 0;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      if (rows.length <= 1000) apply();
      else waiting = setTimeout(apply, 200);
    });
    if (flag) flag.addEventListener("change", apply);
    bar.hidden = false;
    apply();
  }
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll(".filter").forEach(makeFilter);
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((item) => { item.open = true; });
  });
})();
