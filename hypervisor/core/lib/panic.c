/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: our own state is wrong, so say where and stop before more is damaged. */
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>

void panic(const char *fmt, ...)
{
    char line[256];
    va_list ap;

    console_force(); /* whoever holds the console's lock may not come back */
    va_start(ap, fmt);
    hv_vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    log_last("****************************************");
    log_last("Panic on CPU %u:", arch_cpu());
    log_last("%s", line);
    log_last("****************************************");
    arch_crash();
    if (cmdline.noreboot) {
        log_last("noreboot given: stopped; reset the machine by hand");
        arch_halt();
    }
    arch_reboot();
}

void check_failed(const char *what, const char *file, int line)
{
    panic("check failed: %s at %s:%d", what, file, line);
}
