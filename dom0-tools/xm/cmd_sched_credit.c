/* SPDX-License-Identifier: BSD-2-Clause */
/* xm sched-credit [-d Domain [-w Weight] [-c Cap]] */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/json.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'d', "domain", "DOMAIN", "the domain to show or change"},
    {'w', "weight", "WEIGHT", "its share relative to others, 1 to 65535"},
    {'c', "cap", "CAP", "its upper bound in percent of one CPU, 0: none"},
    {0},
};

/* Which scheduler there is: old ones do not tell. */
static int scheduler(struct toolstack *ts)
{
    int sched;

    return xc_sched_id(ts->xch, &sched) ? XEN_SCHEDULER_CREDIT : sched;
}

static bool read_params(struct toolstack *ts, uint32_t domid, int sched,
                        struct xen_domctl_sched_credit *out)
{
    struct xen_domctl_sched_credit2 two = {0};

    if (sched != XEN_SCHEDULER_CREDIT2)
        return xc_sched_credit_domain_get(ts->xch, domid, out) == 0;
    if (xc_sched_credit2_domain_get(ts->xch, domid, &two))
        return false;
    *out = (struct xen_domctl_sched_credit){.weight = two.weight, .cap = two.cap};
    return true;
}

bool xm_cpu_share(struct toolstack *ts, uint32_t domid, struct xen_domctl_sched_credit *out)
{
    return read_params(ts, domid, scheduler(ts), out);
}

static bool write_params(struct toolstack *ts, uint32_t domid, int sched,
                         struct xen_domctl_sched_credit *in)
{
    struct xen_domctl_sched_credit2 two = {.weight = in->weight, .cap = in->cap};

    if (sched != XEN_SCHEDULER_CREDIT2)
        return xc_sched_credit_domain_set(ts->xch, domid, in) == 0;
    return xc_sched_credit2_domain_set(ts->xch, domid, &two) == 0;
}

static int print_row(struct toolstack *ts, uint32_t domid, int sched)
{
    struct xen_domctl_sched_credit params = {0};
    char *name;

    if (!read_params(ts, domid, sched, &params))
        return xm_error("cannot read the CPU share of domain %u: %s", domid, strerror(errno));
    name = ts_domain_name(ts, domid);
    if (answer_wanted()) {
        struct json_object *row = answer_row();

        json_add_text(row, "name", name);
        json_add_number(row, "domid", domid);
        json_add_number(row, "weight", params.weight);
        json_add_number(row, "cap", params.cap);
    } else {
        printf("%-33s %4u %6u %4u\n", name ? name : "?", domid, params.weight, params.cap);
    }
    free(name);
    return XM_OK;
}

/* xl tells of each pool of CPUs first; there is one, and only credit has these numbers. */
static void print_pool(struct toolstack *ts)
{
    struct xen_sysctl_credit_schedule s;

    if (xc_sched_credit_params_get(ts->xch, 0, &s) == 0)
        printf("Cpupool Pool-0: tslice=%ums ratelimit=%uus migration-delay=%uus\n", s.tslice_ms,
               s.ratelimit_us, s.vcpu_migr_delay_us);
}

static int print_all(struct toolstack *ts, int sched)
{
    xc_domaininfo_t *list;
    int n = ts_domains(ts, &list), ret = n < 0 ? xm_report(ts) : XM_OK;

    for (int i = 0; i < n && !ret; i++)
        ret = print_row(ts, list[i].domain, sched);
    free(list);
    return ret;
}

static int change(struct toolstack *ts, uint32_t domid, int sched, const char *weight,
                  const char *cap)
{
    struct xen_domctl_sched_credit params = {0};
    char *end;

    if (!read_params(ts, domid, sched, &params))
        return xm_error("cannot read the domain's CPU share: %s", strerror(errno));
    if (weight) {
        unsigned long n = strtoul(weight, &end, 10);

        if (end == weight || *end || n < 1 || n > 65535)
            return xm_error("weight '%s' is out of range (1 to 65535)", weight);
        params.weight = n;
    }
    if (cap) {
        unsigned long n = strtoul(cap, &end, 10);

        if (end == cap || *end || n > 65535)
            return xm_error("cap '%s' is out of range (0 to 65535)", cap);
        params.cap = n;
    }
    if (!write_params(ts, domid, sched, &params))
        return xm_error("cannot set the domain's CPU share: %s", strerror(errno));
    return XM_OK;
}

static int run(struct toolstack *ts, const struct args *args)
{
    const char *who = args->value[0], *weight = args->value[1], *cap = args->value[2];
    uint32_t domid;
    int sched, ret;

    if (!xm_need(ts))
        return XM_FAILED;
    if (!who && (weight || cap))
        return xm_error("name the domain with -d");
    sched = scheduler(ts);
    if (who) {
        ret = xm_find(ts, who, &domid);
        if (ret)
            return ret;
        if (weight || cap)
            return change(ts, domid, sched, weight, cap);
    }
    if (ts->xl && !who)
        print_pool(ts);
    printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
    return who ? print_row(ts, domid, sched) : print_all(ts, sched);
}

const struct command cmd_sched_credit = {
    .name = "sched-credit",
    .synopsis = "",
    .help = "Get or set the CPU share of domains",
    .options = options,
    .run = run,
};
