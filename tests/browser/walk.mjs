// Walks through the desk of an agency by keyboard alone, from the login link to the receipt and back out. The secret is
// the number of the child.

import {
    atSummary, check, enter, focused, heading, login, look, named, ofGroup, origin, page, print, run, secret, tabTo, withId,
} from "./visit.mjs";

async function walk() {
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
    await page.keyboard.type(secret);
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
    check(!(await page.content()).includes(secret), "the number is on a later page");
    await look("11-preview");
    await tabTo("Versturen", named("Versturen"));
    await enter("/nieuw/versturen");
    check((await heading()) === "Uw signaal is verstuurd", "it is sent");
    await look("12-receipt");
    await print("12-receipt");
    await page.reload({ waitUntil: "load" });
    await look("13-used");

    await page.goto(`${origin}/mijn`, { waitUntil: "load" });
    await look("14-own");
    await tabTo("Intrekken", named("Intrekken"));
    await enter("/mijn/intrekken");
    await look("15-withdraw");
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
}

await run(walk);
