/* SPDX-License-Identifier: BSD-2-Clause */
/* xm vcpu-pin <Domain> <VCPU|all> <CPUs> */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/cpuset.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int pin(struct toolstack *ts, uint32_t domid, unsigned int vcpu, const struct cpuset *set)
{
    int size = xc_get_cpumap_size(ts->xch), cpus = xc_get_online_cpus(ts->xch), ret;
    xc_cpumap_t map = xc_cpumap_alloc(ts->xch);

    if (!map)
        return xm_error("cannot learn the number of CPUs: %s", strerror(errno));
    for (int cpu = 0; cpu < size * 8; cpu++)
        if (cpuset_has(set, cpu))
            xc_cpumap_setcpu(cpu, map);
    ret = xc_vcpu_setaffinity(ts->xch, domid, vcpu, map, NULL, XEN_VCPUAFFINITY_HARD);
    free(map);
    if (ret && errno == EINVAL)
        return xm_error("cannot pin VCPU %u: none of these CPUs is there (0 to %d are)", vcpu,
                        cpus - 1);
    return ret ? xm_error("cannot pin VCPU %u: %s", vcpu, strerror(errno)) : XM_OK;
}

static int run(struct toolstack *ts, const struct args *args)
{
    const char *which = args->argv[1];
    struct cpuset set;
    xc_domaininfo_t info;
    uint32_t domid;
    unsigned long first, last;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (!ts_domain_info(ts, domid, &info))
        return xm_error("Domain '%s' does not exist.", args->argv[0]);
    first = 0;
    last = info.max_vcpu_id;
    if (strcmp(which, "all") != 0) {
        char *end;

        first = last = strtoul(which, &end, 10);
        if (end == which || *end || first > info.max_vcpu_id)
            return xm_error("'%s' is not a VCPU of the domain (0 to %u, or all)", which,
                            info.max_vcpu_id);
    }
    if (!cpuset_parse(args->argv[2], &set))
        return xm_error("'%s' is not a set of CPUs (like 0-3,^2 or all)", args->argv[2]);
    for (unsigned long i = first; i <= last && !ret; i++)
        ret = pin(ts, domid, i, &set);
    return ret;
}

const struct command cmd_vcpu_pin = {
    .name = "vcpu-pin",
    .synopsis = "<Domain> <VCPU|all> <CPUs|all>",
    .help = "Set which CPUs a VCPU can use",
    .min_args = 3,
    .max_args = 4, /* xl: a fourth operand, soft affinity, is accepted and unused */
    .run = run,
};
