// Walks through the desk in a real browser, by keyboard alone, from the login link to the receipt and back out.
//
//   node walk.mjs CHROMIUM LOGIN-LINK NUMBER NUMBER-OF-OLD-SIGNAL DAY-AHEAD DIRECTORY-OF-SCREENSHOTS
//
// On every page: axe-core finds nothing (WCAG 2.0 to 2.2, A and AA), also in the dark; nothing is wider than a narrow
// phone; what has focus shows it; nothing was asked of anywhere but the desk. Ends with status 1 at the first fault.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [program, login, number, old, ahead, directory] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const origin = new URL(login).origin;
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
const page = context.pages()[0] ?? (await context.newPage());

const asked = [];
page.on("request", (request) => asked.push(request.url()));

function fail(sentence) {
    throw new Error(`${sentence} (at ${page.url()})`);
}

function check(holds, sentence) {
    if (!holds) fail(sentence);
}

/** Looks at the page as it stands: axe in light and dark, both widths, a picture of each. */
async function look(name) {
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
function focused() {
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
async function tabTo(name, isMeant) {
    for (let at = 0; at < MOST_TABS; at += 1) {
        await page.keyboard.press("Tab");
        const now = await focused();
        if (now.kind !== "body") check(now.shows, `focus does not show on ${JSON.stringify(now)}`);
        if (isMeant(now)) return now;
    }
    return fail(`${name} cannot be reached by keyboard`);
}

const named = (name) => (it) => it.name === name || it.name.startsWith(name);
const withId = (id) => (it) => it.id === id;
const ofGroup = (group) => (it) => it.group === group;

/** Presses Enter on what has focus, and waits for the next page. */
async function enter(path) {
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
    check(new URL(page.url()).pathname === path, `expected ${path}`);
}

/** The error summary has focus, and its link leads to the field. */
async function atSummary(field) {
    const now = await focused();
    check(now.id === "fouten", `the error summary has no focus, but ${JSON.stringify(now)}`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    check((await focused()).id === field || (await page.evaluate(() => location.hash)) === `#${field}`, `no way to ${field}`);
}

async function heading() {
    return (await page.textContent("h1")).trim();
}

async function walk() {
    const answer = await page.goto(login, { waitUntil: "load" });
    check(answer.ok() && page.url() === `${origin}/`, "the link does not lead in");
    await look("01-start");
    await page.keyboard.press("Tab");
    check((await focused()).name === "Naar de inhoud", "the first stop is the way past the menu");

    await tabTo("Nieuw signaal", (it) => it.kind === "a" && it.name === "Nieuw signaal");
    await enter("/nieuw");
    await look("02-danger");
    await tabTo("Verder", named("Verder"));
    await enter("/nieuw/gevaar");
    await look("03-danger-unanswered");
    await atSummary("gevaar");
    // A radio that is reached takes the space bar; the arrows go on to the next.
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await tabTo("Verder", named("Verder"));
    await enter("/nieuw/gevaar");
    check((await heading()) === "Bel nu eerst", "the numbers come first");
    await look("04-acute");
    await tabTo("Er is gebeld", withId("gevolgd"));
    await page.keyboard.press("Space");
    await tabTo("Verder", named("Verder"));
    await enter("/nieuw/gevaar");
    await look("05-questions");
    await tabTo("the first question", ofGroup("v1"));
    await page.keyboard.press("Space");
    await tabTo("Verder", named("Verder naar"));
    await enter("/nieuw/vragen");
    await look("06-codes");
    await tabTo("zoek", withId("zoek"));
    await page.keyboard.type("school");
    await enter("/nieuw/code");
    await look("07-codes-found");
    await tabTo("code", ofGroup("code"));
    await page.keyboard.press("Space");
    await tabTo("Verder", named("Verder met"));
    await enter("/nieuw/code");
    await look("08-signal-with-code");
    await tabTo("andere code", named("Andere code"));
    await enter("/nieuw/signaal");
    await tabTo("zonder code", named("Verder zonder"));
    await enter("/nieuw/code");
    await look("09-signal");
    await tabTo("Bekijk", named("Bekijk wat"));
    await enter("/nieuw/signaal");
    await look("10-signal-unfinished");
    await atSummary("nummer");
    await page.keyboard.type(number);
    await tabTo("soort", ofGroup("soort"));
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await tabTo("maand", withId("maand"));
    await page.keyboard.press("ArrowDown");
    await tabTo("regio", withId("regio"));
    await page.keyboard.type("West");
    await tabTo("waarneming", ofGroup("waarneming"));
    await page.keyboard.press("Space");
    await tabTo("zaaknummer", withId("zaaknummer"));
    await page.keyboard.type("Z-2026-18");
    await tabTo("Bekijk", named("Bekijk wat"));
    await enter("/nieuw/signaal");
    check((await heading()) === "Dit gaat de deur uit", "what leaves is shown first");
    check(!(await page.content()).includes(number), "the number is on a later page");
    await look("11-preview");
    await tabTo("Versturen", named("Versturen"));
    await enter("/nieuw/versturen");
    check((await heading()) === "Uw signaal is verstuurd", "it is sent");
    await look("12-receipt");
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: join(directory, "12-receipt-print.png"), fullPage: true });
    await page.emulateMedia({ media: "screen" });
    await page.reload({ waitUntil: "load" });
    await look("13-used");

    await page.goto(`${origin}/mijn`, { waitUntil: "load" });
    await look("14-own");
    await tabTo("Intrekken", named("Intrekken"));
    await enter("/mijn/intrekken");
    await look("15-withdraw");
    await extend();
    await contact();
    await page.goto(`${origin}/nergens`, { waitUntil: "load" });
    await look("16-nowhere");
    await page.goto(`${origin}/`, { waitUntil: "load" });
    await tabTo("In English", named("In English"));
    await enter("/");
    check((await page.getAttribute("html", "lang")) === "en", "the language of the page is said");
    await look("17-start-english");
    await tabTo("Log out", named("Log out"));
    await enter("/uit");
    await look("18-left");
    await page.goto(login, { waitUntil: "load" });
    await look("19-stale-link");

    const elsewhere = asked.filter((it) => new URL(it).origin !== origin);
    check(elsewhere.length === 0, `asked elsewhere: ${elsewhere.join(" ")}`);
    check(asked.every((it) => !it.includes(number) && !it.includes(old)), "the number is in a URL");
}

/** The signal that ends first is judged anew. */
async function extend() {
    await page.goto(`${origin}/mijn`, { waitUntil: "load" });
    await tabTo("Verlengen", named("Verlengen"));
    await enter("/mijn/verlengen");
    check((await heading()) === "Signaal verlengen", "the form of an extension");
    await look("20-extend");
    await tabTo("Bekijk", named("Bekijk wat"));
    await enter("/nieuw/signaal");
    await look("21-extend-unfinished");
    await atSummary("oordeel");
    await page.keyboard.press("Space");
    await tabTo("nummer", withId("nummer"));
    await page.keyboard.type(old);
    await tabTo("soort", ofGroup("soort"));
    await page.keyboard.press("Space");
    await tabTo("regio", withId("regio"));
    await page.keyboard.type("West");
    await tabTo("waarneming", ofGroup("waarneming"));
    await page.keyboard.press("Space");
    await tabTo("Bekijk", named("Bekijk wat"));
    await enter("/nieuw/signaal");
    check((await heading()) === "Dit gaat de deur uit", "what leaves is shown first");
    check(!(await page.content()).includes(old), "the number is on a later page");
    await look("22-extend-preview");
    await tabTo("Versturen", named("Versturen"));
    await enter("/nieuw/versturen");
    check((await heading()) === "Uw signaal is verlengd", "it is extended");
    await look("23-extended");
}

/** A contact request is answered: first nothing chosen, then no day, then a day. */
async function contact() {
    await tabTo("Contactverzoeken", (it) => it.kind === "a" && it.name === "Contactverzoeken");
    await enter("/verzoeken");
    await look("24-requests");
    await tabTo("Antwoorden", named("Antwoorden"));
    await enter("/verzoeken/antwoord");
    await look("25-answer");
    await tabTo("Antwoord sturen", named("Antwoord sturen"));
    await enter("/verzoeken/beantwoord");
    await look("26-answer-unfinished");
    await atSummary("antwoord");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await tabTo("Antwoord sturen", named("Antwoord sturen"));
    await enter("/verzoeken/beantwoord");
    await look("27-answer-without-day");
    await atSummary("tot");
    await page.keyboard.type(ahead);
    await tabTo("Antwoord sturen", named("Antwoord sturen"));
    await enter("/verzoeken/beantwoord");
    check((await heading()) === "Uw antwoord is verstuurd", "it is answered");
    await look("28-answered");
    await tabTo("Contactverzoeken", (it) => it.kind === "a" && it.name === "Contactverzoeken");
    await enter("/verzoeken");
    await look("29-requests-answered");
}

let status = 0;
try {
    await walk();
} catch (fault) {
    console.error(fault.message);
    await page.screenshot({ path: join(directory, "fault.png"), fullPage: true }).catch(() => {});
    status = 1;
}
await context.close();
rmSync(profile, { recursive: true, force: true });
process.exit(status);
