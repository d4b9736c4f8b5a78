/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of quotas: names as xenstore-control knows them, defaults of Xen 4.17. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "store/quota.h"

static const struct {
    const char *name;
    size_t offset;
    unsigned int value;
} table[] = {
    {"nodes", offsetof(struct quota, nodes), 1000},
    {"watches", offsetof(struct quota, watches), 128},
    {"transactions", offsetof(struct quota, transactions), 10},
    {"outstanding", offsetof(struct quota, outstanding), 20},
    {"transaction-nodes", offsetof(struct quota, transaction_nodes), 1024},
    {"node-size", offsetof(struct quota, node_size), 2048},
    {"permissions", offsetof(struct quota, perms), 5},
    {"events", offsetof(struct quota, events), 1024},
};

#define COUNT (sizeof(table) / sizeof(table[0]))

static unsigned int *field(struct quota *q, size_t i)
{
    return (unsigned int *)((char *)q + table[i].offset);
}

static unsigned int value_of(const struct quota *q, size_t i)
{
    return *(const unsigned int *)((const char *)q + table[i].offset);
}

void quota_init(struct quota *q)
{
    for (size_t i = 0; i < COUNT; i++)
        *field(q, i) = table[i].value;
}

bool quota_set(struct quota *q, const char *name, unsigned int value)
{
    for (size_t i = 0; i < COUNT; i++)
        if (!strcmp(table[i].name, name)) {
            *field(q, i) = value;
            return true;
        }
    return false;
}

size_t quota_print(const struct quota *q, char *out, size_t room)
{
    size_t len = 0;

    for (size_t i = 0; i < COUNT && len < room; i++)
        len += snprintf(out + len, room - len, "%-17s: %8u\n", table[i].name, value_of(q, i));
    return len < room ? len : room - 1;
}
