/** Puts a page together from its parts. */
function start(...setUps) {
  byId("program").textContent = data.program;
  byId("about").textContent = data.about;
  document.querySelector(".skip").addEventListener("click", jump("flame"));
  readAddress();
  for (const setUp of [setUpTheme, ...setUps, setUpFlame]) setUp();
  byId("options").open = innerWidth >= WIDE && innerHeight >= 700;
  addEventListener("hashchange", () => {
    readAddress();
    render();
  });
  render();
}
