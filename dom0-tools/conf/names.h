/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain may be called, and its UUID. */
#ifndef CONF_NAMES_H
#define CONF_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* False: empty, too long, only digits (an id), or with a blank, a control byte or '/'. */
bool domain_name_ok(const char *name);

/* Reads 32 hexadecimal digits, with '-' anywhere between them as xm allows; false if malformed. */
bool domain_uuid_parse(const char *text, uint8_t uuid[16]);

#endif
