// Processes that die, stand still or are asked to end in the middle of a run: somebody goes on with it, and nothing is made
// twice.
import { type Browser, expect, test } from "@playwright/test";
import { type Told, ownPortal, smallHouse } from "./portal";
import { DONE, approve, askForService, open, signIn } from "./world";

/** The next holder looks for work every two seconds. */
const TAKEN_OVER = { timeout: 120_000 };

/** One that is not given back is over soon. */
const SHORT_LEASE = { GANTRY_LEASE_SECONDS: "20" };

/** One that is not given back lasts longer than anybody here waits. */
const LONG_LEASE = { GANTRY_LEASE_SECONDS: "600" };

type Portal = Awaited<ReturnType<typeof ownPortal>>;

/**
 * Asks for a service whose container takes seconds to start, and approves it; the id of its run, once that has written so
 * many events.
 */
async function startRun(browser: Browser, portal: Portal, name: string, events: number): Promise<string> {
  const [developer, owner] = await Promise.all(
    ["dev", "owner"].map(async (who) => {
      const { page } = await open(browser, { baseURL: portal.url });
      await signIn(page, `${who}@example.com`);
      await expect(page).toHaveURL(`${portal.url}/`);
      return page;
    }),
  );
  const request = await askForService(developer, name, `registry.example.com/shop/${name}-slow:1.0`);
  const run = (await approve(owner, request)).split("/").at(-1) as string;
  const written = async () => (await (await developer.request.get(`/runs/${run}/log`)).text()).split("\n").length - 1;
  await expect.poll(written, { intervals: [20] }).toBeGreaterThanOrEqual(events);
  await Promise.all([developer.context().close(), owner.context().close()]);
  return run;
}

/** How often this process has taken the run on. */
function leases(portal: Portal, run: string): number {
  return portal.said.split("\n").filter((line) => line.includes("run leased") && line.includes(run)).length;
}

async function expectDone(browser: Browser, portal: Portal, run: string) {
  const { page } = await open(browser, { baseURL: portal.url });
  await signIn(page, "dev@example.com");
  await expect(page).toHaveURL(`${portal.url}/`);
  await page.goto(`/runs/${run}`);
  await expect(page.getByText(DONE).first()).toBeVisible({ timeout: 90_000 });
  await page.context().close();
}

/** Whether the run has made its service, for whose container it then waits for seconds. */
function waitsForTasks(portal: Portal, run: string): boolean {
  const calls = portal.history().filter(({ entry }) => entry.action === "aws.call" && entry.object === run);
  return calls.some(({ entry }) => entry.detail.operation === "CreateService");
}

/** What was made more than once for one step of one stack. */
function madeTwice(history: Told[]): string[] {
  const made = history
    .map(({ entry }) => entry)
    .filter(({ action, detail }) => action === "aws.call" && !detail.error && detail.operation?.startsWith("Create"))
    .map(({ detail }) => `${detail.operation} ${detail.step} ${detail.stack}`);
  return made.filter((one, index) => made.indexOf(one) !== index);
}

/** Any of the first events of a run, long before its container has started. */
function anyEvent(): number {
  const n = 1 + Math.floor(Math.random() * 12);
  console.log(`at event ${n}`);
  return n;
}

test("a process that is killed in the middle of a run goes on when it is started again", async ({ browser }) => {
  test.setTimeout(360_000);
  const portal = await ownPortal(smallHouse(), undefined, SHORT_LEASE);
  try {
    const run = await startRun(browser, portal, "orders", anyEvent());
    await expect.poll(() => leases(portal, run)).toBe(1);
    await portal.end("SIGKILL");
    await portal.start();
    await expect.poll(() => leases(portal, run), TAKEN_OVER).toBe(2);
    await expectDone(browser, portal, run);
    expect(madeTwice(portal.history())).toEqual([]);
  } finally {
    await portal.remove();
  }
});

test("of two processes on one PostgreSQL, one goes on when the other is asked to end, killed or stands still", async ({
  browser,
}) => {
  test.setTimeout(420_000);
  const shared = {
    database: process.env.GANTRY_TEST_POSTGRES_URL as string,
    key: Buffer.from("0123456789abcdef0123456789abcdef").toString("base64"),
  };
  const one = await ownPortal(smallHouse(), shared, LONG_LEASE);
  const two = await ownPortal(undefined, shared, LONG_LEASE);
  const holder = async (run: string) => {
    await expect.poll(() => leases(one, run) + leases(two, run)).toBe(1);
    return leases(one, run) ? [one, two] : [two, one];
  };
  try {
    const first = await startRun(browser, one, "basket", 1);
    const [ending, next] = await holder(first);
    await expect.poll(() => waitsForTasks(next, first)).toBe(true);
    expect(await ending.end("SIGTERM")).toBe(0);
    const handedOver = ending.said.split("\n").filter((line) => line.includes("run handed over"));
    expect(handedOver.filter((line) => line.includes(first))).toHaveLength(1);
    await expect.poll(() => leases(next, first), { ...TAKEN_OVER, message: "the lease was given back" }).toBe(1);
    await expectDone(browser, next, first);
    await next.end();
    await Promise.all([one.start(SHORT_LEASE), two.start(SHORT_LEASE)]);

    const second = await startRun(browser, one, "orders", anyEvent());
    const [killed, left] = await holder(second);
    await killed.end("SIGKILL");
    await expect.poll(() => leases(left, second), TAKEN_OVER).toBe(1);
    await expectDone(browser, left, second);
    await killed.start();

    const third = await startRun(browser, two, "till", anyEvent());
    const [still, awake] = await holder(third);
    still.pause();
    await expect.poll(() => leases(awake, third), TAKEN_OVER).toBe(1);
    await expectDone(browser, awake, third);
    still.wake();
    // What it wanted to write is refused, or its connection was closed meanwhile, and it lets go.
    await expect.poll(() => still.said).toMatch(/the lease was lost; someone else goes on|run left after a failure/);
    expect(madeTwice(awake.history())).toEqual([]);
  } finally {
    await Promise.all([one.remove(), two.remove()]);
  }
});
