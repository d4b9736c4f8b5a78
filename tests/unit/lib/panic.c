/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the machine: what is said, and what happens then. */
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/arch.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "fakes.h"

static jmp_buf gone;
enum { HALTED = 1, REBOOTED };
static bool forced, said_before;
static char said_to_crash[sizeof(said)]; /* when a crash image would have run */

void console_force(void)
{
    forced = true;
    said_before = said[0];
}
void arch_crash(void)
{
    memcpy(said_to_crash, said, sizeof(said));
}
void arch_halt(void)
{
    longjmp(gone, HALTED);
}
void arch_reboot(void)
{
    longjmp(gone, REBOOTED);
}

/* How it ended; what was said is in `said`. */
static int end(void (*how)(void))
{
    int ended = setjmp(gone);

    if (ended)
        return ended;
    forget();
    forced = false;
    said_to_crash[0] = 0;
    how();
    return 0;
}
static void by_panic(void)
{
    panic("table %u is gone\n", 7);
}
static void by_check(void)
{
    check_failed("a == b", "room.c", 12);
}

Test(panic, says_where_and_why_and_reboots)
{
    host_cpu = 3;
    cr_expect_eq(end(by_panic), REBOOTED);
    cr_expect(forced && !said_before, "without the console's lock, from the first word on");
    cr_expect(strstr(said, "Panic on CPU 3:\n(XEN) table 7 is gone\n(XEN) **"), "%s", said);
    cr_expect_eq(end(by_check), REBOOTED);
    cr_expect(strstr(said, "check failed: a == b at room.c:12\n"), "%s", said);
}

Test(panic, stops_if_asked)
{
    cmdline.noreboot = true;
    cr_expect_eq(end(by_panic), HALTED);
    cr_expect(strstr(said, "noreboot given"));
}

/* A crash image runs when all is said, and whether a reboot is wanted or not. */
Test(panic, runs_a_crash_image)
{
    for (unsigned i = 0; i < 2; i++) {
        cmdline.noreboot = i;
        cr_expect_eq(end(by_panic), i ? HALTED : REBOOTED);
        cr_expect(strstr(said_to_crash, "table 7 is gone\n(XEN) **") &&
                  !strstr(said_to_crash, "noreboot"));
    }
}

/* Neither a low log level nor a flood of messages takes the last words away. */
Test(panic, is_always_heard)
{
    cmdline.loglvl = cmdline.loglvl_limited = -1;
    cr_expect_eq(end(by_panic), REBOOTED);
    cr_expect(strstr(said, "table 7 is gone"));
    cmdline.loglvl_limited = LOG_DEBUG;
    for (unsigned i = 0; i < 100; i++)
        log_err("again");
    cr_expect_eq(end(by_panic), REBOOTED);
    cr_expect(strstr(said, "table 7 is gone"));
}
