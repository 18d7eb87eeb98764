// Where the reader is, as the part of the address after "#": a list of jobs, or one job. It can be linked.

/** Read the address: `{job, upto}` for a job, `{find, stage, after}` for the list. */
export function currentRoute() {
  const said = new URLSearchParams(location.hash.slice(1));
  const text = (name) => said.get(name) ?? "";
  if (said.has("job")) {
    const upto = Number.parseInt(text("upto"), 10);
    return { name: "job", job: text("job"), upto: upto > 0 ? upto : null };
  }
  return { name: "jobs", find: text("find"), stage: text("stage"), after: text("after") };
}

/** The address of a job; `upto`: the last trial to be shown, null for the newest. */
export function jobAddress(job, upto = null) {
  return "#" + new URLSearchParams(upto === null ? { job } : { job, upto });
}

/** The address of the list: what to find, which stage, and after which job it begins. */
export function listAddress({ find = "", stage = "", after = "" }) {
  const kept = Object.entries({ find, stage, after }).filter(([, value]) => value !== "");
  return "#" + new URLSearchParams(kept);
}
