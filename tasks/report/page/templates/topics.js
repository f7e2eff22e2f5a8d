"use strict";
(() => {
  // Opens the topics that a link of the page leads into.
  const reveal = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    for (let topic = place.closest("details"); topic; topic = topic.parentElement.closest("details")) topic.open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("DOMContentLoaded", reveal);
  document.addEventListener("click", ({ target }) => {
    const link = target.closest('a[href^="#"]');
    // The address does not change where it is the same link again.
    if (link && link.hash === location.hash) reveal();
  });

  // Opens all that is folded on paper, and folds it again.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));
})();
