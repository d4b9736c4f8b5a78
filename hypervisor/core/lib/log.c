/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the hypervisor, and what it has to say about guests (rate-limited). */
#include <hv/hcall.h>
#include <hv/lib.h>

#define LIMITED_PER_SECOND 10

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

/* At most LIMITED_PER_SECOND times a second; the first refusal of a second says so.  Each source
 * has a budget of its own, so that no guest silences another, or the hypervisor.  Two CPUs at once
 * may lose count: a message more. */
static bool rate_ok(struct log_budget *b, const char *who)
{
    s_time_t now = arch_now();
    char line[64];

    if (now >= b->second_end) {
        b->second_end = now + SECONDS(1);
        b->used = 0;
    }
    if (++b->used == LIMITED_PER_SECOND + 1)
        console_write(line, (size_t)hv_snprintf(line, sizeof(line),
                                                "(XEN) %smore messages suppressed\n", who));
    return b->used <= LIMITED_PER_SECOND;
}

void hv_log(enum log_level level, const char *fmt, ...)
{
    static struct log_budget own;
    va_list ap;

    if ((int)level > cmdline.loglvl_limited)
        return;
    if ((int)level > cmdline.loglvl && !rate_ok(&own, ""))
        return;
    va_start(ap, fmt);
    log_line("", fmt, ap);
    va_end(ap);
}

void log_last(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_line("", fmt, ap);
    va_end(ap);
}

void guest_vlog(struct domain *d, enum log_level level, const char *fmt, va_list ap)
{
    char who[16];

    if ((int)level > cmdline.guest_loglvl_limited)
        return;
    hv_snprintf(who, sizeof(who), "d%u ", d->id);
    if ((int)level > cmdline.guest_loglvl && !rate_ok(&d->log, who))
        return;
    log_line(who, fmt, ap);
}

void guest_log(struct domain *d, enum log_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    guest_vlog(d, level, fmt, ap);
    va_end(ap);
}
