/* SPDX-License-Identifier: BSD-2-Clause */
/* xm info [-n] [-m] [key]: the machine and the hypervisor, "key : value" a line. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/json.h"
#include "xm/mitigations.h"
#include "xm/xm.h"

#define BUILD_ID_MAX 64 /* bytes; a SHA-1 has 20 */

#define MITIGATION "mitigation_" /* before its name */

static const struct option_row options[] = {
    {'n', "numa", NULL, "also list the CPUs' topology and the NUMA nodes"},
    {'m', "mitigations", NULL, "also list the mitigations of the CPU's faults"},
    {'c', "config", NULL, "accepted for compatibility"},
    {0},
};

/* Prints one line, or only the value if it is the key asked for. */
struct printer {
    const char *only; /* xl info KEY */
    bool found;
};

static void __attribute__((format(printf, 3, 4)))
line(struct printer *p, const char *key, const char *fmt, ...)
{
    va_list args;

    if (p->only && strcmp(p->only, key) != 0)
        return;
    p->found = true;
    if (answer_wanted()) {
        char text[4352];

        va_start(args, fmt);
        vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        json_add_text(answer_object(), key, text);
        return;
    }
    if (!p->only)
        printf("%-23s: ", key);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

static void print_host(struct printer *p)
{
    struct utsname u;

    if (uname(&u) != 0)
        return;
    line(p, "host", "%s", u.nodename);
    line(p, "release", "%s", u.release);
    line(p, "version", "%s", u.version);
    line(p, "machine", "%s", u.machine);
}

static void print_machine(struct toolstack *ts, struct printer *p, const xc_physinfo_t *info)
{
    char caps[128] = "";
    unsigned int cores = info->cores_per_socket ? info->cores_per_socket : 1;
    unsigned int threads = info->threads_per_core ? info->threads_per_core : 1;

    for (int i = 0; i < 8; i++)
        snprintf(caps + strlen(caps), sizeof(caps) - strlen(caps), "%s%08x", i ? ":" : "",
                 info->hw_cap[i]);
    line(p, "nr_cpus", "%u", info->nr_cpus);
    if (ts->xl)
        line(p, "max_cpu_id", "%u", info->max_cpu_id);
    line(p, "nr_nodes", "%u", info->nr_nodes);
    line(p, "cores_per_socket", "%u", cores);
    line(p, "threads_per_core", "%u", threads);
    line(p, "cpu_mhz", ts->xl ? "%u.%03u" : "%u", info->cpu_khz / 1000, info->cpu_khz % 1000);
    line(p, "hw_caps", "%s", caps);
    line(p, "virt_caps", "%s%s%s", info->capabilities & XEN_SYSCTL_PHYSCAP_pv ? "pv" : "",
         info->capabilities & XEN_SYSCTL_PHYSCAP_hvm ? " hvm" : "",
         info->capabilities & XEN_SYSCTL_PHYSCAP_directio ? " hvm_directio" : "");
    line(p, "total_memory", "%" PRIu64, (uint64_t)info->total_pages >> 8);
    line(p, "free_memory", "%" PRIu64, (uint64_t)(info->free_pages - info->outstanding_pages) >> 8);
    if (ts->xl) {
        line(p, "sharing_freed_memory", "0");
        line(p, "sharing_used_memory", "0");
        line(p, "outstanding_claims", "%" PRIu64, (uint64_t)info->outstanding_pages >> 8);
    }
    line(p, "free_cpus", "0");
}

static void print_topology(struct toolstack *ts, struct printer *p)
{
    xc_cputopo_t topo[256];
    unsigned int n = 256;

    if (xc_cputopoinfo(ts->xch, &n, topo))
        return;
    line(p, "cpu_topology", "%s", "");
    if (p->only || answer_wanted())
        return;
    printf("cpu:    core    socket     node\n");
    for (unsigned int i = 0; i < n && i < 256; i++)
        printf("%3u:    %4u     %4u     %4u\n", i, topo[i].core, topo[i].socket, topo[i].node);
}

#define NODES_MAX 64u

/* Memory of each node in MiB, and how far it is from each. */
static void print_numa(struct toolstack *ts, struct printer *p)
{
    xc_meminfo_t mem[NODES_MAX];
    uint32_t distance[NODES_MAX * NODES_MAX];
    unsigned int nodes = NODES_MAX;

    if (xc_numainfo(ts->xch, &nodes, mem, distance) || nodes > NODES_MAX)
        return;
    line(p, "numa_info", "%s", "");
    if (p->only || answer_wanted())
        return;
    printf("node:    memsize    memfree    distances\n");
    for (unsigned int i = 0; i < nodes; i++) {
        printf("%4u:    %6" PRIu64 "     %6" PRIu64 "      ", i, mem[i].memsize >> 20,
               mem[i].memfree >> 20);
        for (unsigned int j = 0; j < nodes; j++)
            printf("%s%u", j ? "," : "", distance[i * nodes + j]);
        putchar('\n');
    }
}

static const char *scheduler_name(struct toolstack *ts)
{
    static const char *const names[] = {
        [XEN_SCHEDULER_CREDIT] = "credit",     [XEN_SCHEDULER_CREDIT2] = "credit2",
        [XEN_SCHEDULER_ARINC653] = "arinc653", [XEN_SCHEDULER_RTDS] = "rtds",
        [XEN_SCHEDULER_NULL] = "null",
    };
    int id;

    if (xc_sched_id(ts->xch, &id) || id < 0 || (size_t)id >= sizeof(names) / sizeof(names[0]) ||
        !names[id])
        return "unknown";
    return names[id];
}

/* A text answer of xen_version; the buffer is larger than any of them. */
union version_text {
    xen_extraversion_t extra;
    xen_capabilities_info_t caps;
    xen_changeset_info_t changeset;
    xen_commandline_t cmdline;
    char text[4096];
};

static const char *version_text(struct toolstack *ts, int cmd, union version_text *buf)
{
    memset(buf, 0, sizeof(*buf));
    if (xc_version(ts->xch, cmd, buf) < 0)
        return "";
    buf->text[sizeof(buf->text) - 1] = '\0';
    return buf->text;
}

/* Empty if the hypervisor was linked without one. */
static void print_build_id(struct toolstack *ts, struct printer *p)
{
    union {
        xen_build_id_t id;
        uint8_t room[sizeof(xen_build_id_t) + BUILD_ID_MAX];
    } buf = {.id.len = BUILD_ID_MAX};
    int n = xc_version(ts->xch, XENVER_build_id, &buf);
    char text[BUILD_ID_MAX * 2 + 1] = "";

    for (int i = 0; i < n && i < BUILD_ID_MAX; i++)
        snprintf(text + i * 2, 3, "%02x", buf.id.buf[i]);
    line(p, "build_id", "%s", text);
}

static void print_version(struct toolstack *ts, struct printer *p)
{
    int version = xc_version(ts->xch, XENVER_version, NULL);
    xen_platform_parameters_t params = {0};
    xen_compile_info_t cc = {0};
    union version_text buf;

    line(p, "xen_major", "%d", version >> 16);
    line(p, "xen_minor", "%d", version & 0xffff);
    line(p, "xen_extra", "%s", version_text(ts, XENVER_extraversion, &buf));
    if (ts->xl)
        line(p, "xen_version", "%d.%d%s", version >> 16, version & 0xffff, buf.text);
    line(p, "xen_caps", "%s", version_text(ts, XENVER_capabilities, &buf));
    line(p, "xen_scheduler", "%s", scheduler_name(ts));
    line(p, "xen_pagesize", "%d", xc_version(ts->xch, XENVER_pagesize, NULL));
    xc_version(ts->xch, XENVER_platform_parameters, &params);
    line(p, "platform_params", "virt_start=0x%lx", params.virt_start);
    line(p, "xen_changeset", "%s", version_text(ts, XENVER_changeset, &buf));
    line(p, "xen_commandline", "%s", version_text(ts, XENVER_commandline, &buf));
    xc_version(ts->xch, XENVER_compile_info, &cc);
    line(p, "cc_compiler", "%.*s", (int)sizeof(cc.compiler), cc.compiler);
    line(p, "cc_compile_by", "%.*s", (int)sizeof(cc.compile_by), cc.compile_by);
    line(p, "cc_compile_domain", "%.*s", (int)sizeof(cc.compile_domain), cc.compile_domain);
    line(p, "cc_compile_date", "%.*s", (int)sizeof(cc.compile_date), cc.compile_date);
    if (ts->xl)
        print_build_id(ts, p);
    line(p, "xend_config_format", "4");
}

static void print_mitigation(void *arg, const char *name, const char *state)
{
    char key[64];

    snprintf(key, sizeof(key), MITIGATION "%s", name);
    line(arg, key, "%s", state);
}

/* No part of the usual text, which scripts know; but one may be asked for by its key. */
static int print_mitigations(struct toolstack *ts, struct printer *p, bool wanted)
{
    bool named = p->only && strncmp(p->only, MITIGATION, strlen(MITIGATION)) == 0;

    if ((wanted || named || answer_wanted()) && mitigations_each(ts, print_mitigation, p) && wanted)
        return xm_error("this hypervisor does not tell its mitigations here; see '%s dmesg'",
                        ts->program);
    return XM_OK;
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct printer p = {.only = args->argc ? args->argv[0] : NULL};
    xc_physinfo_t info;

    if (!xm_need_xc(ts))
        return XM_FAILED;
    if (xc_physinfo(ts->xch, &info))
        return xm_error("cannot read the machine's description: %s", strerror(errno));
    print_host(&p);
    print_machine(ts, &p, &info);
    if (args->value[0]) {
        print_topology(ts, &p);
        print_numa(ts, &p);
    }
    print_version(ts, &p);
    if (print_mitigations(ts, &p, args->value[1]))
        return XM_FAILED;
    if (p.only && !p.found)
        return xm_error("there is no key '%s' in info", p.only);
    return XM_OK;
}

const struct command cmd_info = {
    .name = "info",
    .synopsis = "[key]",
    .help = "Get information about the host",
    .options = options,
    .max_args = 1,
    .harmless = true,
    .run = run,
};
