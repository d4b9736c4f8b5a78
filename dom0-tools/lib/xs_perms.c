/* SPDX-License-Identifier: BSD-2-Clause */
/* Permissions of xenstore nodes to and from their text on the wire; used by daemon and clients. */
#include <stdio.h>
#include <string.h>

#include "lib/xs_perms.h"

static const char letters[] = "nrwb"; /* indexed by XS_PERM_READ | XS_PERM_WRITE */

bool xs_perm_parse(const char *text, struct xs_permissions *perm)
{
    const char *letter = *text ? strchr(letters, *text) : NULL;
    unsigned int id = 0;
    const char *p;

    if (!letter || !text[1])
        return false;
    for (p = text + 1; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        id = id * 10 + (*p - '0');
        if (id > UINT16_MAX)
            return false;
    }
    perm->id = id;
    perm->perms = letter - letters;
    return true;
}

unsigned int xs_perm_print(const struct xs_permissions *perm, char text[XS_PERM_TEXT_MAX])
{
    return snprintf(text, XS_PERM_TEXT_MAX, "%c%u",
                    letters[perm->perms & (XS_PERM_READ | XS_PERM_WRITE)], perm->id);
}

bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings)
{
    for (unsigned int i = 0; i < num; i++, strings += strlen(strings) + 1)
        if (!xs_perm_parse(strings, &perms[i])) {
            errno = EINVAL;
            return false;
        }
    return true;
}
