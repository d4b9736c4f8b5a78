/* SPDX-License-Identifier: BSD-2-Clause */
/* `list --long`; see longlist.h. */
#include <stdlib.h>
#include <string.h>

#include "xm/format.h"
#include "xm/longlist.h"
#include "xm/store.h"

struct details {
    char *name, *vm, *kernel, *cmdline, *actions[3], *start_time;
    char uuid[40];
};

static const char *const action_keys[3] = {"on_poweroff", "on_reboot", "on_crash"};

static void read_details(struct xm *xm, const xc_domaininfo_t *info, struct details *d)
{
    const uint8_t *h = info->handle;

    *d = (struct details){0};
    d->name = xm_domain_name(xm, info->domain);
    snprintf(d->uuid, sizeof(d->uuid),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
             h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14],
             h[15]);
    d->vm = store_read(xm->xs, "/local/domain/%u/vm", info->domain);
    if (!d->vm)
        return;
    d->kernel = store_read(xm->xs, "%s/image/kernel", d->vm);
    d->cmdline = store_read(xm->xs, "%s/image/cmdline", d->vm);
    d->start_time = store_read(xm->xs, "%s/start_time", d->vm);
    for (int i = 0; i < 3; i++)
        d->actions[i] = store_read(xm->xs, "%s/%s", d->vm, action_keys[i]);
}

static void free_details(struct details *d)
{
    free(d->name);
    free(d->vm);
    free(d->kernel);
    free(d->cmdline);
    free(d->start_time);
    for (int i = 0; i < 3; i++)
        free(d->actions[i]);
}

/* Prints @text between quotes, escaping what would end them. */
static void print_quoted(char quote, const char *text)
{
    putchar(quote);
    for (; *text; text++) {
        if (*text == quote || *text == '\\')
            putchar('\\');
        if ((unsigned char)*text >= ' ')
            putchar(*text);
    }
    putchar(quote);
}

/* (status N) of xend: 1 paused, 2 running, 4 shutting down, 5 crashed */
static int sxp_status(uint32_t flags)
{
    char state[7];

    format_state(false, flags, state);
    return state[4] == 'c' ? 5 : state[3] == 's' || state[5] == 'd' ? 4 : state[2] == 'p' ? 1 : 2;
}

static void print_sxp(struct xm *xm, const xc_domaininfo_t *info, const struct details *d)
{
    uint32_t id = info->domain;
    char state[7];

    printf("(domain\n    (domid %u)\n    (name %s)\n    (uuid %s)\n", id, d->name, d->uuid);
    printf("    (memory %llu)\n    (maxmem %llu)\n    (vcpus %u)\n    (online_vcpus %u)\n",
           (unsigned long long)info->tot_pages >> 8, (unsigned long long)info->max_pages >> 8,
           info->max_vcpu_id + 1, info->nr_online_vcpus);
    for (int i = 0; i < 3; i++)
        if (d->actions[i])
            printf("    (%s %s)\n", action_keys[i], d->actions[i]);
    if (d->kernel) {
        printf("    (image\n        (linux\n            (kernel %s)\n            (args ",
               d->kernel);
        print_quoted('\'', d->cmdline ? d->cmdline : "");
        printf(")\n        )\n    )\n");
    }
    printf("    (status %d)\n    (state %s)\n", sxp_status(info->flags),
           format_state(false, info->flags, state));
    if (d->start_time)
        printf("    (start_time %s)\n", d->start_time);
    printf("    (cpu_time %.9f)\n", info->cpu_time / 1e9);
    if (id)
        printf("    (store_mfn %ld)\n    (console_mfn %ld)\n",
               store_number(xm->xs, 0, "/local/domain/%u/store/ring-ref", id),
               store_number(xm->xs, 0, "/local/domain/%u/console/ring-ref", id));
    printf(")\n");
}

static void print_json(const xc_domaininfo_t *info, const struct details *d, bool last)
{
    printf("    {\n        \"domid\": %u,\n        \"config\": {\n", info->domain);
    printf(
        "            \"c_info\": {\n                \"type\": \"pv\",\n                \"name\": ");
    print_quoted('"', d->name);
    printf(",\n                \"uuid\": \"%s\"\n            },\n", d->uuid);
    printf("            \"b_info\": {\n                \"max_vcpus\": %u,\n"
           "                \"max_memkb\": %llu,\n                \"target_memkb\": %llu",
           info->max_vcpu_id + 1, (unsigned long long)info->max_pages * 4,
           (unsigned long long)info->tot_pages * 4);
    if (d->kernel) {
        printf(",\n                \"kernel\": ");
        print_quoted('"', d->kernel);
        printf(",\n                \"cmdline\": ");
        print_quoted('"', d->cmdline ? d->cmdline : "");
    }
    printf("\n            }");
    for (int i = 0; i < 3; i++)
        if (d->actions[i])
            printf(",\n            \"%s\": \"%s\"", action_keys[i], d->actions[i]);
    printf("\n        }\n    }%s\n", last ? "" : ",");
}

void longlist_print(struct xm *xm, const xc_domaininfo_t *list, int count)
{
    if (xm->xl)
        printf("[\n");
    for (int i = 0; i < count; i++) {
        struct details d;

        read_details(xm, &list[i], &d);
        if (xm->xl)
            print_json(&list[i], &d, i == count - 1);
        else
            print_sxp(xm, &list[i], &d);
        free_details(&d);
    }
    if (xm->xl)
        printf("]\n");
}
