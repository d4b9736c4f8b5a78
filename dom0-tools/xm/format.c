/* SPDX-License-Identifier: BSD-2-Clause */
/* Output formats that scripts parse; see format.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <xenctrl.h>

#include "xm/format.h"

#define SIZE_KIB_MAX (UINT64_C(1) << 42)

const char *format_list_header(bool xl)
{
    return xl ? "Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
              : "Name                                        ID   Mem VCPUs      State   Time(s)\n";
}

/*
 * xl's letter of the reason that a domain is down for.  A watchdog that barked is a crash, as on_crash
 * counts for it, and a letter that Ganeti does not know would lose it the whole list; what it was is
 * in `list -v`.
 */
static char reason_letter(unsigned int reason)
{
    switch (reason) {
    case SHUTDOWN_reboot:
        return 'r';
    case SHUTDOWN_suspend:
        return 's';
    case SHUTDOWN_crash:
    case SHUTDOWN_watchdog:
        return 'c';
    default:
        return '-';
    }
}

/* Of a domain that is down or dying the hypervisor may still say that its CPUs run or wait; readers
 * know these states alone. */
char *format_state(bool xl, uint32_t flags, char state[7])
{
    bool shut = flags & XEN_DOMINF_shutdown, dying = flags & XEN_DOMINF_dying;
    char reason = reason_letter((flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask);

    strcpy(state, "------");
    if (!shut && !dying) {
        state[0] = flags & XEN_DOMINF_running ? 'r' : '-';
        state[1] = flags & XEN_DOMINF_blocked ? 'b' : '-';
    }
    state[2] = flags & XEN_DOMINF_paused ? 'p' : '-';
    state[3] = shut ? 's' : '-';
    if (shut && (reason == 'c' || (xl && !dying)))
        state[4] = reason;
    state[5] = dying ? 'd' : '-';
    return state;
}

char *format_list_row(bool xl, const struct domain_row *row, char line[FORMAT_LINE_MAX])
{
    char state[7];
    double seconds = row->cpu_ns / 1e9;

    format_state(xl, row->flags, state);
    snprintf(line, FORMAT_LINE_MAX,
             xl ? "%-40s %5u %5" PRIu64 " %5u     %s  %8.1f\n"
                : "%-40s %5u %5" PRIu64 " %5u %10s %8.1f\n",
             row->name, row->domid, row->pages >> 8, row->vcpus, state, seconds);
    return line;
}

char *format_list_halted(const char *name, uint64_t mib, unsigned int vcpus,
                         char line[FORMAT_LINE_MAX])
{
    snprintf(line, FORMAT_LINE_MAX, "%-40s %5s %5" PRIu64 " %5u %10s %8.1f\n", name, "", mib, vcpus,
             "", 0.0);
    return line;
}

const char *format_state_word(uint32_t flags)
{
    unsigned int reason = (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;

    if (flags & XEN_DOMINF_dying)
        return "dying";
    if (flags & XEN_DOMINF_shutdown)
        return reason == SHUTDOWN_crash ? "crashed" : "shutdown";
    if (flags & XEN_DOMINF_paused)
        return "paused";
    return flags & XEN_DOMINF_blocked ? "idle" : "running";
}

char *format_uptime(uint64_t seconds, bool brief, char *text, size_t cap)
{
    uint64_t days = seconds / 86400;
    unsigned int h = seconds / 3600 % 24, m = seconds / 60 % 60, s = seconds % 60;
    const char *plural = days == 1 ? "" : "s";

    if (days && brief)
        snprintf(text, cap, "%" PRIu64 " day%s, %2u:%02u", days, plural, h, m);
    else if (days)
        snprintf(text, cap, "%" PRIu64 " day%s, %2u:%02u:%02u", days, plural, h, m, s);
    else if (brief)
        snprintf(text, cap, "%2u:%02u", h, m);
    else
        snprintf(text, cap, "%2u:%02u:%02u", h, m, s);
    return text;
}

bool format_parse_size(const char *text, uint64_t *kib)
{
    static const char suffixes[] = "bkmgt";
    size_t digits = strspn(text, "0123456789");
    const char *suffix;
    uint64_t n = 0;

    for (size_t i = 0; i < digits; i++) {
        n = n * 10 + (text[i] - '0');
        if (n > SIZE_KIB_MAX)
            return false;
    }
    suffix = text[digits] ? strchr(suffixes, text[digits] | 0x20) : suffixes + 2;
    if (digits == 0 || !suffix || (text[digits] && text[digits + 1]))
        return false;
    if (suffix == suffixes)
        n /= 1024;
    for (const char *at = suffixes + 1; at < suffix; at++)
        n *= 1024;
    *kib = n;
    return n > 0 && n <= SIZE_KIB_MAX;
}
