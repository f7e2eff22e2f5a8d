"use strict";
(() => {
  // Draws the figures in the colours of the page, again when these change, and on the width of the paper when printed.
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // Stands in the figures for the colour of text, which only the page knows.
  const INK = "#010203";
  const inked = (value, ink) => {
    if (value === INK) return ink;
    if (Array.isArray(value)) return value.map((each) => inked(each, ink));
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inked(each, ink)]));
  };

  const themed = (layout) => {
    const [ink, grid, line, raised] = ["ink", "grid", "line", "raised"].map(colour);
    const dressed = inked(layout, ink);
    dressed.paper_bgcolor = dressed.plot_bgcolor = "rgba(0,0,0,0)";
    dressed.font = { color: ink, size: 12, family: getComputedStyle(document.body).fontFamily };
    dressed.hoverlabel = { bgcolor: raised, bordercolor: line, font: { color: ink }, align: "left" };
    for (const key of Object.keys(dressed).filter((name) => /^[xy]axis/.test(name))) {
      Object.assign(dressed[key], { gridcolor: grid, linecolor: line, zerolinecolor: ink, showline: true });
    }
    return dressed;
  };

  const read = (place) => JSON.parse(place.querySelector("script").textContent);
  const places = () => [...document.querySelectorAll(".drawing")];
  const options = { displayModeBar: false, responsive: true };

  const draw = async (place) => {
    const { data, layout } = read(place);
    const target = place.querySelector(".axes");
    await Plotly.react(target, inked(data, colour("ink")), themed(layout), options);
    target.dataset.drawn = "yes";
  };

  const drawAll = async () => {
    for (const place of places()) {
      await draw(place);
      // The page answers between two figures.
      await new Promise((resolve) => setTimeout(resolve));
    }
    document.body.dataset.drawn = String(places().length);
  };

  document.addEventListener("DOMContentLoaded", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  const printed = matchMedia("print");
  const refit = () => places().forEach((place) => {
    draw(place);
    Plotly.relayout(place.querySelector(".axes"), { width: place.clientWidth || undefined });
  });
  printed.addEventListener("change", refit);
  addEventListener("beforeprint", refit);
  addEventListener("afterprint", () => places().forEach((place) => {
    draw(place).then(() => Plotly.relayout(place.querySelector(".axes"), { width: undefined, autosize: true }));
  }));

  // Shows a picture larger, and with the arrow keys the others of its gallery.
  const dialog = () => document.querySelector("dialog.larger");
  let shown = null;
  const enlarge = (button) => {
    const figure = button.closest("figure");
    const parts = [button.firstElementChild, figure.querySelector("figcaption")].map((part) => part.cloneNode(true));
    dialog().querySelector("h4").textContent = button.closest(".gallery").dataset.title;
    dialog().querySelector("figure").replaceChildren(...parts);
    shown = button;
    if (!dialog().open) dialog().showModal();
  };
  const turn = (by) => {
    const all = [...shown.closest(".gallery").querySelectorAll(".enlarge")];
    enlarge(all[(all.indexOf(shown) + by + all.length) % all.length]);
  };
  document.addEventListener("click", ({ target }) => {
    if (target.closest(".enlarge")) enlarge(target.closest(".enlarge"));
    else if (target.matches(".turn")) turn(Number(target.value));
    else if (target === dialog()) dialog().close();
  });
  document.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by && dialog().open) turn(by);
  });
  document.addEventListener("DOMContentLoaded", () => dialog().addEventListener("close", () => shown.focus()));
})();
