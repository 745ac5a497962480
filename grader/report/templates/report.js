"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const list = document.getElementById("grades");
  const grades = [...list.children];
  const texts = new Map();
  const fold = (text) => text.toLowerCase().replaceAll("ё", "е");
  let question = "";
  let order = "low";

  const textOf = (grade) => {
    if (!texts.has(grade)) texts.set(grade, fold(grade.textContent));
    return texts.get(grade);
  };
  const value = (name) => (form.elements[name] ? form.elements[name].value : "");
  const has = (list, item) => item === "" || ` ${list} `.includes(` ${item} `);
  const flagged = (flags, wanted) =>
    wanted === "any" ? flags !== "" : wanted === "none" ? flags === "" : has(flags, wanted);
  // Answers without a score come first: they wait for a person.
  const score = (grade) => (grade.dataset.s === "" ? -1 : Number(grade.dataset.s));
  const orders = {
    low: (a, b) => score(a) - score(b) || a.dataset.n - b.dataset.n,
    high: (a, b) => score(b) - score(a) || a.dataset.n - b.dataset.n,
    given: (a, b) => a.dataset.n - b.dataset.n,
  };

  const apply = () => {
    const words = fold(value("text")).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const grade of grades) {
      const data = grade.dataset;
      const fits = has(data.q, question) && has(data.t, value("t")) && has(data.r, value("r")) &&
        flagged(data.f, value("f")) && words.every((word) => textOf(grade).includes(word));
      grade.hidden = !fits;
      shown += fits;
    }
    if (value("order") !== order) {
      order = value("order");
      list.append(...[...grades].sort(orders[order]));
    }
    form.querySelector("output").textContent = `${shown} / ${grades.length}`;
    document.getElementById("nothing").hidden = shown > 0;
  };

  const clear = () => {
    for (const name of ["text", "t", "r", "f"]) if (form.elements[name]) form.elements[name].value = "";
    question = "";
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); clear(); apply(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href="#evidence"]');
    if (!link || !Object.keys(link.dataset).length) return;
    clear();
    for (const name of ["t", "r", "f"]) {
      if (link.dataset[name] !== undefined && form.elements[name]) form.elements[name].value = link.dataset[name];
    }
    question = link.dataset.q ?? "";
    apply();
  });

  // On paper nothing can be opened, so a short list is printed with its evidence.
  let opened = [];
  addEventListener("beforeprint", () => {
    const shown = grades.filter((grade) => !grade.hidden && !grade.open);
    opened = shown.length > 60 ? [] : shown;
    for (const grade of opened) grade.open = true;
  });
  addEventListener("afterprint", () => { for (const grade of opened) grade.open = false; });

  form.hidden = false;
  apply();
})();
