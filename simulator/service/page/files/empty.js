// What a new user sees: what to do next.

import { hasToken } from "./api.js";
import { el } from "./dom.js";

/** How to register a first job, for this very server. */
export function showEmpty() {
  const server = new URL(".", location.href).href.replace(/\/$/, "");
  const code = [
    "from simulator.service.client import Client",
    "",
    `with Client("${server}"${hasToken() ? ', token="…"' : ""}).train(`,
    '    job_id="my-first-job", batch_sizes=[16, 32, 64], default_batch_size=32,',
    '    target_metric=0.9, max_power_w=300, gpu="a40",',
    ") as run:",
    "    for epoch in run.epochs():",
    "        metric, energy_j = train_one_epoch(run.batch_size)  # yours; joules since training began",
    "        run.report(metric=metric, energy_j=energy_j)  # ends the loop once training is done",
  ];
  return [
    el("p", { class: "lead" }, "There is no job yet. A job appears here as soon as a training script registers it."),
    el("h2", {}, "Register the first one"),
    el(
      "ol",
      {},
      el("li", {}, "Put this around the training loop of a script that runs again and again."),
      el("li", {}, "Run it. It asks for a batch size, reports each epoch, and is told when to stop."),
      el("li", {}, "Run it again tomorrow. The service remembers what each batch size cost, and chooses better."),
    ),
    el(
      "pre",
      { tabindex: 0, role: "region", "aria-label": "Example of a training script" },
      el("code", {}, code.join("\n")),
    ),
    el(
      "p",
      {},
      "Other programs register with ",
      el("code", {}, `POST ${server}/v1/jobs`),
      "; all calls are described in ",
      el("a", { href: "openapi.json" }, "openapi.json"),
      ".",
    ),
  ];
}
