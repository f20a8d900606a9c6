// @ts-check
/**
 * Signs in with the token behind the `#` of the link that the server printed. A fragment is never sent to a
 * server and stands in no log; it is taken out of the address before anything else happens.
 */

const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  const field = /** @type {HTMLInputElement} */ (document.getElementById("token"));
  field.value = token;
  field.form?.submit();
}
