import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PageServer, servePage } from "./page-server.ts";

const page = new TextEncoder().encode("<title>page</title>");
const file = Uint8Array.of(1, 2, 3);
let server: PageServer;
beforeEach(async () => {
  server = await servePage({ page, file }, 0);
});
afterEach(() => server.close());

type Answer = {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
};

function ask(path: string, options: { readonly method?: string; readonly host?: string } = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    const asked = httpRequest({ hostname, port, path, method: options.method ?? "GET", headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("serves the page and the file below a path that nobody can guess, on loopback", async () => {
  const { hostname, pathname } = new URL(server.address);
  expect(hostname).toBe("127.0.0.1");
  expect(pathname).toMatch(/^\/[0-9a-f]{32}\/$/);
  const [first, second] = [await ask(pathname), await ask(`${pathname}served-file`)];
  expect([first.status, first.body.toString()]).toEqual([200, "<title>page</title>"]);
  expect(first.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
  expect([second.status, [...second.body], second.headers["content-type"]]).toEqual([
    200,
    [1, 2, 3],
    "application/octet-stream",
  ]);
  expect(await ask(pathname, { method: "HEAD" })).toMatchObject({ status: 200, body: Buffer.alloc(0) });
});

test("two servers have two paths", async () => {
  const other = await servePage({ page, file }, 0);
  expect(new URL(other.address).pathname).not.toBe(new URL(server.address).pathname);
  await other.close();
});

test("answers nothing else", async () => {
  const { pathname } = new URL(server.address);
  for (const path of [
    "/",
    "/served-file",
    pathname.slice(0, -1),
    `${pathname}..`,
    `${pathname}../../etc/passwd`,
    `${pathname}?x`,
    `${pathname}%2e%2e/x`,
  ]) {
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    expect((await ask(pathname, { method })).status).toBe(405);
  }
});

test("answers nobody who came by another name", async () => {
  const { pathname, port } = new URL(server.address);
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    "127.0.0.1:1",
    `127.0.0.1.evil.example:${port}`,
  ]) {
    expect([host, (await ask(pathname, { host })).status]).toEqual([host, 403]);
  }
  expect((await ask(pathname, { host: `localhost:${port}` })).status).toBe(200);
});

test("without a file there is none", async () => {
  const bare = await servePage({ page, file: undefined }, 0);
  const answer = await fetch(`${bare.address}served-file`);
  expect(answer.status).toBe(404);
  await bare.close();
});

test("a port that is taken is refused with what to do", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(servePage({ page, file }, port)).rejects.toThrow(
    `cannot serve on port ${port}: something else listens there`,
  );
  await new Promise((resolve) => other.close(resolve));
});

test("what is no HTTP ends its connection only", async () => {
  const { port, pathname } = new URL(server.address);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  socket.end("\u0000\u0001garbage\r\n\r\n");
  await new Promise((resolve) => socket.on("close", resolve));
  expect((await ask(pathname)).status).toBe(200);
});
