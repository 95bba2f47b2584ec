import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { UsageError } from "../terminal/terminal.ts";

/** What a server serves: the page, and at most one file beside it. */
export type Served = { readonly page: Uint8Array; readonly file: Uint8Array | undefined };

/** A server that runs. */
export type PageServer = {
  /** Where the page is; nobody else can guess it. */
  readonly address: string;
  close(): Promise<void>;
};

const loopback = "127.0.0.1";
/** The page's own policy stands in it; this is what a header alone can say. */
const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * Serves the page to this machine only: it listens on loopback, answers requests only whose Host is its own (so that no other site can
 * reach it by a name that points here), and only below a path that is drawn at random. `port` 0: any free one. Errors: UsageError for a port
 * that cannot be used.
 */
export async function servePage(served: Served, port: number): Promise<PageServer> {
  const path = `/${randomBytes(16).toString("hex")}/`;
  const server = createServer((request, response) => answer(request, response, path, served, portOf(server)));
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "something else listens there" : error.message;
      reject(new UsageError(`cannot serve on port ${port}: ${why}; without --port any free one is taken`));
    });
    server.listen({ host: loopback, port, exclusive: true }, resolve);
  });
  return {
    address: `http://${loopback}:${portOf(server)}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function answer(request: IncomingMessage, response: ServerResponse, path: string, served: Served, port: number): void {
  const { host } = request.headers;
  if (host !== `${loopback}:${port}` && host !== `localhost:${port}`) {
    refuse(response, 403, "this server answers only for its own address");
  } else if (request.method !== "GET" && request.method !== "HEAD") refuse(response, 405, "only GET and HEAD");
  else if (request.url === path) send(request, response, "text/html; charset=utf-8", served.page);
  else if (request.url === `${path}served-file` && served.file !== undefined) {
    send(request, response, "application/octet-stream", served.file);
  } else refuse(response, 404, "there is nothing here");
}

function send(request: IncomingMessage, response: ServerResponse, type: string, bytes: Uint8Array): void {
  response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${why}\n`);
}
