/* SPDX-License-Identifier: BSD-2-Clause */
/* xm doctor: what is wrong with this machine, and what to do about it. */
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/doctor.h"
#include "xm/json.h"
#include "xm/xm.h"

static const char *const words[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_PROBLEM] = "problem"};

static void add_rows(const struct doctor_finding *found, int n)
{
    for (int i = 0; i < n; i++) {
        struct json_object *one = answer_row();

        json_add_text(one, "check", found[i].name);
        json_add_text(one, "verdict", words[found[i].verdict]);
        json_add_text(one, "found", found[i].text);
        json_add_text(one, "mend", found[i].mend[0] ? found[i].mend : NULL);
    }
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
    (void)args;
    if (answer_wanted()) {
        add_rows(found, n);
        answer_error("guests cannot run properly; see the findings");
    } else {
        print_text(found, n);
    }
    return ret;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .synopsis = "",
    .help = "Say what is wrong with this machine, and what to do about it",
    .harmless = true,
    .run = run,
};
