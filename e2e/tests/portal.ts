// What stands between a browser and a portal, and portals that can be ended: for tests of what happens when a line breaks.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";

/** A proxy that does with each answer what it is told to. */
async function proxy(to: string, handOn: (got: IncomingMessage, answer: ServerResponse) => void) {
  const server = createServer((asked, answer) => {
    const { hostname, port } = new URL(to);
    const onwards = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
      handOn(got, answer);
    });
    onwards.on("error", () => answer.destroy());
    answer.on("close", () => onwards.destroy());
    asked.pipe(onwards);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A proxy that hands an answer on once all of it has arrived. An event stream never does. */
export function bufferingProxy(to: string) {
  return proxy(to, (got, answer) => {
    const parts: Buffer[] = [];
    got.on("data", (part: Buffer) => parts.push(part));
    got.on("end", () => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      answer.end(Buffer.concat(parts));
    });
  });
}

/** A proxy whose lines can die without a word: what is open then stays open, and nothing comes through it any more. */
export async function dyingProxy(to: string) {
  const lines = new Set<IncomingMessage>();
  const made = await proxy(to, (got, answer) => {
    lines.add(got);
    answer.writeHead(got.statusCode ?? 502, got.headers);
    got.pipe(answer);
  });
  return {
    ...made,
    die() {
      for (const line of lines) line.unpipe();
    },
  };
}

async function freePort(): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((listening) => socket.listen(0, "127.0.0.1", listening));
  const { port } = socket.address() as AddressInfo;
  await new Promise((closed) => socket.close(closed));
  return port;
}

/** A portal of a test's own, with a database of its own, that can be ended and started again; without a seed nobody has an account. */
export async function ownPortal(seed?: object) {
  const folder = mkdtempSync(join(tmpdir(), "gantry-own-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    GANTRY_LISTEN: `127.0.0.1:${port}`,
    GANTRY_PUBLIC_URL: url,
    GANTRY_DATABASE_URL: `sqlite:${join(folder, "gantry.db")}`,
    GANTRY_KEY_FILE: join(folder, "gantry.key"),
  };
  const binary = process.env.GANTRY_BIN as string;
  if (seed) {
    writeFileSync(join(folder, "seed.json"), JSON.stringify(seed));
    execFileSync(binary, ["seed", join(folder, "seed.json")], { env });
  }
  let running: ChildProcess | undefined;
  const portal = {
    url,
    /** What it printed. */
    said: "",
    async start() {
      running = spawn(binary, ["serve"], { env, stdio: ["ignore", "pipe", "ignore"] });
      running.stdout?.on("data", (piece) => {
        portal.said += piece;
      });
      await expect(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200)).toPass({ intervals: [50] });
    },
    async end() {
      const ended = new Promise((done) => running?.once("exit", done));
      running?.kill("SIGTERM");
      await ended;
    },
    async remove() {
      await portal.end();
      rmSync(folder, { recursive: true });
    },
  };
  await portal.start();
  return portal;
}
