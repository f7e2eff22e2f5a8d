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
})();
