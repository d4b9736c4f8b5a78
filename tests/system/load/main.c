/* SPDX-License-Identifier: BSD-2-Clause */
/* load disk DEVICE STATUS read|write|both, load journal DEVICE STATUS WRITER, load tcp ADDRESS PORT STATUS, load serve PORT; see
 * load.h. */
#include "load.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile bool load_ends;
static volatile bool continued;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void tell(struct load *l, const char *state)
{
    char line[128];
    int n = snprintf(line, sizeof(line),
                     "done %-12" PRIu64 " errors %-8" PRIu64 " mismatches %-8" PRIu64
                     " longest_ms %-8" PRId64 " %-8s\n",
                     l->done, l->errors, l->mismatches, l->longest / 1000, state);

    if (pwrite(l->status, line, n, 0) != n)
        perror("load: status");
}

void load_did(struct load *l)
{
    static int64_t told;
    int64_t now = now_us();

    l->done++;
    if (continued) {
        continued = false;
        l->longest = 0;
    } else if (now - l->last > l->longest) {
        l->longest = now - l->last;
    }
    l->last = now;
    if (now - told > 100000) {
        told = now;
        tell(l, "runs");
    }
}

void load_error(struct load *l, const char *what, uint64_t where)
{
    printf("load: %s at %" PRIu64 ": %m\n", what, where);
    l->errors++;
    tell(l, "runs");
}

void load_mismatch(struct load *l, const char *what, uint64_t where)
{
    printf("load: %s at %" PRIu64 "\n", what, where);
    l->mismatches++;
    tell(l, "runs");
}

uint64_t load_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void load_fill(uint64_t *block, unsigned int first, uint64_t a, uint64_t b)
{
    uint64_t v = (a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15) + 1;

    for (unsigned int i = first; i < BLOCK / sizeof(*block); i++)
        block[i] = load_random(&v);
}

static void on_term(int signal)
{
    (void)signal;
    load_ends = true;
}

static void on_continue(int signal)
{
    (void)signal;
    continued = true;
}

static int run(struct load *l, char **argv)
{
    l->status = open(argv[3 + (strcmp(argv[1], "tcp") == 0)], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (l->status < 0) {
        perror("load: status");
        return 2;
    }
    l->last = now_us();
    tell(l, "runs");
    if (strcmp(argv[1], "tcp") == 0)
        load_tcp(l, argv[2], argv[3]);
    else if (strcmp(argv[1], "journal") == 0)
        load_journal(l, argv[2], (unsigned int)atoi(argv[4]));
    else
        load_disk(l, argv[2], strcmp(argv[4], "write") != 0, strcmp(argv[4], "read") != 0);
    tell(l, "ended");
    return l->errors || l->mismatches;
}

int main(int argc, char **argv)
{
    struct sigaction term = {.sa_handler = on_term},
                     cont = {.sa_handler = on_continue, .sa_flags = SA_RESTART};
    struct load l = {0};

    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGTERM, &term, NULL);
    sigaction(SIGCONT, &cont, NULL);
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return load_serve(argv[2]);
    if (argc == 5 && (strcmp(argv[1], "disk") == 0 || strcmp(argv[1], "journal") == 0 ||
                      strcmp(argv[1], "tcp") == 0))
        return run(&l, argv);
    fprintf(stderr,
            "usage: load disk DEVICE STATUS read|write|both | journal DEVICE STATUS WRITER | "
            "tcp ADDRESS PORT STATUS | serve PORT\n");
    return 2;
}
