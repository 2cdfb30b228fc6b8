/** A real browser, for looking at pages: the machine's own Chromium where it has one, else the one that an npm package brings. Linux only. */
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Browser } from "puppeteer-core";
import { inPath } from "../parts/executable";

export interface RunningBrowser {
  readonly browser: Browser;
  /** Ends it, and removes all that it wrote. */
  close(): Promise<void>;
}

/** Rejects with the reason where there is none, or it does not start on this machine. */
export async function startBrowser(): Promise<RunningBrowser> {
  const { launch } = await import("puppeteer-core");
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-browser-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const own = ["chromium", "chromium-browser", "google-chrome"].map((name) => inPath(name, process.env.PATH ?? ""));
    const browser = await launch({
      executablePath: own.find((file) => file !== undefined) ?? (await packaged(folder)),
      userDataDir: path.join(folder, "profile"),
      headless: "shell",
      timeout: 300_000,
      protocolTimeout: 300_000,
      // As root there is no sandbox; what is shown comes from this repository. Where there is no GPU, its process only takes time.
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
    });
    return { browser, close: async () => (await browser.close(), remove()) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** It is unpacked (200 MB) into the temporary folder of the process, once a browser. */
async function packaged(folder: string): Promise<string> {
  if (process.platform !== "linux") throw new Error("no Chromium on PATH, and the packaged one is for Linux");
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    return await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
