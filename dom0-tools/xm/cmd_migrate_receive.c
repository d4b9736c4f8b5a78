/* SPDX-License-Identifier: BSD-2-Clause */
/* xm migrate-receive [-p | --relocation]: the other end of migrate, on standard input and output,
 * or on a connection that xend's relocation server has taken. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "conf/host.h"
#include "domain/host_file.h"
#include "domain/migrate.h"
#include "domain/relocate.h"
#include "xm/commands.h"
#include "xm/peer.h"
#include "xm/transport.h"
#include "xm/xm.h"

enum { OPT_RELOCATION, OPT_PAUSED, XM_OPTIONS = OPT_PAUSED };

static const struct option_row options[] = {
    [OPT_RELOCATION] = {0, "relocation", NULL,
                        "serve the connection that is descriptor 3 (run by xend)"},
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    {'e', NULL, NULL, "accepted for compatibility"},
    {'d', NULL, NULL, "accepted for compatibility"},
    {0},
};

#define CONNECTION 3
/* Seconds in which a caller must say what it wants; and in which something must come or go: longer
 * than a sender waits for its guest to suspend (domain/suspend.c). */
#define GREETING_S 10
#define SILENCE_S  150

static int receive(struct toolstack *ts, bool paused, struct stream_in *in, struct stream_out *out)
{
    uint32_t domid;

    if (!xm_need(ts))
        return XM_FAILED;
    return migrate_receive(ts, paused, in, out, &domid) ? xm_report(ts) : XM_OK;
}

/* Whoever is not on the list learns nothing, and what it sends is not read. */
static int serve(struct toolstack *ts)
{
    static const int fd = CONNECTION;
    struct stream_in in = stream_in_fd(&fd, &ts->fail);
    struct stream_out out = stream_out_fd(&fd, &ts->fail);
    struct host_conf host;
    char who[PEER_LEN];

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    host_file_read(&host);
    if (!peer_allowed(fd, host.relocation.hosts_allow, who))
        return xm_error("relocation: %s is none of (xend-relocation-hosts-allow '%s')", who,
                        host.relocation.hosts_allow);
    transport_limit(fd, GREETING_S);
    if (relocate_answer(&in, &out))
        return xm_error("relocation: %s: %s", who, ts->fail.text);
    transport_limit(fd, SILENCE_S);
    return receive(ts, false, &in, &out);
}

static int run(struct toolstack *ts, const struct args *args)
{
    static const int from = STDIN_FILENO, to = STDOUT_FILENO;
    struct stream_in in = stream_in_fd(&from, &ts->fail);
    struct stream_out out = stream_out_fd(&to, &ts->fail);

    signal(SIGPIPE, SIG_IGN); /* a sender that is gone is an error like others */
    if (args->value[OPT_RELOCATION])
        return serve(ts);
    return receive(ts, args->value[OPT_PAUSED], &in, &out);
}

const struct command cmd_migrate_receive = {
    .name = "migrate-receive",
    .synopsis = "",
    .help = "Receive a domain on standard input (run by migrate)",
    .options = options,
    .xm_options = XM_OPTIONS,
    .max_args = 0,
    .run = run,
};
