"use strict";
(() => {
  // What another threshold would bring.
  const moveTo = (figure, place) => {
    const steps = JSON.parse(figure.dataset.steps), step = steps[place];
    const [input, chosen] = [figure.querySelector("input"), Number(figure.dataset.chosen)];
    input.value = place;
    figure.style.setProperty("--at", place / (steps.length - 1));
    for (const shown of figure.querySelectorAll("[data-is]")) shown.textContent = step[shown.dataset.is];
    figure.querySelector(".as-chosen").hidden = place !== chosen;
    figure.querySelector(".moved").hidden = place === chosen;
    input.setAttribute("aria-valuetext", `${step[0]}: recall ${step[1]}, precision ${step[2]}, false alarms ${step[3]}, of 100 each`);
  };
  document.addEventListener("input", ({ target }) => {
    if (target.matches(".threshold input")) moveTo(target.closest("figure"), Number(target.value));
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.matches(".threshold .back")) return;
    const figure = target.closest("figure");
    moveTo(figure, Number(figure.dataset.chosen));
    figure.querySelector("input").focus();
  });

  // The map: what is nearest to the pointer, or with the arrow keys the images that are called another class.
  const SIDE = 40, SHOWN = 96;
  const read = (field) => {
    const { points, ids, names, row } = field.closest("figure").dataset;
    field.map ??= { points: JSON.parse(points), ids: JSON.parse(ids), names: JSON.parse(names), row: Number(row) };
    return field.map;
  };
  const show = (field, place) => {
    const { points, ids, names, row } = read(field), [x, y, label, called, score] = points[place];
    const [ring, tip] = [field.querySelector(":scope > i"), field.querySelector(".tip")];
    const [image, told] = [tip.querySelector("img"), tip.querySelector(".told")];
    field.shown = place;
    ring.style.left = `${x / 10}%`;
    ring.style.top = `${y / 6}%`;
    const scale = SHOWN / SIDE;
    image.style.transform = `translate(${-(place % row) * SHOWN}px, ${-Math.floor(place / row) * SHOWN}px) scale(${scale})`;
    const is = label === called ? `is ${names[label]}` : `is ${names[label]}, called ${names[called]}`;
    told.textContent = `${is}\nscore ${score}\n${ids[place]}`;
    ring.hidden = tip.hidden = false;
    const [left, top] = [(x / 1000) * field.clientWidth, (y / 600) * field.clientHeight];
    tip.style.left = `${Math.max(0, Math.min(left + 14, field.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${top > field.clientHeight / 2 ? top - tip.offsetHeight - 14 : top + 14}px`;
  };
  const hide = (field) => field.querySelectorAll(".tip, :scope > i").forEach((part) => { part.hidden = true; });
  const NEAR = 24;
  const pointed = (field, { clientX, clientY }) => {
    const box = field.getBoundingClientRect();
    const far = ([x, y]) => Math.hypot((x / 1000) * box.width - clientX + box.left, (y / 600) * box.height - clientY + box.top);
    const all = read(field).points.map(far), least = Math.min(...all);
    if (least <= NEAR) show(field, all.indexOf(least));
    else hide(field);
  };
  for (const kind of ["pointermove", "pointerdown"]) {
    document.addEventListener(kind, (event) => {
      const field = event.target.closest?.(".field");
      if (field) pointed(field, event);
    });
  }
  document.addEventListener("pointerout", ({ target, relatedTarget, pointerType }) => {
    const field = target.closest?.(".field");
    if (field && pointerType === "mouse" && !field.contains(relatedTarget)) hide(field);
  });
  // Where it was shown may be outside by then.
  addEventListener("resize", () => document.querySelectorAll(".field").forEach(hide));
  document.addEventListener("focusout", ({ target }) => target.matches(".field") && hide(target));
  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.target.matches(".field")) return;
    event.preventDefault();
    const { points } = read(event.target), wrong = points.flatMap(([, , label, called], at) => (label === called ? [] : [at]));
    const at = wrong.indexOf(event.target.shown);
    if (wrong.length) show(event.target, wrong[at < 0 ? 0 : (at + by + wrong.length) % wrong.length]);
  });
})();
