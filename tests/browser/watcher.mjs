// Notes everything that a page should not do.
const EXPECTED_CLOSE = /WebSocket.*(closed|interrupted)/i;

export class Watcher {
  faults = [];
  hosts = new Set();

  constructor(allowedHosts) {
    this.allowedHosts = allowedHosts;
  }

  async on(context) {
    await context.exposeBinding("__violated", (_, text) => this.faults.push(`content policy: ${text}`));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        globalThis.__violated(`${event.violatedDirective} ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`),
      );
    });
    context.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED_CLOSE.test(message.text())) this.faults.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.faults.push(`script: ${error.error().stack ?? error.error()}`));
    context.on("request", (request) => this.check(request.url()));
    context.on("page", (page) => page.on("websocket", (socket) => this.check(socket.url())));
  }

  check(address) {
    const url = new URL(address);
    if (["data:", "blob:", "about:"].includes(url.protocol)) return;
    this.hosts.add(url.host);
    if (!this.allowedHosts.has(url.hostname)) this.faults.push(`foreign request: ${address}`);
  }
}
