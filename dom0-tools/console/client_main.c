/* SPDX-License-Identifier: BSD-2-Clause */
/* xenconsole: a terminal on a domain's console. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/console_client.h"

static const char usage[] = "Usage: xenconsole DOMID [--escape KEY] [--start-notify-fd FD]\n"
                            "Attach this terminal to the console of a domain.\n\n"
                            "      --escape KEY  key that leaves, e.g. ^] (the default) or ^A\n"
                            "      --start-notify-fd FD  write a byte there once connected\n"
                            "  -h, --help        show this text\n";

/* "^X" or one character; -1 when it is neither. */
static int parse_key(const char *text)
{
    if (text[0] == '^' && text[1] >= '?' && text[1] <= 'z' && !text[2])
        return text[1] & 0x1f;
    return text[0] && !text[1] ? text[0] : -1;
}

int main(int argc, char **argv)
{
    static const struct option table[] = {{"escape", required_argument, NULL, 'e'},
                                          {"start-notify-fd", required_argument, NULL, 'n'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct console_opts opts = {.escape = CONSOLE_ESCAPE};
    char *end;
    long domid;
    int opt;

    while ((opt = getopt_long(argc, argv, "e:h", table, NULL)) != -1) {
        if (opt == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (opt == 'n') {
            opts.notify_fd = atoi(optarg);
            continue;
        }
        if (opt != 'e')
            return 2;
        opts.escape = parse_key(optarg);
        if (opts.escape < 0) {
            fprintf(stderr, "xenconsole: --escape %s: give one key, like ^]\n", optarg);
            return 2;
        }
    }
    if (optind + 1 != argc) {
        fputs(usage, stderr);
        return 2;
    }
    domid = strtol(argv[optind], &end, 10);
    if (*end || domid < 0 || domid > 0x7fef) {
        fprintf(stderr, "xenconsole: '%s' is no domain id\n", argv[optind]);
        return 2;
    }
    return console_attach((int)domid, &opts);
}
