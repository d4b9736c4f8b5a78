/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the hypervisor, and what it has to say about guests (rate-limited). */
#include <hv/hcall.h>
#include <hv/lib.h>

#define GUEST_LOG_PER_SECOND 10

static void log_line(const char *who, const char *fmt, va_list ap)
{
    char line[256];
    int n = hv_snprintf(line, sizeof(line), "(XEN) %s", who);

    n += hv_vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
    n = min(n, (int)sizeof(line) - 2);
    if (line[n - 1] != '\n')
        line[n++] = '\n';
    console_write(line, (size_t)n);
}

/* At most GUEST_LOG_PER_SECOND times a second; the first refusal of a second says so. */
static bool rate_ok(void)
{
    static s_time_t second_end;
    static unsigned used;
    s_time_t now = arch_now();

    if (now >= second_end) {
        second_end = now + SECONDS(1);
        used = 0;
    }
    if (++used == GUEST_LOG_PER_SECOND + 1)
        console_write("(XEN) more guest messages suppressed\n", 37);
    return used <= GUEST_LOG_PER_SECOND;
}

void hv_log(enum log_level level, const char *fmt, ...)
{
    va_list ap;

    if ((int)level > cmdline.loglvl_limited)
        return;
    if ((int)level > cmdline.loglvl && !rate_ok())
        return;
    va_start(ap, fmt);
    log_line("", fmt, ap);
    va_end(ap);
}

void guest_vlog(const struct domain *d, enum log_level level, const char *fmt, va_list ap)
{
    char who[16];

    if ((int)level > cmdline.guest_loglvl_limited)
        return;
    if ((int)level > cmdline.guest_loglvl && !rate_ok())
        return;
    hv_snprintf(who, sizeof(who), "d%u ", d->id);
    log_line(who, fmt, ap);
}

void guest_log(const struct domain *d, enum log_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    guest_vlog(d, level, fmt, ap);
    va_end(ap);
}
