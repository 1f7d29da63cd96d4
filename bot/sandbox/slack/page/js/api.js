// Speaks HTTP with the stand-in: the page's own routes, the visitor's requests, and the fleet's controls.

class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

async function answer(response) {
  const text = await response.text();
  let body = {};
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    body = { error: text.slice(0, 200) };
  }
  if (!response.ok) throw new ApiError(body.error || `the stand-in answered ${response.status}`, response.status);
  return body;
}

export class Api {
  constructor(base = document.baseURI) {
    this.base = base;
  }

  address(path, query = {}) {
    const url = new URL(path, this.base);
    url.hash = "";
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, value);
    }
    return url;
  }

  async request(method, path, { query, body } = {}) {
    const options = { method, cache: "no-store" };
    if (body !== undefined) {
      options.headers = { "content-type": "application/json" };
      options.body = JSON.stringify(body);
    }
    let response;
    try {
      response = await fetch(this.address(path, query), options);
    } catch {
      throw new ApiError("The stand-in cannot be reached.", 0);
    }
    return answer(response);
  }

  state(user) {
    return this.request("GET", "page/state", { query: { user } });
  }

  async messages(user, channel, threadTs) {
    const query = { user, channel, thread_ts: threadTs };
    return (await this.request("GET", "_control/messages", { query })).messages;
  }

  /** One of the visitor's requests: say, command, click, submit, close, home. */
  act(what, body) {
    return this.request("POST", `_control/${what}`, { body });
  }

  fleetGet(route, query) {
    return this.request("GET", `fleet/${route}`, { query });
  }

  fleet(route, body = {}) {
    return this.request("POST", `fleet/${route}`, { body });
  }

  fleetDelete(route) {
    return this.request("DELETE", `fleet/${route}`);
  }
}
