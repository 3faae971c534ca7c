// Uses the picture as a reader does, and records the results for the test.
(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); }, said = [];
  var name = function (g) { return g.querySelector("text").dataset.name; };
  var of = function (wanted) {
    var all = Array.prototype.slice.call(document.querySelectorAll(".f"));
    return all.filter(function (g) { return name(g).endsWith(wanted); })[0];
  };
  var key = function (key) {
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true }));
    return document.activeElement;
  };
  var shown = function (g) { return !g.classList.contains("hidden"); };
  var rounds = of("::rounds");
  byId("search").value = "Spins_25";
  byId("search").dispatchEvent(new Event("input"));
  said.push("search: " + byId("found").textContent.split(",")[0]);
  rounds.focus();
  var first = key("ArrowDown"), second = key("ArrowRight");
  said.push("down: " + (first.getAttribute("aria-level") - rounds.getAttribute("aria-level")));
  said.push("right: " + (second !== first && second.dataset.from - first.dataset.from - first.dataset.total));
  key("Enter");
  said.push("zoomed: " + Math.round(second.querySelector("rect").getAttribute("width")) + ", first " + shown(first));
  said.push("up: " + (key("ArrowUp") === rounds));
  key("Escape");
  said.push("whole: first " + shown(first) + ", '" + byId("found").textContent + "'");
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "/" }));
  said.push("slash: " + document.activeElement.id);
  document.documentElement.setAttribute("data-said", said.join("; "));
}());
