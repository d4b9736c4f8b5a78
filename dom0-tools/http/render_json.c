/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON out of a sample; see render.h. */
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "conf/vdev.h"
#include "http/figures.h"
#include "http/render.h"
#include "lib/xalloc.h"
#include "xm/format.h"
#include "xm/json.h"

static struct json_object *new_object(void)
{
    return xalloc_check(json_object_new_object());
}

static void add_figures(struct json_object *to, enum figure_class class, const void *object)
{
    char text[FIGURE_TEXT];

    for (const struct figure *f = NULL; (f = figure_next(class, f));)
        if (f->seconds)
            json_object_object_add(to, f->key,
                                   xalloc_check(json_object_new_double_s(
                                       f->get(object) / 1e9, figure_text(f, object, text))));
        else
            json_add_number(to, f->key, f->get(object));
}

/* An object that says which domain it is of. */
static struct json_object *add_row(struct json_object *list, const struct top_row *domain)
{
    struct json_object *row = new_object();

    json_add_number(row, "domid", domain->info.domain);
    json_add_text(row, "name", domain->name);
    json_object_array_add(list, row);
    return row;
}

static struct json_object *host_json(const struct sample *s)
{
    struct json_object *host = new_object();

    json_add_text(host, "name", s->name);
    json_add_text(host, "kernel", s->kernel);
    json_add_text(host, "hypervisor", s->hypervisor);
    json_add_number(host, "cpu_mhz", s->cpu_mhz);
    json_add_number(host, "time", s->time);
    add_figures(host, FIGURE_host, s);
    return host;
}

static struct json_object *memory_json(const struct sample *s)
{
    struct json_object *memory = new_object();

    add_figures(memory, FIGURE_memory, s);
    return memory;
}

static struct json_object *cpus_json(const struct sample *s)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (unsigned int i = 0; i < s->cpu_count; i++) {
        struct json_object *row = new_object();

        json_add_number(row, "cpu", s->cpus[i].cpu);
        add_figures(row, FIGURE_cpu, &s->cpus[i]);
        json_object_array_add(list, row);
    }
    return list;
}

static struct json_object *vcpus_json(const struct sample *s, unsigned int domain)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (unsigned int i = 0; i < s->vcpu_count; i++) {
        struct json_object *row;

        if (s->vcpus[i].row != domain)
            continue;
        row = new_object();
        json_add_number(row, "vcpu", s->vcpus[i].vcpu);
        if (s->vcpus[i].info.online)
            json_add_number(row, "cpu", s->vcpus[i].info.cpu);
        add_figures(row, FIGURE_vcpu, &s->vcpus[i].info);
        json_object_array_add(list, row);
    }
    return list;
}

static struct json_object *domains_json(const struct sample *s)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (int i = 0; i < s->top.count; i++) {
        const struct top_row *d = &s->top.rows[i];
        struct json_object *row = add_row(list, d);
        char uuid[37];

        uuid_unparse_lower(d->info.handle, uuid);
        json_add_text(row, "uuid", uuid);
        json_add_text(row, "state", format_state_word(d->info.flags));
        add_figures(row, FIGURE_domain, d);
        json_object_object_add(row, "vcpu", vcpus_json(s, i));
    }
    return list;
}

static struct json_object *disks_json(const struct sample *s)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (int i = 0; i < s->top.count; i++)
        for (unsigned int k = 0; k < s->top.rows[i].disk_count; k++) {
            const struct disk_counters *disk = &s->top.rows[i].disks[k];
            struct json_object *row = add_row(list, &s->top.rows[i]);
            char text[16];

            json_add_text(row, "device", vdev_name(disk->id, text));
            add_figures(row, FIGURE_disk, disk);
        }
    return list;
}

static struct json_object *nics_json(const struct sample *s)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (int i = 0; i < s->top.count; i++)
        for (unsigned int k = 0; k < s->top.rows[i].nic_count; k++) {
            const struct nic_counters *nic = &s->top.rows[i].nics[k];
            struct json_object *row = add_row(list, &s->top.rows[i]);

            json_add_number(row, "device", nic->id);
            add_figures(row, FIGURE_nic, nic);
        }
    return list;
}

/* The newest first. */
static struct json_object *events_json(const struct happenings *h)
{
    struct json_object *list = xalloc_check(json_object_new_array());

    for (uint64_t n = h->last; n && h->last - n < HAPPENINGS; n--) {
        const struct happening *e = &h->ring[n % HAPPENINGS];
        struct json_object *row = new_object();

        json_add_number(row, "number", n);
        json_add_number(row, "time", e->time);
        json_add_text(row, "event", e->what);
        json_add_number(row, "domid", e->domid);
        json_add_text(row, "name", e->name);
        json_add_text(row, "uuid", e->uuid);
        json_add_text(row, "reason", e->reason);
        json_object_array_add(list, row);
    }
    return list;
}

static char *text_of(struct json_object *value)
{
    const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE);
    size_t length = strlen(text);
    char *out = xmemdup(text, length + 1);

    out[length] = '\n';
    return out;
}

void render_all(const struct sample *s, const struct happenings *h, char *text[ROUTE_COUNT])
{
    struct json_object *part[ROUTE_COUNT] = {
        [ROUTE_host] = host_json(s),     [ROUTE_memory] = memory_json(s),
        [ROUTE_cpus] = cpus_json(s),     [ROUTE_domains] = domains_json(s),
        [ROUTE_disks] = disks_json(s),   [ROUTE_nics] = nics_json(s),
        [ROUTE_events] = events_json(h),
    };
    struct json_object *all = new_object();

    for (int i = 0; i < ROUTE_COUNT; i++)
        if (part[i]) {
            text[i] = text_of(part[i]);
            json_object_object_add(all, strrchr(route_path(i), '/') + 1, part[i]);
        }
    text[ROUTE_all] = text_of(all);
    json_object_put(all);
    text[ROUTE_metrics] = render_metrics(s);
}
