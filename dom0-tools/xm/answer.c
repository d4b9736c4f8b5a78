/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers in JSON; see answer.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "xm/answer.h"
#include "xm/json.h"

static bool wanted;
static FILE *terminal; /* standard output, while a stream in memory stands in its place */
static char *text;
static size_t text_len;
static struct json_object *result;
static char *error;

bool answer_take_option(int *argc, char **argv)
{
    int kept = 0;
    bool found = false, operands = false;

    for (int i = 0; i < *argc; i++) {
        operands |= strcmp(argv[i], "--") == 0;
        if (!operands && strcmp(argv[i], "--json") == 0)
            found = true;
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return found;
}

void answer_begin(void)
{
    fflush(stdout);
    terminal = stdout;
    stdout = xalloc_check(open_memstream(&text, &text_len));
    result = NULL;
    error = NULL;
    wanted = true;
}

bool answer_wanted(void)
{
    return wanted;
}

void answer_rows(void)
{
    if (!result)
        result = xalloc_check(json_object_new_array());
}

struct json_object *answer_row(void)
{
    struct json_object *row = xalloc_check(json_object_new_object());

    answer_rows();
    json_object_array_add(result, row);
    return row;
}

struct json_object *answer_object(void)
{
    if (!result)
        result = xalloc_check(json_object_new_object());
    return result;
}

void answer_error(const char *why)
{
    if (!error)
        error = xmemdup(why, strlen(why));
}

/* What was printed, a line each. */
static struct json_object *printed_lines(void)
{
    struct json_object *lines = xalloc_check(json_object_new_array());
    char *at = text, *line;

    while ((line = strsep(&at, "\n")))
        if (*line || at)
            json_object_array_add(lines, xalloc_check(json_object_new_string(line)));
    return lines;
}

void answer_end(const char *command, int status)
{
    struct json_object *answer = xalloc_check(json_object_new_object());

    fclose(stdout);
    stdout = terminal;
    wanted = false;
    json_add_text(answer, "command", command);
    json_add_number(answer, "status", status);
    if (result)
        json_object_object_add(answer, "result", result);
    else if (text_len && !status)
        json_object_object_add(answer, "lines", printed_lines());
    if (status || error)
        json_add_text(answer, "error", error ? error : "it failed; see standard error");
    json_print(stdout, answer);
    json_object_put(answer);
    free(text);
    free(error);
    text = error = NULL;
}
