// Walks through the desk of an agency by keyboard alone, from the login link to the receipt and back out. After the
// directory: the number of a child, that of a child of an old signal, and a day ahead.

import {
    atSummary, check, enter, focused, given, heading, login, look, named, never, ofGroup, origin, page, print, run, tabTo,
    withId,
} from "./visit.mjs";

const [number, old, ahead] = given;
never(number);
never(old);

async function walk() {
    await look("01-start");
    await page.keyboard.press("Tab");
    check((await focused()).name === "Naar de inhoud", "the first stop is the way past the menu");
    check((await page.content()).includes("<li>weg</li>"), "what was erased on request is told first");
    await tabTo("Gelezen", named("Gelezen"));
    await enter("/");
    check(!(await page.content()).includes("<li>weg</li>"), "and once it was read no more");
    await look("30-start-read");

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
    await print("12-receipt");
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

await run(walk);
