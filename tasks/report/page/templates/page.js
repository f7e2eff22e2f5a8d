"use strict";
(() => {
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

  // Opens the topics that a link of the page leads into.
  const reveal = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let topic = place?.closest("details"); topic; topic = topic.parentElement.closest("details")) topic.open = true;
    place?.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("DOMContentLoaded", reveal);
  document.addEventListener("click", ({ target }) => {
    // The address does not change where it is the same link again.
    if (target.closest('a[href^="#"]')?.hash === location.hash) reveal();
  });
})();
