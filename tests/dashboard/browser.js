// SPDX-License-Identifier: BSD-2-Clause
// browser.js PORT DIRECTORY: Chromium without a window, told by pipe (DevTools protocol), looks at the page of that port. As TAP:
// when it first paints, whom it asks, what it complains of; pictures go to the directory.
"use strict";
const { spawn } = require("child_process"), fs = require("fs"), os = require("os"), path = require("path");
const [port, directory] = process.argv.slice(2), address = `http://127.0.0.1:${port}/`;
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "chromium."));
const chromium = spawn("chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
    `--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const waiting = new Map(), asked = [], complaints = [];
let number = 0, rest = "", count = 0, failed = 0, session;

function ok(name, good, why) {
    console.log(`${good ? "ok" : "not ok"} ${++count} - ${name}${good ? "" : "\n# " + why}`);
    failed += !good;
}
function call(method, params = {}) {
    const id = ++number;
    chromium.stdio[3].write(JSON.stringify({ id, method, params, sessionId: session }) + "\0");
    return new Promise((done, wrong) => waiting.set(id, { done, wrong }));
}
chromium.stdio[4].on("data", (data) => {
    const parts = (rest + data).split("\0");
    rest = parts.pop();
    for (const m of parts.map((p) => JSON.parse(p))) {
        if (m.id) m.error ? waiting.get(m.id).wrong(new Error(m.error.message)) : waiting.get(m.id).done(m.result);
        if (m.method === "Network.requestWillBeSent") asked.push(m.params.request.url);
        if (m.method === "Log.entryAdded") complaints.push(m.params.entry.text);
        if (m.method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(m.params.exceptionDetails));
    }
});
const value = async (expression) => (await call("Runtime.evaluate", { expression, awaitPromise: true })).result.value;
async function until(expression) {
    while (!await value(expression)) await new Promise((done) => setTimeout(done, 100));
}

// Milliseconds from the beginning of the navigation to the first pixel, of a page not seen before.
async function first_paint() {
    await call("Page.navigate", { url: "about:blank" });
    await until("document.readyState === 'complete' && location.href === 'about:blank'");
    await call("Page.navigate", { url: address });
    await until("performance.getEntriesByName('first-paint').length === 1");
    return value("performance.getEntriesByName('first-paint')[0].startTime");
}

async function picture(name, scheme, width) {
    await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await call("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    const wide = await value("document.documentElement.scrollWidth");
    const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true });
    fs.writeFileSync(path.join(directory, name + ".png"), Buffer.from(data, "base64"));
    ok(`${name}: nothing is wider than the window`, wide <= width, `${wide} of ${width}`);
}

async function main() {
    const { targetId } = await call("Target.createTarget", { url: "about:blank" });
    session = (await call("Target.attachToTarget", { targetId, flatten: true })).sessionId;
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await call(domain + ".enable");
    const paints = [];
    for (let i = 0; i < 5; i++) paints.push(await first_paint());
    paints.sort((a, b) => a - b);
    console.log(`# first paint: ${paints.map((p) => p.toFixed(0)).join(" ")} ms`);
    ok("the best of five first paints is within 300 ms", paints[0] <= 300, paints.join(" "));
    await until("history_of.has('cpu') && history_of.get('cpu').length >= 40");
    ok("it is live", await value("document.getElementById('status').className === 'live'"), "it is not");
    ok("a row for each domain", await value("document.querySelectorAll('#domains tbody tr').length") === 6, "not 6");
    await picture("light", "light", 1280);
    await picture("dark", "dark", 1280);
    await picture("narrow", "light", 420);
    const others = asked.filter((url) => !url.startsWith(address) && url !== "about:blank" && !url.startsWith("data:"));
    ok(`none of ${asked.length} requests goes to another host`, others.length === 0, others.join(" "));
    ok("the browser has nothing to complain of", complaints.length === 0, complaints.join("\n# "));
    const left = await value("fetch('https://example.org/').then(() => 'went', () => 'stopped')");
    ok("a request to another host would be stopped by the policy", left === "stopped" && complaints.length > 0, left);
    console.log(`1..${count}`);
}
main().catch((why) => { ok("the browser answers", false, why.stack); }).finally(() => {
    chromium.kill();
    chromium.on("exit", () => { fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); process.exit(failed ? 1 : 0); });
});
