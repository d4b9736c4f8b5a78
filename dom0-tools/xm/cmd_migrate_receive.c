/* SPDX-License-Identifier: BSD-2-Clause */
/* xm migrate-receive [-p]: the other end of migrate, on standard input and output. */
#include <signal.h>
#include <unistd.h>

#include "domain/migrate.h"
#include "xm/commands.h"
#include "xm/xm.h"

enum { OPT_PAUSED };

static const struct option_row options[] = {
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    {'e', NULL, NULL, "accepted for compatibility"},
    {'d', NULL, NULL, "accepted for compatibility"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    static const int from = STDIN_FILENO, to = STDOUT_FILENO;
    struct stream_in in = stream_in_fd(&from, &ts->fail);
    struct stream_out out = stream_out_fd(&to, &ts->fail);
    uint32_t domid;

    signal(SIGPIPE, SIG_IGN); /* a sender that is gone is an error like others */
    if (!xm_need(ts))
        return XM_FAILED;
    return migrate_receive(ts, args->value[OPT_PAUSED], &in, &out, &domid) ? xm_report(ts) : XM_OK;
}

const struct command cmd_migrate_receive = {
    .name = "migrate-receive",
    .synopsis = "",
    .help = "Receive a domain on standard input (run by migrate)",
    .options = options,
    .max_args = 0,
    .run = run,
};
