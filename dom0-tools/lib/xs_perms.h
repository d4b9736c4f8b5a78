/* SPDX-License-Identifier: BSD-2-Clause */
/* Permissions of xenstore nodes as the wire writes them: one letter of n r w b, then the domid. */
#ifndef LIB_XS_PERMS_H
#define LIB_XS_PERMS_H

#include <xenstore_lib.h>

/* Room for the longest text, "b4294967295", and its nul. */
#define XS_PERM_TEXT_MAX 12

/* Reads one permission; false when @text is not exactly a letter and a decimal domid. */
bool xs_perm_parse(const char *text, struct xs_permissions *perm);

/* Writes @perm as text and returns its length without the nul. */
unsigned int xs_perm_print(const struct xs_permissions *perm, char text[XS_PERM_TEXT_MAX]);

#endif
