/* SPDX-License-Identifier: BSD-2-Clause */
/* Output that scripts parse, held to the byte (reference: xm 4.1.0 main.py, xl 4.17 xl_info.c). */
#include <criterion/criterion.h>
#include <xenctrl.h>

#include "xm/format.h"

#define SHUT(reason) (XEN_DOMINF_shutdown | (uint32_t)(reason) << XEN_DOMINF_shutdownshift)

Test(list, xm_bytes)
{
    char line[FORMAT_LINE_MAX];
    struct domain_row row = {.name = "Domain-0",
                             .domid = 0,
                             .pages = 1024 << 8,
                             .vcpus = 2,
                             .cpu_ns = UINT64_C(12345600000),
                             .flags = XEN_DOMINF_running};

    cr_assert_str_eq(
        format_list_header(false),
        "Name                                        ID   Mem VCPUs      State   Time(s)\n");
    cr_assert_str_eq(
        format_list_row(false, &row, line),
        "Domain-0                                     0  1024     2     r-----     12.3\n");
}

Test(list, xl_bytes)
{
    char line[FORMAT_LINE_MAX];
    struct domain_row row = {.name = "web",
                             .domid = 17,
                             .pages = 128 << 8,
                             .vcpus = 1,
                             .cpu_ns = 0,
                             .flags = SHUT(SHUTDOWN_reboot)};

    cr_assert_str_eq(
        format_list_header(true),
        "Name                                        ID   Mem VCPUs\tState\tTime(s)\n");
    cr_assert_str_eq(
        format_list_row(true, &row, line),
        "web                                         17   128     1     ---sr-       0.0\n");
}

Test(list, a_memory_not_a_multiple_of_a_mib_is_rounded_down)
{
    char line[FORMAT_LINE_MAX];
    struct domain_row row = {.name = "a", .pages = (8 << 8) + 255};

    cr_assert(strstr(format_list_row(false, &row, line), "     8     0 "));
}

Test(state, both_dialects)
{
    char state[7];

    cr_assert_str_eq(format_state(false, XEN_DOMINF_blocked, state), "-b----");
    cr_assert_str_eq(format_state(false, XEN_DOMINF_paused, state), "--p---");
    cr_assert_str_eq(format_state(false, SHUT(SHUTDOWN_poweroff), state), "---s--");
    cr_assert_str_eq(format_state(false, SHUT(SHUTDOWN_reboot), state), "---s--");
    cr_assert_str_eq(format_state(false, SHUT(SHUTDOWN_crash), state), "---sc-");
    cr_assert_str_eq(format_state(false, XEN_DOMINF_dying, state), "-----d");
    cr_assert_str_eq(format_state(true, SHUT(SHUTDOWN_poweroff), state), "---s--");
    cr_assert_str_eq(format_state(true, SHUT(SHUTDOWN_suspend), state), "---ss-");
    cr_assert_str_eq(format_state(true, SHUT(SHUTDOWN_crash), state), "---sc-");
    cr_assert_str_eq(format_state(true, SHUT(SHUTDOWN_reboot), state), "---sr-");
    cr_assert_str_eq(format_state(true, SHUT(SHUTDOWN_watchdog), state), "---sc-");
    cr_assert_str_eq(format_state(true, SHUT(99), state), "---s--");
    for (unsigned int reason = 5; reason < 256; reason++)
        cr_assert_str_eq(format_state(true, SHUT(reason), state), "---s--", "%u", reason);
    cr_assert_str_eq(format_state(false, SHUT(SHUTDOWN_crash) | XEN_DOMINF_dying, state), "---scd");
}

/* Ganeti's two groups of states, and those with a 'c', which it passes over; another ends its
 * list of all domains. */
static bool ganeti_knows(const char *text)
{
    static const char *const start[] = {"r--", "rb-", "-b-", "---"};
    static const char *const end[] = {"---", "ss-", "sr-"};
    char state[7];

    for (int i = 0; i < 7; i++)
        state[i] = text[i] == 'p' ? '-' : text[i];
    if (strchr(state, 'c') || strcmp(state, "-----d") == 0 || strcmp(state, "---s--") == 0 ||
        strcmp(state, "---s-d") == 0)
        return true;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 3; b++)
            if (strncmp(state, start[a], 3) == 0 && strcmp(state + 3, end[b]) == 0)
                return true;
    return false;
}

Test(state, whatever_the_hypervisor_says_ganeti_knows)
{
    for (unsigned int bits = 0; bits < 32; bits++)
        for (unsigned int reason = 0; reason < 256; reason++) {
            uint32_t flags = (bits & 1 ? XEN_DOMINF_running : 0) |
                             (bits & 2 ? XEN_DOMINF_blocked : 0) |
                             (bits & 4 ? XEN_DOMINF_paused : 0) |
                             (bits & 8 ? XEN_DOMINF_dying : 0) | (bits & 16 ? SHUT(reason) : 0);
            char state[7];

            for (int xl = 0; xl < 2; xl++)
                cr_assert(ganeti_knows(format_state(xl, flags, state)), "%s", state);
        }
}

Test(uptime, as_xm_prints_it)
{
    char text[64];

    cr_assert_str_eq(format_uptime(98 * 86400 + 2 * 3600 + 27 * 60 + 44, false, text, 64),
                     "98 days,  2:27:44");
    cr_assert_str_eq(format_uptime(15 * 86400 + 20 * 3600 + 57 * 60 + 7, false, text, 64),
                     "15 days, 20:57:07");
    cr_assert_str_eq(format_uptime(86400, false, text, 64), "1 day,  0:00:00");
    cr_assert_str_eq(format_uptime(59, false, text, 64), " 0:00:59");
    cr_assert_str_eq(format_uptime(98 * 86400 + 3600, true, text, 64), "98 days,  1:00");
    cr_assert_str_eq(format_uptime(3660, true, text, 64), " 1:01");
}

Test(size, suffixes)
{
    uint64_t kib;

    cr_assert(format_parse_size("512", &kib));
    cr_assert_eq(kib, 512 * 1024);
    cr_assert(format_parse_size("512m", &kib));
    cr_assert_eq(kib, 512 * 1024);
    cr_assert(format_parse_size("1G", &kib));
    cr_assert_eq(kib, 1024 * 1024);
    cr_assert(format_parse_size("2048k", &kib));
    cr_assert_eq(kib, 2048);
    cr_assert(format_parse_size("1048576b", &kib));
    cr_assert_eq(kib, 1024);
    cr_assert_not(format_parse_size("", &kib));
    cr_assert_not(format_parse_size("m", &kib));
    cr_assert_not(format_parse_size("5x", &kib));
    cr_assert_not(format_parse_size("5mm", &kib));
    cr_assert_not(format_parse_size("0", &kib));
    cr_assert_not(format_parse_size("-5", &kib));
    cr_assert_not(format_parse_size("99999999999999999999", &kib));
    cr_assert_not(format_parse_size("99999999t", &kib));
    cr_assert_not(format_parse_size("18446744073709552640", &kib), "2^64 + 1024");
    cr_assert_not(format_parse_size("18446744073709552640k", &kib));
}
