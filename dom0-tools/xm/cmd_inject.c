/* SPDX-License-Identifier: BSD-2-Clause */
/* xm inject <Domain> <fault> [<value>] [<Device>]: faults for a guest that its administrator wants. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "domain/back_process.h"
#include "domain/device.h"
#include "lib/inject.h"
#include "lib/store.h"
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/json.h"
#include "xm/xm.h"

/* A fault that stays until it is cleared: a number of struct inject. */
static const struct fault {
    const char *name;
    const struct device_class *class;
    const char *what; /* the device, in messages */
    size_t number;    /* its place in struct inject */
    bool percent;     /* else milliseconds */
} faults[] = {
    {"slow-disk", &class_disk, "disk", offsetof(struct inject, slow_ms), false},
    {"io-error", &class_disk, "disk", offsetof(struct inject, error_ppm), true},
    {"drop-net", &class_nic, "NIC", offsetof(struct inject, drop_ppm), true},
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

static uint32_t *number_of(const struct fault *f, struct inject *i)
{
    return (uint32_t *)((char *)i + f->number);
}

/* What is to be done, and to which devices; the outcome of looking at each. */
struct task {
    void (*act)(struct toolstack *ts, const struct device_at *at, struct task *task);
    const struct fault *fault; /* NULL: whatever there is */
    uint32_t value;
    const char *device; /* NULL: all */
    unsigned int found, done;
    int ret;
};

static bool is_meant(struct toolstack *ts, const struct device_at *at, const struct task *task)
{
    if (task->fault ? at->class != task->fault->class : at->class == &class_vkbd)
        return false;
    if (!task->device)
        return true;
    return (at->class == &class_disk || at->class == &class_nic) &&
           at->class->find(ts, at->domid, task->device) == (long)at->id;
}

static bool is_ours(struct toolstack *ts, const struct device_at *at)
{
    char *kind = store_read(ts->xs, "%s/kind", at->paths.back);
    bool ret = at->back == 0 && kind && strcmp(kind, "user") == 0;

    free(kind);
    return ret;
}

/* Before anything is done: is each of them served by a process that can be told? */
static void check_one(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct task *task = arg;

    if (!is_meant(ts, at, task))
        return;
    task->found++;
    if (task->ret == XM_OK && !is_ours(ts, at))
        task->ret = xm_error("Device %u (%s) is not served by a process of ours, which could fail "
                             "on demand: see backends in xend-config.sxp",
                             at->id, at->class->type);
}

static void act_on_one(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct task *task = arg;

    if (is_meant(ts, at, task))
        task->act(ts, at, task);
}

static int carry_out(struct toolstack *ts, uint32_t domid, const char *name, struct task *task)
{
    device_each(ts, domid, check_one, task);
    if (task->ret != XM_OK)
        return task->ret;
    if (!task->found)
        return xm_error("Domain %s has no %s%s%s", name, task->fault ? task->fault->what : "device",
                        task->device ? " " : "", task->device ? task->device : "");
    device_each(ts, domid, act_on_one, task);
    return task->ret;
}

static void write_faults(struct toolstack *ts, const struct device_at *at, struct task *task,
                         const struct inject *i)
{
    if (!inject_write(ts->xs, at->paths.back, i))
        task->ret = xm_error("cannot write to xenstore: %s", strerror(errno));
}

static void set(struct toolstack *ts, const struct device_at *at, struct task *task)
{
    struct inject i = inject_read(ts->xs, at->paths.back);

    *number_of(task->fault, &i) = task->value;
    write_faults(ts, at, task, &i);
}

static void clear(struct toolstack *ts, const struct device_at *at, struct task *task)
{
    write_faults(ts, at, task, &(struct inject){0});
}

/* One that is about to be started again has died already. */
static void kill_one(struct toolstack *ts, const struct device_at *at, struct task *task)
{
    (void)ts;
    if (back_process_kill(at->class->type, at->domid, at->id, at->paths.back) == 0)
        task->done++;
    else if (errno != ESRCH)
        task->ret = xm_error("cannot kill the back-end of device %u (%s): %s", at->id,
                             at->class->type, strerror(errno));
}

static void print_fault(const struct device_at *at, const struct fault *f, uint32_t value)
{
    struct json_object *row;

    if (!answer_wanted()) {
        printf("%-6s %-9u %-9s ", at->class->type, at->id, f->name);
        f->percent ? printf("%g %%\n", value / 1e4) : printf("%u ms\n", value);
        return;
    }
    row = answer_row();
    json_add_number(row, "domid", at->domid);
    json_add_text(row, "type", at->class->type);
    json_add_number(row, "device", at->id);
    json_add_text(row, "fault", f->name);
    json_add_number(row, f->percent ? "per_million" : "milliseconds", value);
}

static void list_one(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct inject i = inject_read(ts->xs, at->paths.back);

    (void)arg;
    for (size_t n = 0; n < FAULTS; n++)
        if (*number_of(&faults[n], &i))
            print_fault(at, &faults[n], *number_of(&faults[n], &i));
}

static int list(struct toolstack *ts, uint32_t domid)
{
    if (answer_wanted())
        answer_rows();
    device_each(ts, domid, list_one, NULL);
    return XM_OK;
}

/* "2.5" or "2.5%" as parts of a million, "300" as milliseconds; false if it is neither. */
static bool read_value(const struct fault *f, const char *text, uint32_t *value)
{
    char *end;
    double number = strtod(text, &end), most = f->percent ? 100 : INJECT_MS_MAX;

    if (f->percent && *end == '%')
        end++;
    if (end == text || *end || !(number >= 0 && number <= most))
        return false;
    *value = (uint32_t)((f->percent ? number * (INJECT_PPM / 100) : number) + 0.5);
    return true;
}

static int set_fault(struct toolstack *ts, const struct args *args, uint32_t domid,
                     const struct fault *f)
{
    struct task task = {.act = set, .fault = f, .device = args->argc > 3 ? args->argv[3] : NULL};

    if (args->argc < 3 || !read_value(f, args->argv[2], &task.value))
        return xm_error("%s: %s", f->name,
                        f->percent ? "how many in a hundred? (0 to 100)"
                                   : "how many milliseconds? (0 to 60000)");
    return carry_out(ts, domid, args->argv[0], &task);
}

static int run(struct toolstack *ts, const struct args *args)
{
    const char *fault = args->argv[1];
    struct task task = {.device = args->argc > 2 ? args->argv[2] : NULL};
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (domid == 0)
        return xm_error("Domain-0 has the machine's own devices; none of them fails on demand");
    for (size_t i = 0; i < FAULTS; i++)
        if (strcmp(fault, faults[i].name) == 0)
            return set_fault(ts, args, domid, &faults[i]);
    if (args->argc > 3)
        return xm_error("%s takes no number", fault);
    if (strcmp(fault, "list") == 0)
        return list(ts, domid);
    task.act = strcmp(fault, "clear") == 0 ? clear : kill_one;
    if (task.act == kill_one && strcmp(fault, "kill-backend") != 0)
        return xm_error(
            "Invalid fault '%s' (kill-backend, slow-disk, io-error or drop-net; list or "
            "clear)",
            fault);
    ret = carry_out(ts, domid, args->argv[0], &task);
    if (ret == XM_OK && task.act == kill_one && !task.done)
        return xm_error("No back-end of domain %s lives at the moment", args->argv[0]);
    return ret;
}

const struct command cmd_inject = {
    .name = "inject",
    .synopsis = "<Domain> <kill-backend|slow-disk|io-error|drop-net|list|clear> [<MS|PERCENT>] "
                "[<Device>]",
    .help = "Make a domain's devices slow or fail, until they are cleared or the domain ends",
    .min_args = 2,
    .max_args = 4,
    .xm_only = true,
    .run = run,
};
