/* SPDX-License-Identifier: BSD-2-Clause */
/* The checks of xm doctor; see doctor.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "domain/device.h"
#include "domain/host_file.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "xm/doctor.h"

/* Less than the smallest Debian guest wants */
#define LITTLE_MEMORY_MIB 64u
/* 2024-01-01: a clock before it was never set */
#define CLOCK_MIN 1704067200

struct examination {
    struct toolstack *ts;
    const char *root;
    const char *check;
    struct doctor_finding *found;
    int count;
};

static void __attribute__((format(printf, 4, 5)))
tell(struct examination *e, enum doctor_verdict verdict, const char *mend, const char *fmt, ...)
{
    struct doctor_finding *f;
    va_list args;

    if (e->count == DOCTOR_FINDINGS_MAX)
        return;
    f = &e->found[e->count++];
    *f = (struct doctor_finding){.name = e->check, .verdict = verdict};
    snprintf(f->mend, sizeof(f->mend), "%s", mend ? mend : "");
    va_start(args, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
}

static bool exists(const struct examination *e, const char *path)
{
    char whole[PATH_LEN];

    snprintf(whole, sizeof(whole), "%s%s", e->root, path);
    return access(whole, F_OK) == 0;
}

/* The first line of a file, without its end; "" if there is none. */
static const char *first_line(const struct examination *e, const char *path, char text[128])
{
    char whole[PATH_LEN];
    FILE *in;

    snprintf(whole, sizeof(whole), "%s%s", e->root, path);
    text[0] = '\0';
    in = fopen(whole, "re");
    if (in) {
        if (!fgets(text, 128, in))
            text[0] = '\0';
        fclose(in);
    }
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static void check_hypervisor(struct examination *e)
{
    char type[128];
    int version;

    if (strcmp(first_line(e, "/sys/hypervisor/type", type), "xen") != 0) {
        tell(e, DOCTOR_PROBLEM, "choose the hypervisor's entry in the boot menu",
             "this kernel does not run on a hypervisor");
        return;
    }
    if (ts_open_xc(e->ts)) {
        tell(e, DOCTOR_PROBLEM, "run it as root in dom0, with xen-privcmd loaded", "%s",
             e->ts->fail.text);
        return;
    }
    version = xc_version(e->ts->xch, XENVER_version, NULL);
    tell(e, DOCTOR_OK, NULL, "answers as Xen %d.%d", version >> 16, version & 0xffff);
}

static void check_modules(struct examination *e)
{
    static const struct {
        const char *path, *module, *use;
    } nodes[] = {
        {"/dev/xen/evtchn", "xen-evtchn", "event channels"},
        {"/dev/xen/gntdev", "xen-gntdev", "guests' disks and NICs"},
        {"/dev/xen/privcmd", "xen-privcmd", "making domains"},
        {"/dev/net/tun", "tun", "guests' NICs"},
    };
    int missing = 0;

    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        char mend[64];

        if (exists(e, nodes[i].path))
            continue;
        missing++;
        snprintf(mend, sizeof(mend), "modprobe %s", nodes[i].module);
        tell(e, DOCTOR_PROBLEM, mend, "%s is not there, which %s need", nodes[i].path,
             nodes[i].use);
    }
    if (!missing)
        tell(e, DOCTOR_OK, NULL, "all kernel modules are loaded");
}

static bool runs(const struct examination *e, const char *program)
{
    char dir[PATH_LEN], path[PATH_LEN], name[128];
    bool found = false;
    struct dirent *entry;
    DIR *proc;

    snprintf(dir, sizeof(dir), "%s/proc", e->root);
    proc = opendir(dir);
    while (proc && !found && (entry = readdir(proc))) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof(path), "/proc/%.16s/comm", entry->d_name);
        found = strcmp(first_line(e, path, name), program) == 0;
    }
    if (proc)
        closedir(proc);
    return found;
}

static void check_daemons(struct examination *e)
{
    int problems = 0;

    if (ts_open(e->ts)) {
        tell(e, DOCTOR_PROBLEM, "service xend start", "%s", e->ts->fail.text);
        problems++;
    }
    if (!runs(e, "xenconsoled")) {
        tell(e, DOCTOR_PROBLEM, "service xend start",
             "xenconsoled does not run: guests have no console");
        problems++;
    }
    if (!ts_xend_running()) {
        tell(e, DOCTOR_PROBLEM, "service xend start",
             "xend does not run: guests get no disks and NICs, and are not restarted");
        problems++;
    }
    if (!problems)
        tell(e, DOCTOR_OK, NULL, "xenstored, xenconsoled and xend run");
}

static bool is_up(const struct examination *e, const char *link)
{
    char path[PATH_LEN], text[128];

    snprintf(path, sizeof(path), "/sys/class/net/%.15s/flags", link);
    return strtoul(first_line(e, path, text), NULL, 16) & 1; /* IFF_UP */
}

static int look_at_bridge(struct examination *e, const char *name)
{
    char path[PATH_LEN], mend[64];

    snprintf(path, sizeof(path), "/sys/class/net/%.15s/bridge", name);
    if (!exists(e, path))
        return 0;
    snprintf(mend, sizeof(mend), "ip link set %.15s up", name);
    if (is_up(e, name))
        tell(e, DOCTOR_OK, NULL, "bridge %.15s is up", name);
    else
        tell(e, DOCTOR_WARNING, mend, "bridge %.15s is down", name);
    return 1;
}

static void check_bridges(struct examination *e)
{
    struct dirent **entries;
    char dir[PATH_LEN];
    int count = 0, n;

    snprintf(dir, sizeof(dir), "%s/sys/class/net", e->root);
    n = scandir(dir, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        count += look_at_bridge(e, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    if (!count)
        tell(e, DOCTOR_WARNING, "/etc/xen/scripts/network-bridge start",
             "there is no bridge: NICs need script=vif-route or vif-nat, or one must be made");
}

struct search {
    bool routed;
};

static void look_at_script(struct toolstack *ts, const struct device_at *at, void *arg)
{
    char *script = store_read(ts->xs, "%s/script", at->paths.back);
    struct search *search = arg;

    search->routed |= script && (strstr(script, "vif-nat") || strstr(script, "vif-route"));
    free(script);
}

static void check_forwarding(struct examination *e)
{
    struct search search = {false};
    bool on;
    char text[128];
    xc_domaininfo_t *list;
    int n = e->ts->xs ? ts_domains(e->ts, &list) : -1;

    for (int i = 0; i < n; i++)
        device_each_of(e->ts, &class_nic, list[i].domain, look_at_script, &search);
    if (n >= 0)
        free(list);
    on = strcmp(first_line(e, "/proc/sys/net/ipv4/ip_forward", text), "1") == 0;
    if (search.routed && !on)
        tell(e, DOCTOR_PROBLEM, "sysctl net.ipv4.ip_forward=1",
             "a guest is routed through dom0, which does not forward");
    else
        tell(e, DOCTOR_OK, NULL, "IPv4 forwarding is %s%s", on ? "on" : "off",
             search.routed ? "" : "; no guest needs it");
}

static void check_memory(struct examination *e)
{
    xc_physinfo_t info;
    uint64_t mib;

    if (!e->ts->xch || xc_physinfo(e->ts->xch, &info)) {
        tell(e, DOCTOR_PROBLEM, "see the hypervisor's line", "the memory cannot be asked for");
        return;
    }
    mib = (info.free_pages - info.outstanding_pages) >> 8;
    if (mib < LITTLE_MEMORY_MIB)
        tell(e, DOCTOR_WARNING,
             "boot with dom0_mem=SIZE, or take some from a domain: xm mem-set Domain-0 MIB",
             "only %llu MiB are free for guests", (unsigned long long)mib);
    else
        tell(e, DOCTOR_OK, NULL, "%llu of %llu MiB are free for guests", (unsigned long long)mib,
             (unsigned long long)info.total_pages >> 8);
}

static void check_clock(struct examination *e)
{
    char source[128];
    time_t now = time(NULL);

    first_line(e, "/sys/devices/system/clocksource/clocksource0/current_clocksource", source);
    if (now < CLOCK_MIN)
        tell(e, DOCTOR_WARNING, "set it (date -s, or start an NTP service): guests take it over",
             "dom0's clock was never set");
    else if (strcmp(source, "xen") != 0 && strcmp(source, "tsc") != 0)
        tell(e, DOCTOR_WARNING,
             "echo xen > /sys/devices/system/clocksource/clocksource0/current_clocksource",
             "dom0 keeps time by '%s'", source);
    else
        tell(e, DOCTOR_OK, NULL, "set, kept by %s", source);
}

static void check_settings(struct examination *e)
{
    struct host_conf host;

    if (host_file_read_all(e->ts, &host))
        tell(e, DOCTOR_PROBLEM, "correct it: xl makes no domain before", "%s", e->ts->fail.text);
    else if (host.passed_over[0])
        tell(e, DOCTOR_WARNING, "correct it; xend reads the file when it starts", "%s, %s",
             paths.xend_conf, host.passed_over);
    else
        tell(e, DOCTOR_OK, NULL, "%s has no value without use", paths.xend_conf);
}

/* A domain's part of the store, or its devices', that outlived it. */
static int look_for_stale(struct examination *e, const char *dir)
{
    unsigned int n;
    char **ids = store_list(e->ts->xs, &n, "%s", dir), mend[PATH_LEN];
    xc_domaininfo_t info;
    int stale = 0;

    for (unsigned int i = 0; i < n; i++) {
        char *end;
        unsigned long domid = strtoul(ids[i], &end, 10);

        if (*end || domid >= DOMID_FIRST_RESERVED || ts_domain_info(e->ts, domid, &info))
            continue;
        snprintf(mend, sizeof(mend), "xenstore-rm %.200s/%lu", dir, domid);
        tell(e, DOCTOR_WARNING, mend, "%s/%lu is left of a domain that is gone", dir, domid);
        stale++;
    }
    free(ids);
    return stale;
}

static void check_nodes(struct examination *e)
{
    char dir[PATH_LEN];
    int stale;

    if (!e->ts->xs || !e->ts->xch)
        return; /* said already */
    stale = look_for_stale(e, "/local/domain");
    for (const struct device_class *const *class = device_classes; *class; class ++) {
        snprintf(dir, sizeof(dir), BACKEND_DIR "/%s", (*class)->type);
        stale += look_for_stale(e, dir);
    }
    if (!stale)
        tell(e, DOCTOR_OK, NULL, "nothing is left of dead domains");
}

int doctor_examine(struct toolstack *ts, const char *root,
                   struct doctor_finding found[DOCTOR_FINDINGS_MAX])
{
    static const struct {
        const char *name;
        void (*check)(struct examination *e);
    } checks[] = {
        {"hypervisor", check_hypervisor}, {"modules", check_modules},
        {"daemons", check_daemons},       {"bridges", check_bridges},
        {"forwarding", check_forwarding}, {"memory", check_memory},
        {"clock", check_clock},           {"settings", check_settings},
        {"nodes", check_nodes},
    };
    struct examination e = {.ts = ts, .root = root, .found = found};

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        e.check = checks[i].name;
        checks[i].check(&e);
    }
    return e.count;
}
