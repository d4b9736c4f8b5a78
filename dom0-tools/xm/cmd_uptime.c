/* SPDX-License-Identifier: BSD-2-Clause */
/* xm uptime [-s] [Domain...] */
#include <stdlib.h>
#include <time.h>

#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/format.h"
#include "lib/store.h"
#include "xm/json.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'s', "short", NULL, "one line a domain, with the time of day"},
    {0},
};

/* Seconds since the domain started: dom0's own since boot, others' by what create noted. */
static uint64_t uptime_of(struct toolstack *ts, uint32_t domid)
{
    char *vm, *start = NULL;
    double up = 0;
    FILE *f;

    if (domid == 0) {
        f = fopen("/proc/uptime", "re");
        if (f) {
            if (fscanf(f, "%lf", &up) != 1)
                up = 0;
            fclose(f);
        }
        return up;
    }
    vm = store_read(ts->xs, "/local/domain/%u/vm", domid);
    if (vm)
        start = store_read(ts->xs, "%s/start_time", vm);
    if (start)
        up = difftime(time(NULL), strtod(start, NULL));
    free(vm);
    free(start);
    return up > 0 ? up : 0;
}

static void print_row(struct toolstack *ts, uint32_t domid, bool brief)
{
    char *name = ts_domain_name(ts, domid), text[64], clock[16];
    time_t now = time(NULL);
    struct tm tm;

    if (answer_wanted()) {
        struct json_object *row = answer_row();

        json_add_text(row, "name", name);
        json_add_number(row, "domid", domid);
        json_add_number(row, "seconds", uptime_of(ts, domid));
        free(name);
        return;
    }
    if (brief) {
        strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
        printf(" %s up %s, %s (%u)\n", clock,
               format_uptime(uptime_of(ts, domid), true, text, sizeof(text)), name, domid);
        free(name);
        return;
    }
    printf("%-33s %4u %s\n", name, domid,
           format_uptime(uptime_of(ts, domid), false, text, sizeof(text)));
    free(name);
}

static int run(struct toolstack *ts, const struct args *args)
{
    bool brief = args->value[0];
    xc_domaininfo_t *list;
    int n, ret;

    list = xm_select(ts, args, &n, &ret, false);
    if (!list)
        return ret;
    if (!brief)
        printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
    for (int i = 0; i < n; i++)
        print_row(ts, list[i].domain, brief);
    free(list);
    return XM_OK;
}

const struct command cmd_uptime = {
    .name = "uptime",
    .synopsis = "[Domain, ...]",
    .help = "Print how long domains have been running",
    .options = options,
    .max_args = -1,
    .harmless = true,
    .run = run,
};
