// Puts the page together.

byId("program").textContent = data.program;
byId("about").textContent = data.about;
document.querySelector(".skip").addEventListener("click", jump("flame"));
readAddress();
setUpTheme();
setUpFindings();
setUpFilters();
setUpSource();
setUpTables();
setUpCharts();
setUpFlame();
byId("options").open = innerWidth >= WIDE && innerHeight >= 700;
addEventListener("hashchange", () => {
  readAddress();
  render();
});
render();
