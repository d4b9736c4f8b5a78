/* SPDX-License-Identifier: BSD-2-Clause */
/* Can the machine carry the new domain?  Asked before it is made, answered with who holds what. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/creation.h"
#include "domain/memory.h"

#define PAGES_TO_MIB(p) ((unsigned long long)(p) >> 8)
/* What a domain costs beside its own memory: its structures, vCPU stacks, grant and event tables */
#define OVERHEAD_PAGES 256u

static int too_little_memory(struct toolstack *ts, const struct creation *c, uint64_t free_pages)
{
    char holders[512] = "";
    xc_domaininfo_t *list;
    int n = ts_domains(ts, &list);
    char **names = n > 0 ? ts_domain_names(ts, list, n) : NULL;
    size_t at = 0;

    for (int i = 0; i < n && at < sizeof(holders); i++)
        at += snprintf(holders + at, sizeof(holders) - at, "%s%s holds %llu MiB", i ? ", " : "",
                       names[i], PAGES_TO_MIB(list[i].tot_pages));
    ts_free_names(names, n);
    free(list);
    return conf_fail(c->conf, "memory", NULL, &ts->fail,
                     "%llu MiB wanted, but only %llu MiB are free (%s)",
                     PAGES_TO_MIB(c->build.nr_pages), PAGES_TO_MIB(free_pages), holders);
}

static bool may_shrink_dom0(struct toolstack *ts, const struct host_conf *host)
{
    xen_commandline_t line = "";

    if (host->autoballoon != AUTOBALLOON_AUTO)
        return host->autoballoon == AUTOBALLOON_ON;
    return xc_version(ts->xch, XENVER_commandline, &line) == 0 && !strstr(line, "dom0_mem=");
}

static int check_memory(struct toolstack *ts, const struct creation *c, const xc_physinfo_t *info)
{
    /* The rest is promised to domains that are being built. */
    uint64_t have = info->free_pages - info->outstanding_pages;
    uint64_t want = c->build.nr_pages + OVERHEAD_PAGES;

    if (have >= want || (may_shrink_dom0(ts, &c->host) && memory_from_dom0(ts, (want - have) * 4)))
        return 0;
    return too_little_memory(ts, c, have);
}

static int check_cpus(struct toolstack *ts, const struct creation *c, const xc_physinfo_t *info)
{
    for (unsigned int i = 0; c->cpus && i < c->build.vcpus; i++) {
        unsigned int cpu = 0;

        while (cpu < info->nr_cpus && !cpuset_has(&c->cpus[i], cpu))
            cpu++;
        if (cpu == info->nr_cpus)
            return conf_fail(c->conf, conf_find(c->conf, "cpus") ? "cpus" : "cpu", NULL, &ts->fail,
                             "names no CPU of this machine, which has 0 to %u", info->nr_cpus - 1);
    }
    return 0;
}

int creation_check_machine(struct toolstack *ts, struct creation *c)
{
    xc_physinfo_t info;
    int other = ts_domid_of(ts, c->name);

    if (other >= 0)
        return conf_fail(c->conf, "name", NULL, &ts->fail,
                         "Domain '%s' already exists with ID '%d'", c->name, other);
    if (devices_check(ts, c))
        return -1;
    if (xc_physinfo(ts->xch, &info))
        return fail(&ts->fail, "cannot ask for the machine's memory: %s", strerror(errno));
    if (conf_number(c->conf, "max_grant_version") > 0)
        c->grant_version = (uint32_t)conf_number(c->conf, "max_grant_version");
    else
        c->grant_version = info.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2 ? 2 : 1;
    return check_cpus(ts, c, &info) || check_memory(ts, c, &info) ? -1 : 0;
}
