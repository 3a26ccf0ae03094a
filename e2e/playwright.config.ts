// The browser tests. `cargo xtask test` starts a portal from dist/ and AWS stand-ins for one run, and says where they are:
//   GANTRY_BASE_URL     the portal
//   GANTRY_CHROMIUM     the browser's program
//   GANTRY_BIN          the portal's binary; with the GANTRY_* settings that are set too, `gantry seed FILE` adds people
//   GANTRY_NETWORK      the network that environments may use, as JSON
//   GANTRY_TEST_POSTGRES_URL  an empty database for the one test of two processes
//   GANTRY_GALLERY      a folder with the pages of app/examples/gallery; the site that they load is in GANTRY_SITE_DIR
//   AWS_ENDPOINT_URL    the AWS stand-ins
import { defineConfig, devices } from "@playwright/test";

const baseURL = process.env.GANTRY_BASE_URL;
if (!baseURL) throw new Error("GANTRY_BASE_URL is not set: run `cargo xtask test --only e2e`");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 2,
  // For what hangs: a machine that is busy with other things is no failure.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL,
    // Without pictures: painting every frame twice is what takes the time on a machine without a graphics card.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: true },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.GANTRY_CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
