// Walks through the desk of a coordinator by keyboard alone: new, claimed, contact, confirmed, closed. After the directory:
// the coordinator's own case reference, and the path of the alert.

import {
    atSummary, check, enter, focused, given, heading, look, named, never, ofGroup, origin, page, print, run, tabTo, withId,
} from "./visit.mjs";

const [caseReference, alert] = given;
never(caseReference);

const link = (name) => (it) => it.kind === "a" && it.name === name;

/** From the alert to the form of a step. */
async function toForm(name, path) {
    await tabTo(name, link(name));
    await enter(`${alert}/${path}`);
    check((await heading()) === name, `the form of ${name}`);
}

/** Chooses the answer that stands first, or as many further as asked. */
async function choose(group, further = 0) {
    await tabTo(group, ofGroup(group));
    await page.keyboard.press("Space");
    for (let at = 0; at < further; at += 1) await page.keyboard.press("ArrowDown");
}

/** Presses the button of the form; the alert is shown, and says so first. */
async function send(path, says) {
    await tabTo("the button", withId("doen"));
    await enter(`${alert}/${path}`);
    await page.waitForFunction(() => document.activeElement?.id === "bericht");
    const told = (await focused()).name;
    check(told.includes(says), `it says "${says}", not "${told}"`);
}

async function walk() {
    await look("30-overview");
    await page.keyboard.press("Tab");
    check((await focused()).name === "Naar de inhoud", "the first stop is the way past the menu");
    const id = alert.split("/").pop().slice(0, 8);
    await tabTo("the alert", link(`Samenloop ${id}`));
    await enter(alert);
    await look("31-alert-new");
    for (const table of ["maanden", "fasen"]) {
        await tabTo(table, (it) => it.name.includes(`${table} als tabel`));
        await page.keyboard.press("Enter");
    }
    check((await page.locator("details[open]").count()) === 2, "the tables open by keyboard");
    await look("32-alert-tables");
    await print("32-alert");
    await toForm("Oppakken", "oppakken");
    await look("33-claim");
    await tabTo("the button", withId("doen"));
    await enter(`${alert}/oppakken`);
    await look("34-claim-unfinished");
    await atSummary("zaaknummer");
    await page.keyboard.type(caseReference);
    await choose("reden");
    await send("oppakken", "u hebt de regie");
    await look("35-claimed");
    await toForm("Contactverzoek sturen", "contactverzoek");
    await look("36-contact");
    await tabTo("wie", withId("wie"));
    await page.keyboard.press("Space");
    await choose("reden", 2);
    await send("contactverzoek", "is verstuurd");
    await page.goto(`${origin}/`, { waitUntil: "load" });
    await look("37-overview-waiting");
    await page.goto(`${origin}${alert}`, { waitUntil: "load" });
    await toForm("Bevestigen", "bevestigen");
    await look("38-confirm");
    await choose("reden", 1);
    await send("bevestigen", "bevestigd");
    await toForm("Veiligheidscheck verzetten", "veiligheidscheck");
    await look("39-check");
    await page.goto(`${origin}${alert}`, { waitUntil: "load" });
    await toForm("Overdragen", "overdragen");
    await look("40-hand-over");
    await page.goto(`${origin}${alert}`, { waitUntil: "load" });
    await toForm("Sluiten met uitkomst", "sluiten");
    await look("41-close");
    await choose("uitkomst");
    await choose("comensha", 2);
    await choose("kind");
    await send("sluiten", "gesloten");
    await look("42-closed");
    await page.goto(`${origin}${alert}/sluiten`, { waitUntil: "load" });
    await look("43-no-longer-possible");
    await page.goto(`${origin}/eerder`, { waitUntil: "load" });
    await look("44-earlier");
    await tabTo("In English", named("In English"));
    await enter("/eerder");
    await page.goto(`${origin}/cijfers`, { waitUntil: "load" });
    await look("46-figures-english");
    await print("46-figures");
    await page.goto(`${origin}${alert}`, { waitUntil: "load" });
    check((await page.getAttribute("html", "lang")) === "en", "the language of the page is said");
    await look("45-alert-english");
}

await run(walk);
