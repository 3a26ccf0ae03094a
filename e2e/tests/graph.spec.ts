// The graph of a plan by keyboard, with twelve steps and with sixty; and what a run waits for.
import { expect, test } from "@playwright/test";
import { addressOf, openGallery } from "./gallery";

for (const { plan, steps, path, waits, why } of [
  { plan: "plan-twelve", steps: 12, path: 4, waits: /^ECS service service/, why: "ECS refuses a target group that no listener uses yet." },
  { plan: "plan-sixty", steps: 60, path: 7, waits: /^Load balancer balancer/, why: "Needs its security group." },
]) {
  test(`with ${steps} steps each is reached by Tab and says why it waits, and the longest path is marked`, async ({ browser }) => {
    const { page, troubles } = await openGallery(browser, { viewport: { width: 1440, height: 900 } }, { awake: true });
    await page.goto(addressOf(plan));
    await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
    const nodes = page.locator(".node");
    await expect(nodes).toHaveCount(steps);
    await expect(page.locator(".node[data-critical]")).toHaveCount(path);
    await expect(page.locator(".graph-edge[data-critical]")).toHaveCount(path - 1);
    // In the list below, too: phones have only that.
    await expect(page.locator(".step").filter({ hasText: "longest path" })).toHaveCount(path);
    const line = (selector: string) =>
      page.locator(selector).first().evaluate((edge) => [getComputedStyle(edge).stroke, getComputedStyle(edge).strokeWidth]);
    const [marked, other] = [await line(".graph-edge[data-critical]"), await line(".graph-edge:not([data-critical])")];
    expect(marked[0]).not.toEqual(other[0]);
    expect(parseFloat(marked[1])).toBeGreaterThan(parseFloat(other[1]));

    const caption = page.locator(".graph-caption");
    await expect(caption.getByText("longest path")).toBeVisible();
    await page.getByRole("region", { name: /^Plan graph/ }).focus();
    const reached: string[] = [];
    for (let at = 0; at < steps; at += 1) {
      await page.keyboard.press("Tab");
      const focused = page.locator(".node:focus");
      await expect(focused).toHaveCount(1);
      const name = (await focused.getAttribute("aria-label")) as string;
      reached.push(name);
      if (waits.test(name)) {
        // A polite region: what is said there is heard, too.
        await expect(caption.getByRole("status")).toContainText(why);
        await expect(focused).toBeInViewport();
        await expect(page.locator('.graph-edge[data-lit="yes"]').first()).toBeAttached();
      }
    }
    expect(reached.filter((name) => waits.test(name))).toHaveLength(1);
    expect(new Set(reached).size).toBe(steps);
    expect(reached.filter((name) => name.includes("on the longest path"))).toHaveLength(path);
    await page.keyboard.press("Tab");
    await expect(caption.getByRole("status")).toBeEmpty();
    await expect(caption.getByText("longest path")).toBeVisible();
    expect(troubles).toEqual([]);
  });
}

test("what AWS is waited for is told with the time, which counts on, on a phone too", async ({ browser }) => {
  const { page, troubles } = await openGallery(browser, { viewport: { width: 360, height: 740 } }, { awake: true });
  await page.clock.install();
  await page.goto(addressOf("run-undoing"));
  await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
  const waits = page.locator(".step").filter({ hasText: "balancer-access" }).locator(".step-sentence").first();
  await expect(waits).toContainText("2 network interfaces of sg-0a1b2c3d4e5f60718 are not released yet: eni-0d1e2f3a4b5c6d7e8");
  await expect(waits).toBeVisible();
  const waited = async () => {
    const [, minutes, seconds] = /, (\d+):(\d\d)\sof\sat\smost\s15:00$/.exec((await waits.textContent()) as string) as RegExpExecArray;
    return Number(minutes) * 60 + Number(seconds);
  };
  const before = await waited();
  expect(before).toBeGreaterThanOrEqual(95);
  await page.clock.runFor(30_000);
  expect(await waited()).toBeGreaterThanOrEqual(before + 30);
  // It ends where the wait ends.
  await page.clock.runFor(1_000_000);
  expect(await waited()).toBe(900);
  expect(troubles).toEqual([]);
});
