// Does to the picture what a reader does, and notes what came of it where the test finds it.
(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); }, said = [];
  var name = function (g) { return g.querySelector("text").dataset.name; };
  var of = function (wanted) {
    return Array.prototype.filter.call(document.querySelectorAll(".f"), function (g) { return name(g) === wanted; })[0];
  };
  var key = function (key) {
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true }));
    return name(document.activeElement);
  };
  var shown = function (wanted) { return !of(wanted).classList.contains("hidden"); };
  byId("search").value = "SLOW";
  byId("search").dispatchEvent(new Event("input"));
  said.push("search: " + byId("found").textContent);
  of("main").focus();
  said.push("down: " + key("ArrowDown"), "right: " + key("ArrowRight"));
  key("Enter");
  said.push("zoomed: " + Math.round(of("quick").querySelector("rect").getAttribute("width")) + ", slow " + shown("slow"));
  said.push("up: " + key("ArrowUp"));
  key("Escape");
  said.push("whole: slow " + shown("slow") + ", '" + byId("found").textContent + "'");
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "/" }));
  said.push("slash: " + document.activeElement.id);
  document.documentElement.setAttribute("data-said", said.join("; "));
}());
