// Looks at the figures of a quarter that is over, with every table that they can have, by keyboard. After the directory: a
// number that stands in a table.

import { check, enter, given, heading, look, named, origin, page, print, run, tabTo } from "./visit.mjs";

const [number] = given;

async function walk() {
    await tabTo("the figures", named("Cijfers"));
    await enter("/cijfers");
    check((await heading()) === "Cijfers per kwartaal", "the figures are there");
    check((await page.locator(".figures").count()) > 5, "with tables of signals and of convergences");
    check((await page.locator(".figures td", { hasText: number }).count()) > 0, `with ${number} in one of them`);
    await tabTo("a table, which is moved by keyboard", (it) => it.kind === "div");
    await look("50-figures");
    await print("50-figures");
    await page.goto(`${origin}/cijfers`, { waitUntil: "load" });
    await tabTo("In English", named("In English"));
    await enter("/cijfers");
    await look("51-figures-english");
}

await run(walk);
