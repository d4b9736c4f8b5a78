/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line from any text: no option may end up outside what the rest relies on. */
#include <stdlib.h>
#include <string.h>

#include <hv/hcall.h>
#include <hv/lib.h>

void hv_log(enum log_level level, const char *fmt, ...)
{
    char line[300];
    va_list ap;

    (void)level;
    va_start(ap, fmt);
    hv_vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
}

static void expect(int ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[601];
    size_t n = size < sizeof(text) - 1 ? size : sizeof(text) - 1;

    memcpy(text, data, n);
    text[n] = 0;
    cmdline_parse(text);
    expect(cmdline.dom0_max_vcpus <= HV_MAX_VCPUS);
    expect(cmdline.dom0_max_vcpus_min <= cmdline.dom0_max_vcpus);
    expect(cmdline.com1_port <= 0xFFF8);
    expect(!cmdline.com1_baud || 115200 % cmdline.com1_baud == 0);
    expect(cmdline.loglvl >= -1 && cmdline.loglvl <= cmdline.loglvl_limited);
    expect(cmdline.loglvl_limited <= LOG_DEBUG);
    expect(cmdline.guest_loglvl <= cmdline.guest_loglvl_limited);
    expect(strlen(cmdline_text) < sizeof(cmdline_text));
    return 0;
}
