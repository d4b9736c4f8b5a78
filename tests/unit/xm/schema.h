/* SPDX-License-Identifier: BSD-2-Clause */
/* A validator for the part of JSON Schema (draft 7) that dom0-tools/xm/schema uses. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <json-c/json.h>
#include <stdbool.h>

/* Is @value as @schema says?  If not, @why tells where; an unknown keyword is an error too. */
bool schema_accepts(struct json_object *schema, struct json_object *value, char why[256]);

#endif
