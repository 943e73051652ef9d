// What the walks through the desk share: a real browser, the keyboard, and a look at every page.
//
//   node WALK.mjs CHROMIUM LOGIN-LINK DIRECTORY-OF-SCREENSHOTS [WHAT THE WALK IS GIVEN...]
//
// On every page: axe-core finds nothing (WCAG 2.0 to 2.2, A and AA), also in the dark; nothing is wider than a narrow
// phone; what has focus shows it; nothing was asked of anywhere but the desk, and nothing secret is in a URL. Ends with
// status 1 at the first fault.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const [program, login, directory, ...given] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const origin = new URL(login).origin;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };
const MOST_TABS = 90;
const FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

mkdirSync(directory, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "walk-"));
const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: FLAGS,
    viewport: WIDE,
    colorScheme: "light",
});
export const page = context.pages()[0] ?? (await context.newPage());

const asked = [];
page.on("request", (request) => asked.push(request.url()));

const secrets = [];

/** From now on this may be in no URL. */
export function never(secret) {
    secrets.push(secret);
}

function fail(sentence) {
    throw new Error(`${sentence} (at ${page.url()})`);
}

export function check(holds, sentence) {
    if (!holds) fail(sentence);
}

/** Looks at the page as it stands: axe in light and dark, both widths, a picture of each. */
export async function look(name) {
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axe);
        const found = await page.evaluate(
            (tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }),
            TAGS,
        );
        const faults = found.violations.map(
            (it) => `${it.id}: ${it.nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`,
        );
        check(faults.length === 0, `axe on ${name}, ${colorScheme}: ${faults.join("\n")}`);
        check(found.passes.length > 5, `axe looked at nothing on ${name}`);
        if (colorScheme === "dark") await page.screenshot({ path: join(directory, `${name}-dark.png`), fullPage: true });
    }
    await page.emulateMedia({ colorScheme: "light" });
    for (const viewport of [NARROW, WIDE]) {
        await page.setViewportSize(viewport);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        check(width <= viewport.width, `${name} is ${width} wide on ${viewport.width}`);
        await small(name, viewport);
        await page.screenshot({ path: join(directory, `${name}-${viewport.width}.png`), fullPage: true });
    }
    console.log(JSON.stringify({ page: name, url: new URL(page.url()).pathname, violations: 0 }));
}

/** Everything to press is 44 high and wide, or is a link within a sentence. */
async function small(name, viewport) {
    const found = await page.evaluate(() => {
        const things = [...document.querySelectorAll("button, input:not([type=hidden]), select, a.button, nav a")];
        const seen = things.filter((it) => it.checkVisibility());
        const area = (it) => {
            const own = it.getBoundingClientRect();
            // A radio or box is pressed by its label as well.
            const label = it.labels?.[0]?.getBoundingClientRect();
            return it.matches("[type=radio], [type=checkbox]") && label ? label.height : own.height;
        };
        return seen.filter((it) => area(it) < 43.5).map((it) => it.outerHTML);
    });
    check(found.length === 0, `${name}, ${viewport.width}: too small to press: ${found.join(" ")}`);
}

/** What has focus: its name for people, its kind, and whether that shows. */
export function focused() {
    return page.evaluate(() => {
        const it = document.activeElement;
        const style = getComputedStyle(it);
        return {
            name: (it.labels?.[0]?.textContent ?? it.textContent ?? "").trim(),
            kind: it.type || it.tagName.toLowerCase(),
            id: it.id,
            group: it.name ?? "",
            shows: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        };
    });
}

/** Presses Tab until something has focus that is meant. */
export async function tabTo(name, isMeant) {
    for (let at = 0; at < MOST_TABS; at += 1) {
        await page.keyboard.press("Tab");
        const now = await focused();
        if (now.kind !== "body") check(now.shows, `focus does not show on ${JSON.stringify(now)}`);
        if (isMeant(now)) return now;
    }
    return fail(`${name} cannot be reached by keyboard`);
}

export const named = (name) => (it) => it.name === name || it.name.startsWith(name);
export const withId = (id) => (it) => it.id === id;
export const ofGroup = (group) => (it) => it.group === group;

/** Presses Enter on what has focus, and waits for the next page. */
export async function enter(path) {
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
    check(new URL(page.url()).pathname === path, `expected ${path}`);
}

/** The error summary has focus, and its link leads to the field. */
export async function atSummary(field) {
    const now = await focused();
    check(now.id === "fouten", `the error summary has no focus, but ${JSON.stringify(now)}`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    check((await focused()).id === field || (await page.evaluate(() => location.hash)) === `#${field}`, `no way to ${field}`);
}

export async function heading() {
    return (await page.textContent("h1")).trim();
}

/** A picture of the page as it is printed. */
export async function print(name) {
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: join(directory, `${name}-print.png`), fullPage: true });
    await page.emulateMedia({ media: "screen" });
}

/** Follows the link in, walks, and ends the program. */
export async function run(walk) {
    let status = 0;
    try {
        const answer = await page.goto(login, { waitUntil: "load" });
        check(answer.ok() && page.url() === `${origin}/`, "the link does not lead in");
        await walk();
        const elsewhere = asked.filter((it) => new URL(it).origin !== origin);
        check(elsewhere.length === 0, `asked elsewhere: ${elsewhere.join(" ")}`);
        check(asked.every((url) => secrets.every((it) => !url.includes(it))), "something secret is in a URL");
    } catch (fault) {
        console.error(fault.message);
        await page.screenshot({ path: join(directory, "fault.png"), fullPage: true }).catch(() => {});
        status = 1;
    }
    await context.close();
    rmSync(profile, { recursive: true, force: true });
    process.exit(status);
}
