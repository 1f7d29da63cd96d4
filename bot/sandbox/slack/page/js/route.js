// Who acts and what is shown, kept in the address's hash, so that two tabs may be two people:
// #/U0ASKER/C0OPS, #/U0ASKER/C0OPS/1700000000.000100 (a thread), #/U0ASKER/home

export function readRoute() {
  const [user, place, thread] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { user: user || null, place: place || null, thread: thread || null };
}

export function writeRoute({ user, place, thread }) {
  const parts = [user, place, thread].filter(Boolean).map(encodeURIComponent);
  const hash = `#/${parts.join("/")}`;
  if (hash !== location.hash) history.replaceState(null, "", hash);
}
