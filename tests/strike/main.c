/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strike GATE EVENT COMMAND...: an event, of the CPU's, just before each instruction of a list, once, while a
 * machine runs.
 *
 * Reads lines "ADDRESS NAME" (hexadecimal) from the descriptor 3 and runs COMMAND, a QEMU with `-S -gdb stdio`
 * and one CPU, by GDB's remote protocol.  When the CPU first comes to an address it stops, the monitor does
 * EVENT (such as "nmi"), and the CPU must come to GATE (where its gate lands) with that address as its return address,
 * then back to the address with every register as it was, CR3 too.  An instruction that is never
 * reached is told.  Exit status 0 if the machine ended by itself and all was so.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_POINTS 2000
#define MAX_PACKET 16384
/* Of the x86-64 register file as QEMU's stub sends it: 16 general registers, then rip; in hex digits. */
#define HEX_RSP (7 * 16)
#define HEX_RIP (16 * 16)
/* With the segments' bases, CR0 to CR8 and EFER, which old stubs leave out. */
#define HEX_LEAST (2 * 600)

static struct point {
    uint64_t at;
    char name[64];
    bool struck;
} points[MAX_POINTS];
static unsigned n_points, n_struck;
static FILE *to, *from;

/* ---- the protocol: one packet at a time, each acknowledged ---- */

static bool receive(char *packet)
{
    size_t n = 0;
    int c;

    while ((c = getc(from)) != '$')
        if (c == EOF)
            return false;
    while ((c = getc(from)) != '#') {
        if (c == EOF || n + 1 == MAX_PACKET)
            return false;
        packet[n++] = (char)c;
    }
    packet[n] = 0;
    if (getc(from) == EOF || getc(from) == EOF)
        return false;
    putc('+', to);
    return !fflush(to);
}

static void transmit(const char *packet)
{
    uint8_t sum = 0;

    for (const char *p = packet; *p; p++)
        sum = (uint8_t)(sum + *p);
    fprintf(to, "$%s#%02x", packet, sum);
    fflush(to);
}

/* Sends and takes the answer. */
static void ask(const char *packet, char *answer)
{
    transmit(packet);
    if (!receive(answer))
        errx(1, "the machine ended at '%s'", packet);
}

static void expect_ok(const char *packet)
{
    char answer[MAX_PACKET];

    ask(packet, answer);
    while (answer[0] == 'O' && strcmp(answer, "OK")) /* what a command of the monitor prints */
        if (!receive(answer))
            errx(1, "the machine ended at '%s'", packet);
    if (strcmp(answer, "OK"))
        errx(1, "'%s' is answered '%s'", packet, answer);
}

static void monitor(const char *command)
{
    char packet[MAX_PACKET] = "qRcmd,";
    size_t n = strlen(packet);

    for (; *command; command++)
        n += (size_t)snprintf(packet + n, sizeof(packet) - n, "%02x", (unsigned char)*command);
    expect_ok(packet);
}

static void breakpoint(char set, uint64_t at)
{
    char packet[64];

    snprintf(packet, sizeof(packet), "%c0,%lx,1", set, at);
    expect_ok(packet);
}

/* 8 bytes as the stub writes them: the lowest first. */
static uint64_t word_of(const char *hex)
{
    uint64_t v = 0;
    unsigned byte;

    for (unsigned i = 0; i < 8; i++)
        if (sscanf(hex + 2 * i, "%2x", &byte) == 1)
            v |= (uint64_t)byte << 8 * i;
    return v;
}

/* ---- the strikes ---- */

/* Lets the CPU go on until it stops; false: the machine ended. */
static bool run(char *registers)
{
    char stop[MAX_PACKET];

    transmit("c");
    if (!receive(stop) || stop[0] != 'T')
        return false;
    ask("g", registers);
    return true;
}

static void must_run_to(uint64_t at, const struct point *p, const char *where, char *registers)
{
    if (!run(registers))
        errx(1, "%s: struck there, the machine ended before %s", p->name, where);
    if (word_of(registers + HEX_RIP) != at)
        errx(1, "%s: struck there, the CPU came to %lx in place of %s", p->name,
             word_of(registers + HEX_RIP), where);
}

static uint64_t return_address(const char *registers)
{
    char packet[64], answer[MAX_PACKET];

    snprintf(packet, sizeof(packet), "m%lx,8", word_of(registers + HEX_RSP));
    ask(packet, answer);
    return word_of(answer);
}

static void strike(struct point *p, uint64_t gate, const char *event, const char *before)
{
    char after[MAX_PACKET];

    breakpoint('Z', gate);
    monitor(event);
    must_run_to(gate, p, "the event's gate", after);
    if (return_address(after) != p->at)
        errx(1, "%s: the event came at %lx", p->name, return_address(after));
    breakpoint('z', gate);
    must_run_to(p->at, p, "there again", after);
    if (strcmp(before, after))
        errx(1, "%s: a register is not as it was:\n%s\n%s", p->name, before, after);
    breakpoint('z', p->at);
    p->struck = true;
    n_struck++;
}

static struct point *find(uint64_t at)
{
    for (unsigned i = 0; i < n_points; i++)
        if (points[i].at == at && !points[i].struck)
            return &points[i];
    return NULL;
}

static void read_points(void)
{
    FILE *list = fdopen(3, "r");

    while (list && n_points < MAX_POINTS &&
           fscanf(list, "%lx %63s", &points[n_points].at, points[n_points].name) == 2)
        n_points++;
    if (!n_points || n_points == MAX_POINTS)
        errx(2, "no list of addresses, or too long a one, at descriptor 3");
    fclose(list);
}

static pid_t start(char **command)
{
    int in[2], out[2];
    pid_t pid;

    if (pipe(in) || pipe(out) || (pid = fork()) < 0)
        err(2, "cannot start %s", command[0]);
    if (!pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        for (unsigned i = 0; i < 2; i++)
            close(in[i]), close(out[i]);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a stopped machine would wait for us for ever */
        execvp(command[0], command);
        err(127, "%s", command[0]);
    }
    close(in[0]);
    close(out[1]);
    to = fdopen(in[1], "w");
    from = fdopen(out[0], "r");
    return pid;
}

int main(int argc, char **argv)
{
    char registers[MAX_PACKET];
    int status = 0;

    if (argc < 4)
        errx(2, "usage: strike GATE EVENT COMMAND... 3<LIST");
    const uint64_t gate = strtoull(argv[1], NULL, 16);
    read_points();
    const pid_t pid = start(argv + 3);
    ask("g", registers);
    if (strlen(registers) < HEX_LEAST)
        errx(2, "this QEMU does not show control registers");
    for (unsigned i = 0; i < n_points; i++)
        breakpoint('Z', points[i].at);
    while (run(registers)) {
        struct point *p = find(word_of(registers + HEX_RIP));

        if (!p)
            errx(1, "the CPU stopped at %lx", word_of(registers + HEX_RIP));
        strike(p, gate, argv[2], registers);
    }
    waitpid(pid, &status, 0);
    for (unsigned i = 0; i < n_points; i++)
        if (!points[i].struck)
            printf("unreached %s\n", points[i].name);
    printf("struck %u of %u\n", n_struck, n_points);
    return status != 0;
}
