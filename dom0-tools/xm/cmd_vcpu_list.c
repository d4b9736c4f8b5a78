/* SPDX-License-Identifier: BSD-2-Clause */
/* xm vcpu-list [Domain...] */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/cpuset.h"
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/json.h"
#include "xm/xm.h"

/* The affinity of one kind as text; "-" if the hypervisor does not tell. */
static void affinity_text(struct toolstack *ts, uint32_t domid, unsigned int vcpu, uint32_t kind,
                          char *text, size_t cap)
{
    int cpus = xc_get_online_cpus(ts->xch), size = xc_get_cpumap_size(ts->xch);
    xc_cpumap_t map = xc_cpumap_alloc(ts->xch);
    struct cpuset set = {0};
    bool hard = kind == XEN_VCPUAFFINITY_HARD;

    snprintf(text, cap, "-");
    if (map && xc_vcpu_getaffinity(ts->xch, domid, vcpu, hard ? map : NULL, hard ? NULL : map,
                                   kind) == 0) {
        memcpy(set.bits, map, (size_t)size < sizeof(set.bits) ? (size_t)size : sizeof(set.bits));
        cpuset_print(&set, cpus, ts->xl ? "all" : "any cpu", text, cap);
    }
    free(map);
}

static void add_row(const char *name, uint32_t domid, unsigned int vcpu, const xc_vcpuinfo_t *info,
                    const char *hard, const char *soft)
{
    struct json_object *row = answer_row();

    json_add_text(row, "name", name);
    json_add_number(row, "domid", domid);
    json_add_number(row, "vcpu", vcpu);
    if (info->online)
        json_add_number(row, "cpu", info->cpu);
    json_add_text(row, "state",
                  !info->online   ? "offline"
                  : info->running ? "running"
                  : info->blocked ? "blocked"
                                  : "runnable");
    json_add_seconds(row, "cpu_seconds", info->cpu_time);
    json_add_text(row, "hard_affinity", hard);
    json_add_text(row, "soft_affinity", soft);
}

static void print_vcpu(struct toolstack *ts, const char *name, uint32_t domid, unsigned int vcpu)
{
    char cpu[16] = "-", state[4] = "---", hard[256], soft[256];
    xc_vcpuinfo_t info;

    if (xc_vcpu_getinfo(ts->xch, domid, vcpu, &info))
        return;
    if (info.online) {
        snprintf(cpu, sizeof(cpu), "%u", info.cpu);
        state[0] = info.running ? 'r' : '-';
        state[1] = info.blocked ? 'b' : '-';
    } else {
        state[2] = 'p';
    }
    affinity_text(ts, domid, vcpu, XEN_VCPUAFFINITY_HARD, hard, sizeof(hard));
    if (answer_wanted()) {
        affinity_text(ts, domid, vcpu, XEN_VCPUAFFINITY_SOFT, soft, sizeof(soft));
        add_row(name, domid, vcpu, &info, hard, soft);
        return;
    }
    printf("%-32s %5u %5u %5s %5s %9.1f %s%s", name, domid, vcpu, cpu, state, info.cpu_time / 1e9,
           ts->xl ? " " : "", hard);
    if (ts->xl) {
        affinity_text(ts, domid, vcpu, XEN_VCPUAFFINITY_SOFT, soft, sizeof(soft));
        printf(" / %s", soft);
    }
    putchar('\n');
}

static void print_domain(struct toolstack *ts, const char *name, const xc_domaininfo_t *info)
{
    for (unsigned int i = 0; info->max_vcpu_id != XEN_INVALID_MAX_VCPU_ID && i <= info->max_vcpu_id;
         i++)
        print_vcpu(ts, name, info->domain, i);
}

static int run(struct toolstack *ts, const struct args *args)
{
    xc_domaininfo_t *list;
    char **names;
    int n, ret;

    list = xm_select(ts, args, &n, &ret, false);
    if (!list)
        return ret;
    printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)",
           ts->xl ? "Affinity (Hard / Soft)" : "CPU Affinity");
    names = ts_domain_names(ts, list, n);
    for (int i = 0; i < n; i++)
        print_domain(ts, names[i], &list[i]);
    ts_free_names(names, n);
    free(list);
    return XM_OK;
}

const struct command cmd_vcpu_list = {
    .name = "vcpu-list",
    .synopsis = "[Domain, ...]",
    .help = "List the VCPUs of all or some domains",
    .max_args = -1,
    .harmless = true,
    .run = run,
};
