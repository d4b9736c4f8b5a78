/* SPDX-License-Identifier: BSD-2-Clause */
/* Output formats that scripts parse; pure, so that tests can hold them to the byte. */
#ifndef XM_FORMAT_H
#define XM_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct domain_row {
    const char *name;
    uint32_t domid;
    uint64_t pages;
    unsigned int vcpus; /* online */
    uint64_t cpu_ns;
    uint32_t flags; /* XEN_DOMINF_* */
};

#define FORMAT_LINE_MAX 512

/* Heading and row of `list`, with the newline; xl's differ from xm's. Return @line. */
const char *format_list_header(bool xl);
char *format_list_row(bool xl, const struct domain_row *row, char line[FORMAT_LINE_MAX]);

/* Six state characters: xm "rbpscd"; xl with the shutdown reason in the fifth. */
char *format_state(bool xl, uint32_t flags, char state[7]);

/* Row of a managed domain that does not run: no id, no state. */
char *format_list_halted(const char *name, uint64_t mib, unsigned int vcpus,
                         char line[FORMAT_LINE_MAX]);

/* "running", "idle", "paused", "shutdown", "crashed" or "dying" of domstate and list --state. */
const char *format_state_word(uint32_t flags);

/* "2:27:44", "1 day, 0:00:01", "98 days,  2:27:44"; with @brief no seconds. */
char *format_uptime(uint64_t seconds, bool brief, char *text, size_t cap);

/* Reads "512", "512m", "1g", "1048576k" as KiB (no suffix: MiB); false if it is no size. */
bool format_parse_size(const char *text, uint64_t *kib);

#endif
