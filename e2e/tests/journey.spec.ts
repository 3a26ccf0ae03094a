// The main job: ask, approve, watch, change, destroy; with scripts and without.
import { expect, test } from "@playwright/test";
import { DONE, accessible, approve, askForService, enter, makeWorld, untilRunSays } from "./world";

for (const javaScriptEnabled of [true, false]) {
  test(`a service is asked for, approved, made, changed and destroyed ${javaScriptEnabled ? "with" : "without"} scripts`, async ({
    browser,
  }) => {
    const world = makeWorld();
    const name = `orders-${world.mark}`;
    const developer = await enter(browser, world, "developer", { javaScriptEnabled });
    const owner = await enter(browser, world, "owner", { javaScriptEnabled });

    const settled = async (run: string) => {
      if (javaScriptEnabled) {
        // Nobody reloads: the page turns by itself.
        await developer.page.goto(run);
        await accessible(developer.page);
        await expect(developer.page.getByText(DONE).first()).toBeVisible({ timeout: 90_000 });
      } else {
        await untilRunSays(developer.page, run, DONE);
      }
    };

    await test.step("ask", async () => {
      const request = await askForService(developer.page, name);
      await expect(developer.page.getByText("Needs approval").first()).toBeVisible();
      await owner.page.goto("/inbox");
      await expect(owner.page.getByText(`Create ${name} in dev`).first()).toBeVisible();
      await settled(await approve(owner.page, request));
    });

    const stack = await test.step("it is live", async () => {
      await developer.page.goto("/stacks");
      await developer.page.getByRole("link", { name }).first().click();
      await expect(developer.page).toHaveURL(/\/stacks\/stk-/);
      await expect(developer.page.getByText("Live").first()).toBeVisible();
      return new URL(developer.page.url()).pathname;
    });

    await test.step("change it", async () => {
      await developer.page.goto(`${stack}/change`);
      await expect(developer.page.getByLabel("Image", { exact: true })).toHaveValue("registry.example.com/shop/orders:1.0");
      await developer.page.getByLabel("Image", { exact: true }).fill("registry.example.com/shop/orders:1.1");
      await developer.page.getByRole("button", { name: "Submit for approval" }).click();
      await expect(developer.page).toHaveURL(/\/requests\/req-/);
      await settled(await approve(owner.page, new URL(developer.page.url()).pathname));
      await developer.page.goto(stack);
      await expect(developer.page.getByText("orders:1.1").first()).toBeVisible();
    });

    await test.step("destroy it", async () => {
      await developer.page.goto(`${stack}/destroy`);
      await developer.page.locator("#name").fill("something-else");
      await developer.page.getByRole("button", { name: `Ask to destroy ${name}` }).click();
      await expect(developer.page.getByText("to say that you mean it")).toBeVisible();
      await developer.page.locator("#name").fill(name);
      await developer.page.getByRole("button", { name: `Ask to destroy ${name}` }).click();
      await expect(developer.page).toHaveURL(/\/requests\/req-/);
      await settled(await approve(owner.page, new URL(developer.page.url()).pathname));
      await developer.page.goto("/stacks");
      await expect(developer.page.getByRole("link", { name })).toHaveCount(0);
    });

    await test.step("the history tells it", async () => {
      const platform = await enter(browser, world, "platform", { javaScriptEnabled });
      await platform.page.goto(`/audit?actor=${encodeURIComponent(`Owner ${world.mark}`)}&action=request`);
      await expect(platform.page.getByText("approved the request to create").first()).toBeVisible();
      await expect(platform.page.getByText("approved the request to destroy").first()).toBeVisible();
      expect(platform.troubles).toEqual([]);
    });

    expect([...developer.troubles, ...owner.troubles]).toEqual([]);
  });
}
