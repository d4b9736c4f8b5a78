/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer of a command in JSON (--json): one object on standard output, whatever happens,
 *
 *     {"command": "list", "status": 0, "result": ...}
 *     {"command": "list", "status": 3, "error": "Domain 'x' does not exist."}
 *     {"command": "dmesg", "status": 0, "lines": ["..."]}
 *
 * A verb that has something to say builds the result; of another one the lines that it prints are
 * the answer.  The schemas are in xm/schema: answer.json, and of each result COMMAND.json.
 */
#ifndef XM_ANSWER_H
#define XM_ANSWER_H

#include <json-c/json.h>
#include <stdbool.h>

/* Takes "--json" out of the @argc words of @argv: true if it was there. */
bool answer_take_option(int *argc, char **argv);

/* From now on what is printed is kept for the answer. */
void answer_begin(void);

/* Is the answer to be JSON?  Then a verb builds a result in place of printing. */
bool answer_wanted(void);

/* The result is a list: adds an object to it.  The answer owns it. */
struct json_object *answer_row(void);

/* The result is a list, maybe an empty one. */
void answer_rows(void);

/* The result is this one object. */
struct json_object *answer_object(void);

/* Why the command failed; the first one counts. */
void answer_error(const char *text);

/* Prints the answer. */
void answer_end(const char *command, int status);

#endif
