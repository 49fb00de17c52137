(function () {
  var root = document.documentElement;
  var remembered = null;
  try { remembered = localStorage.getItem("tunebook-theme"); } catch (error) { /* A file may have no storage. */ }
  if (remembered === "light" || remembered === "dark") root.dataset.theme = remembered;
  addEventListener("DOMContentLoaded", function () {
    document.getElementById("theme").addEventListener("click", function () {
      var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("tunebook-theme", root.dataset.theme); } catch (error) { /* As above. */ }
    });
  });
})();
