/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks for /api/v1/all once a second while somebody looks, and shows rates between two answers. What
 * comes from the server is only ever put in as text.
 */
"use strict";
const KEPT = 120; /* looks, so seconds, in a graph */
const $ = (id) => document.getElementById(id);
const history_of = new Map(); /* of a graph or a domain: its last values */
let before = null; /* the answer before */

function remember(key, value) {
    const list = history_of.get(key) || [];
    list.push(value);
    if (list.length > KEPT) list.shift();
    history_of.set(key, list);
    return list;
}

function bytes(n) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let i = 0;
    while (n >= 1000 && i < units.length - 1) { n /= 1024; i++; }
    return (i === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1)) + " " + units[i];
}
const rate = (n) => bytes(n) + "/s";
const percent = (n) => (n < 9.95 ? n.toFixed(1) : n.toFixed(0)) + " %";
function duration(s) {
    const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
    return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min` : `${Math.floor(s)} s`;
}

function put(node, text) {
    if (node.textContent !== text) node.textContent = text;
}
function make(name, cls) {
    const node = document.createElement(name);
    if (cls) node.className = cls;
    return node;
}
function shape(svg, name, cls) {
    let node = svg.querySelector("." + cls);
    if (!node) {
        node = document.createElementNS("http://www.w3.org/2000/svg", name);
        node.setAttribute("class", cls);
        svg.appendChild(node);
    }
    return node;
}

/* Lines over the same time; @lists are pairs of a class and values, @top the value at the upper edge. */
function draw(svg, lists, top, area) {
    const points = (list) => list.map((v, i) =>
        `${(100 * (KEPT - list.length + i) / (KEPT - 1)).toFixed(2)},${(39 - 37 * Math.min(v / top, 1)).toFixed(2)}`);
    svg.setAttribute("viewBox", "0 0 100 40");
    svg.setAttribute("preserveAspectRatio", "none");
    if (area) {
        const base = shape(svg, "line", "base"), under = shape(svg, "polygon", "under"), p = points(lists[0][1]);
        base.setAttribute("x2", "100");
        base.setAttribute("y1", "39.5");
        base.setAttribute("y2", "39.5");
        under.setAttribute("points", [p[0].split(",")[0] + ",39"].concat(p, ["100,39"]).join(" "));
    }
    for (const [cls, list] of lists) shape(svg, "polyline", cls).setAttribute("points", points(list).join(" "));
}

/* Brings a table's rows, keyed, to @rows: [key, cells]; a cell is a text, or a function of its td. */
function fill(table, rows, nothing) {
    const body = table.tBodies[0], numeric = [...table.tHead.rows[0].cells].map((c) => c.className);
    const known = new Map([...body.rows].map((r) => [r.dataset.key, r]));
    const wanted = rows.map(([key, cells]) => {
        const row = known.get(key) || make("tr");
        row.dataset.key = key;
        cells.forEach((cell, i) => {
            const td = row.cells[i] || row.insertCell();
            td.className = numeric[i];
            if (typeof cell === "function") cell(td); else put(td, cell);
        });
        return row;
    });
    if (!rows.length) {
        const row = make("tr"), td = row.insertCell();
        td.colSpan = numeric.length;
        td.className = "none";
        td.textContent = nothing;
        wanted.push(row);
    }
    if (wanted.length !== body.rows.length || wanted.some((r, i) => body.rows[i] !== r)) body.replaceChildren(...wanted);
}

/* What a counter went up by in a second: of the same object in the answer before, or 0. */
function speed(now, old, key, seconds) {
    return old && seconds > 0 ? Math.max(0, now[key] - old[key]) / seconds : 0;
}
const sum = (list, of) => list.reduce((n, x) => n + of(x), 0);
const device_key = (d) => d.domid + "/" + d.name + "/" + d.device;

/* Each device with its rates. */
function with_speeds(list, old, keys, seconds) {
    const earlier = new Map((old || []).map((d) => [device_key(d), d]));
    return list.map((d) => {
        const r = { ...d, speed: {} };
        for (const key of keys) r.speed[key] = speed(d, earlier.get(device_key(d)), key, seconds);
        return r;
    });
}

function show_memory(now) {
    const bar = $("memory-bar"), key = $("memory-key"), total = now.memory.total_bytes;
    const largest = [...now.domains].sort((a, b) => b.memory_bytes - a.memory_bytes), shown = largest.slice(0, 5);
    const parts = shown.map((d) => [d.name, d.memory_bytes]);
    if (largest.length > 5) parts.push([`${largest.length - 5} more`, sum(largest.slice(5), (d) => d.memory_bytes)]);
    put($("memory-now"), bytes(total - now.memory.free_bytes));
    put($("memory-of"), `of ${bytes(total)}; ${bytes(now.memory.free_bytes)} free`);
    bar.replaceChildren(...parts.map(([name, n], i) => {
        const span = make("span");
        span.style.width = 100 * n / total + "%";
        span.style.background = `var(--s${i})`;
        span.title = `${name}: ${bytes(n)}`;
        return span;
    }));
    key.replaceChildren(...parts.map(([name], i) => {
        const li = make("li"), mark = make("i");
        mark.style.background = `var(--s${i})`;
        li.append(mark, name);
        return li;
    }));
}

function show_cpus(now, old, seconds) {
    const busy = now.cpus.map((c, i) => old && old.cpus[i] && seconds > 0
        ? Math.min(100, Math.max(0, 100 * (1 - (c.idle_seconds - old.cpus[i].idle_seconds) / seconds))) : 0);
    const mean = busy.length ? sum(busy, (b) => b) / busy.length : 0, box = $("cpus");
    put($("cpu-now"), percent(mean));
    put($("cpu-of"), `of ${now.host.cpus} CPUs at ${now.host.cpu_mhz} MHz`);
    if (old) draw($("cpu-graph"), [["line-a", remember("cpu", mean)]], 100, true);
    while (box.children.length > busy.length) box.lastChild.remove();
    busy.forEach((b, i) => {
        let row = box.children[i];
        if (!row) {
            const meter = make("span", "meter");
            row = make("div");
            meter.append(make("span"));
            row.append(make("span"), meter, make("span", "n"));
            box.append(row);
        }
        put(row.children[0], "CPU " + now.cpus[i].cpu);
        row.children[1].firstChild.style.width = b + "%";
        put(row.children[2], percent(b));
    });
}

function show_pair(name, list, one, other, ids, known) {
    const a = sum(list, (d) => d.speed[one]), b = sum(list, (d) => d.speed[other]);
    put($(name + "-now"), rate(a + b));
    put($(ids[0]), rate(a));
    put($(ids[1]), rate(b));
    if (!known) return;
    const first = remember(one, a), second = remember(other, b);
    draw($(name + "-graph"), [["line-a", first], ["line-b", second]], Math.max(1024, ...first, ...second), true);
}

function show_domains(now, old, seconds, disks, nics) {
    const earlier = new Map((old ? old.domains : []).map((d) => [d.uuid + d.domid, d]));
    const rows = now.domains.map((d) => {
        const key = d.uuid + d.domid, cpu = 100 * speed(d, earlier.get(key), "cpu_seconds", seconds);
        const mine = (list, k) => rate(sum(list.filter((x) => x.domid === d.domid), (x) => x.speed[k]));
        const past = old ? remember(key, cpu) : [0];
        return [key, [d.name, String(d.domid), (td) => { put(td, d.state); td.className = d.state; }, percent(cpu), (td) => {
            if (!td.firstChild) td.append(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
            td.firstChild.setAttribute("class", "spark");
            draw(td.firstChild, [["line-a", past]], Math.max(100 * d.vcpus, 1), false);
        }, String(d.vcpus), bytes(d.memory_bytes), mine(disks, "read_bytes"), mine(disks, "written_bytes"), mine(nics, "rx_bytes"), mine(nics, "tx_bytes")]];
    });
    const there = new Set(rows.map(([key]) => key));
    for (const key of history_of.keys()) if (key.length > 36 && !there.has(key)) history_of.delete(key);
    fill($("domains"), rows, "no domain");
}

function show_events(now) {
    const list = $("events");
    list.replaceChildren(...now.events.slice(0, 50).map((e) => {
        const li = make("li"), time = make("time");
        time.textContent = new Date(e.time * 1000).toLocaleTimeString();
        li.append(time, `${e.name} (${e.domid}) ${e.event === "shutdown" ? "shut down" : e.event}${e.reason ? ": " + e.reason : ""}`);
        return li;
    }));
}

function show(now) {
    const old = before && before.host.uptime_seconds < now.host.uptime_seconds ? before : null;
    const seconds = old ? now.host.uptime_seconds - old.host.uptime_seconds : 0;
    const disks = with_speeds(now.disks, old && old.disks, ["read_bytes", "written_bytes", "reads", "writes"], seconds);
    const nics = with_speeds(now.nics, old && old.nics, ["rx_bytes", "tx_bytes", "rx_packets", "tx_packets"], seconds);
    document.title = now.host.name + " · Hospes";
    put($("host"), now.host.name);
    put($("about"), `Hospes, Xen ABI ${now.host.hypervisor} · Linux ${now.host.kernel} · up ${duration(now.host.uptime_seconds)}`);
    show_cpus(now, old, seconds);
    show_memory(now);
    show_pair("disk", disks, "read_bytes", "written_bytes", ["disk-read", "disk-written"], old);
    show_pair("nic", nics, "rx_bytes", "tx_bytes", ["nic-rx", "nic-tx"], old);
    show_domains(now, old, seconds, disks, nics);
    fill($("disks"), disks.map((d) => [device_key(d), [d.name, d.device, d.speed.reads.toFixed(0) + "/s", d.speed.writes.toFixed(0) + "/s", bytes(d.read_bytes), bytes(d.written_bytes)]]), "no disk");
    fill($("nics"), nics.map((d) => [device_key(d), [d.name, String(d.device), rate(d.speed.rx_bytes), rate(d.speed.tx_bytes),
        (d.speed.rx_packets + d.speed.tx_packets).toFixed(0) + "/s", String(d.rx_errors + d.rx_dropped + d.tx_errors + d.tx_dropped)]]), "no NIC");
    show_events(now);
    before = now;
}

function say(cls, words) {
    $("status").className = cls;
    put($("words"), words);
}

async function look() {
    const token = sessionStorage.getItem("token"), headers = token ? { Authorization: "Bearer " + token } : {};
    const answer = await fetch("/api/v1/all", { headers, cache: "no-store" });
    $("ask").hidden = answer.status !== 401;
    $("main").hidden = answer.status === 401;
    if (answer.status === 401) return say("", "locked");
    if (!answer.ok) return say("lost", (await answer.json()).error);
    show(await answer.json());
    say("live", "live");
}

async function forever() {
    for (;;) {
        if (!document.hidden) await look().catch(() => say("lost", "no answer"));
        await new Promise((done) => setTimeout(done, 1000));
    }
}

/* http://HOST/#token=...: what is behind the # is sent nowhere; and it is not left in the address. */
if (location.hash.startsWith("#token=")) {
    sessionStorage.setItem("token", decodeURIComponent(location.hash.slice(7)));
    history.replaceState(null, "", "/");
}
$("ask").onsubmit = (e) => { e.preventDefault(); sessionStorage.setItem("token", $("token").value); look().catch(() => {}); };
forever();
