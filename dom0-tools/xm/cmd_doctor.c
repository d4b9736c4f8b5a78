/* SPDX-License-Identifier: BSD-2-Clause */
/* xm doctor [--json]: what is wrong with this machine, and what to do about it. */
#include "lib/xalloc.h"
#include "xm/commands.h"
#include "xm/doctor.h"
#include "xm/json.h"
#include "xm/xm.h"

enum { OPT_JSON };

static const struct option_row options[] = {
    [OPT_JSON] = {0, "json", NULL, "print JSON"},
    {0},
};

static const char *const words[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_PROBLEM] = "problem"};

static void print_json(const struct doctor_finding *found, int n)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (int i = 0; i < n; i++) {
        struct json_object *one = xalloc_check(json_object_new_object());

        json_add_text(one, "check", found[i].name);
        json_add_text(one, "verdict", words[found[i].verdict]);
        json_add_text(one, "found", found[i].text);
        json_add_text(one, "mend", found[i].mend[0] ? found[i].mend : NULL);
        json_object_array_add(list, one);
    }
    json_print(stdout, list);
    json_object_put(list);
}

static void print_text(const struct doctor_finding *found, int n)
{
    for (int i = 0; i < n; i++)
        printf("%-8s %-11s %s%s%s\n", words[found[i].verdict], found[i].name, found[i].text,
               found[i].mend[0] ? ": " : "", found[i].mend);
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct doctor_finding found[DOCTOR_FINDINGS_MAX];
    int n = doctor_examine(ts, "", found), ret = XM_OK;

    for (int i = 0; i < n; i++)
        if (found[i].verdict == DOCTOR_PROBLEM)
            ret = XM_FAILED;
    if (args->value[OPT_JSON])
        print_json(found, n);
    else
        print_text(found, n);
    return ret;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .synopsis = "",
    .help = "Say what is wrong with this machine, and what to do about it",
    .options = options,
    .harmless = true,
    .run = run,
};
