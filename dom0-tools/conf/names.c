/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and identities of domains; see names.h. */
#include <stddef.h>
#include <string.h>

#include "conf/names.h"
#include "conf/words.h"

/* Leaves room for the longest path below it in the store */
#define NAME_LEN_MAX 200

bool domain_name_ok(const char *name)
{
    size_t len = strlen(name);

    for (const char *at = name; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '/')
            return false;
    return len > 0 && len <= NAME_LEN_MAX && strspn(name, "0123456789") != len;
}

bool domain_uuid_parse(const char *text, uint8_t uuid[16])
{
    size_t n = 0;

    for (; *text; text++) {
        int digit = hex_digit(*text);

        if (*text == '-')
            continue;
        if (n == 32 || digit < 0)
            return false;
        uuid[n / 2] = n % 2 ? uuid[n / 2] | digit : digit << 4;
        n++;
    }
    return n == 32;
}
