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

/** A team with a developer and an owner, and an environment for it. */
export function smallHouse() {
  const person = (name: string, role: string) => ({
    name,
    email: `${name.toLowerCase()}@example.com`,
    password: "lift-that-container",
    role: null,
    teams: [{ team: "shop", role }],
  });
  const network = JSON.parse(process.env.GANTRY_NETWORK as string);
  return {
    teams: [{ name: "shop", title: "Shop" }],
    people: [person("Dev", "developer"), person("Owner", "owner")],
    environments: [
      {
        name: "dev",
        summary: "A test",
        account: network.account,
        region: network.region,
        launch_role: null,
        vpc_id: network.vpc_id,
        public_subnets: network.subnet_ids,
        private_subnets: network.subnet_ids,
        assign_public_ip: true,
        certificate_arn: network.certificate_arn,
        shared_load_balancer: network.shared_load_balancer,
        permissions_boundary: null,
        tags: {},
        approvals_needed: 1,
      },
    ],
  };
}

/** What several processes share to be one portal. */
export interface Shared {
  database: string;
  key: string;
}

/** A line of the history. */
export interface Told {
  entry: {
    action: string;
    object: string;
    detail: { operation?: string; error?: string | null; step?: string; stack?: string };
  };
}

/**
 * A portal of a test's own, that can be ended and started again, with a database of its own unless it shares one;
 * without a seed nobody has an account.
 */
export async function ownPortal(seed?: object, shared?: Shared, settings: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "gantry-own-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GANTRY_LISTEN: `127.0.0.1:${port}`,
    GANTRY_PUBLIC_URL: url,
    GANTRY_DATABASE_URL: shared?.database ?? `sqlite:${join(folder, "gantry.db")}`,
    ...(shared ? { GANTRY_KEY: shared.key } : { GANTRY_KEY_FILE: join(folder, "gantry.key") }),
  };
  const binary = process.env.GANTRY_BIN as string;
  if (seed) {
    writeFileSync(join(folder, "seed.json"), JSON.stringify(seed));
    execFileSync(binary, ["seed", join(folder, "seed.json")], { env });
  }
  let running: ChildProcess | undefined;
  const portal = {
    url,
    /** What it printed and logged. */
    said: "",
    /** With other settings than so far, for those that are given. */
    async start(settings: Record<string, string> = {}) {
      Object.assign(env, settings);
      running = spawn(binary, ["serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [running.stdout, running.stderr]) {
        stream?.on("data", (piece) => {
          portal.said += piece;
        });
      }
      await expect(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200)).toPass({ intervals: [50] });
    },
    /** Its exit code; none when a signal ended it. */
    async end(how: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
      if (running?.exitCode !== null || running.signalCode !== null) return running?.exitCode ?? null;
      // Not before the last of what it says was read.
      const ended = new Promise<number | null>((done) => running?.once("close", done));
      running.kill(how);
      return ended;
    },
    /** Stands still, as a machine does that is short of everything, until it is woken. */
    pause() {
      running?.kill("SIGSTOP");
    },
    wake() {
      running?.kill("SIGCONT");
    },
    /** The whole history, after a check that nobody changed it. */
    history(): Told[] {
      execFileSync(binary, ["audit", "verify"], { env, stdio: "ignore" });
      const lines = execFileSync(binary, ["audit", "export"], { env, maxBuffer: 64 << 20, encoding: "utf8" });
      return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    },
    async remove() {
      portal.wake();
      await portal.end();
      rmSync(folder, { recursive: true });
    },
  };
  await portal.start(settings);
  return portal;
}
