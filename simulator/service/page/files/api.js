// Asks the service. The token, if it wants one, is kept for this tab only.

const KEY = "simulator.service.token";
const TIMEOUT_MS = 10000;

/** What the service answered instead of data, or why it did not answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // 0: no answer
  }
}

/** Whether a token is kept. */
export function hasToken() {
  return sessionStorage.getItem(KEY) !== null;
}

/** Keep a token until this tab is closed; null: forget it. */
export function keepToken(token) {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/** Get a resource of /v1: parts of its path, each any text, and its query; null and "" are left out. */
export async function get(parts, query = {}, signal = undefined) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") asked.set(name, value);
  }
  if (parts.some((part) => part === "." || part === "..")) {
    throw new ApiError(
      404,
      "A browser cannot ask for this id, since it stands for a folder in addresses. Other clients can.",
    );
  }
  const path = ["v1", ...parts.map(encodeURIComponent)].join("/");
  return await answered(asked.size > 0 ? `${path}?${asked}` : path, signal);
}

async function answered(url, signal) {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { Accept: "application/json" };
  if (hasToken()) headers.Authorization = `Bearer ${sessionStorage.getItem(KEY)}`;
  let response;
  let body;
  try {
    response = await fetch(url, {
      headers,
      cache: "no-store",
      credentials: "omit",
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    body = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    const seconds = TIMEOUT_MS / 1000;
    throw new ApiError(
      0,
      late.aborted ? `The server did not answer within ${seconds} s.` : "The server cannot be reached.",
    );
  }
  const plain = parsed(body);
  if (!response.ok) throw new ApiError(response.status, problemText(response.status, plain));
  if (plain === null || typeof plain !== "object") throw new ApiError(response.status, "The answer is not understood.");
  return plain;
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** What a problem document (RFC 9457) says. */
function problemText(status, problem) {
  const said = problem?.detail ?? problem?.title ?? problem?.message;
  return typeof said === "string" && said !== "" ? said : `The server answered ${status}.`;
}
