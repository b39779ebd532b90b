// The page: draws the view it is given.
const button = document.querySelector("button");

function draw(view) {
  if (view === undefined) return;
  for (const place of document.querySelectorAll("[data-view]")) place.textContent = view[place.dataset.view] || "-";
  document.body.classList.toggle("licensed", view.isLicensed);
  document.querySelector("textarea").disabled = !view.mayEdit;
}

window.licence.onView(draw);
window.licence.latest().then(draw);
button.addEventListener("click", async () => {
  button.disabled = true;
  await window.licence.activate();
  button.disabled = false;
});
