// A link may carry the key behind the "#", which browsers keep to themselves: /tasks/…#key=ck_…
const given = /^#key=(ck_[a-z0-9_]+)$/.exec(location.hash);
if (given) {
  document.getElementById("key").value = given[1];
  history.replaceState(null, "", location.pathname + location.search);
  document.querySelector("button[type=submit]").focus();
}
