// Zooms, searches and walks the flame graph. Without it the picture shows all, and nothing moves.
(function () {
  "use strict";
  var flame = document.getElementById("flame");
  var items = Array.prototype.slice.call(flame.querySelectorAll(".f"));
  var number = function (of, name) { return parseFloat(of.dataset[name]); };
  var all = Math.max(number(flame, "all"), 1), left = number(flame, "left");
  var width = number(flame, "width"), letter = number(flame, "letter");
  var search = document.getElementById("search"), found = document.getElementById("found");
  var nodes = items.map(function (g) {
    return {
      g: g, rect: g.querySelector("rect"), text: g.querySelector("text"), from: number(g, "from"),
      total: number(g, "total"), level: parseInt(g.getAttribute("aria-level"), 10),
      name: g.querySelector("text").dataset.name, about: g.querySelector("title").textContent.toLowerCase()
    };
  });
  var shown = { from: 0, total: all, level: 0 };

  function fitting(name, room) {
    var letters = Array.from(name), fit = Math.floor((room - 6) / letter);
    if (fit < 3) { return ""; }
    return fit >= letters.length ? name : letters.slice(0, fit - 1).join("") + "…";
  }

  function inside(node) {
    return node.from >= shown.from && node.from + node.total <= shown.from + shown.total && node.level >= shown.level;
  }

  function around(node) {
    return node.from <= shown.from && node.from + node.total >= shown.from + shown.total && node.level < shown.level;
  }

  function draw() {
    nodes.forEach(function (node) {
      var outer = around(node), visible = outer || inside(node);
      node.g.classList.toggle("hidden", !visible);
      node.g.classList.toggle("around", outer);
      if (!visible) { return; }
      var x = outer ? left : left + (node.from - shown.from) / shown.total * width;
      var w = outer ? width : node.total / shown.total * width;
      node.rect.setAttribute("x", x.toFixed(2));
      node.rect.setAttribute("width", Math.max(w, 0.3).toFixed(2));
      node.text.setAttribute("x", (x + 3).toFixed(2));
      node.text.textContent = fitting(node.name, w);
    });
  }

  function zoom(node) {
    shown = node ? node : { from: 0, total: all, level: 0 };
    draw();
  }

  function focus(node) {
    if (!node) { return; }
    nodes.forEach(function (other) { other.g.setAttribute("tabindex", other === node ? "0" : "-1"); });
    node.g.focus();
  }

  function visible(node) { return !node.g.classList.contains("hidden"); }

  function find() {
    var wanted = search.value.trim().toLowerCase(), sum = 0, end = -1, hits = 0;
    nodes.forEach(function (node) {
      var hit = wanted !== "" && node.about.indexOf(wanted) >= 0;
      node.g.classList.toggle("hit", hit);
      if (!hit) { return; }
      hits += 1;
      if (node.from >= end) { sum += node.total; end = node.from + node.total; } // a function inside a hit counts once
    });
    found.textContent = wanted === "" ? "" : hits + " found, " + (100 * sum / all).toFixed(1) + " %";
  }

  function near(node, key) {
    var level = nodes.filter(function (other) { return visible(other) && other.level === node.level; });
    var place = level.indexOf(node);
    switch (key) {
      case "ArrowLeft": return level[place - 1];
      case "ArrowRight": return level[place + 1];
      case "ArrowUp": return nodes.filter(function (other) {
        return other.level === node.level - 1 && other.from <= node.from && other.from + other.total >= node.from + node.total;
      })[0];
      case "ArrowDown": return nodes.filter(function (other) {
        return other.level === node.level + 1 && other.from >= node.from && other.from + other.total <= node.from + node.total;
      })[0];
      case "Home": return nodes.filter(visible)[0];
      case "End": return nodes.filter(visible).pop();
      default: return null;
    }
  }

  nodes.forEach(function (node) {
    node.g.addEventListener("click", function () { focus(node); zoom(node); });
    node.g.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { zoom(node); event.preventDefault(); return; }
      if (event.key.indexOf("Arrow") === 0 || event.key === "Home" || event.key === "End") {
        focus(near(node, event.key));
        event.preventDefault();
      }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { search.value = ""; find(); zoom(null); }
    if (event.key === "/" && event.target !== search) { search.focus(); event.preventDefault(); }
  });
  search.addEventListener("input", find);
  search.addEventListener("keydown", function (event) {
    if (event.key === "Enter") {
      focus(nodes.filter(function (node) { return visible(node) && node.g.classList.contains("hit"); })[0]);
    }
  });
  document.getElementById("whole").addEventListener("click", function () { zoom(null); });
  document.getElementById("tools").classList.remove("hidden");
}());
