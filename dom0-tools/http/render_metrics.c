/* SPDX-License-Identifier: BSD-2-Clause */
/* Prometheus' text format, version 0.0.4; see render.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/vdev.h"
#include "http/figures.h"
#include "http/render.h"
#include "lib/xalloc.h"
#include "xm/format.h"

/* As the format has it: only these three are written otherwise. */
static void print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else
            fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', out);
}

static void print_head(FILE *out, const char *metric, const char *help, bool counts)
{
    fprintf(out, "# HELP %s %s.\n# TYPE %s %s\n", metric, help, metric,
            counts ? "counter" : "gauge");
}

/* One object of a class: what tells it from the others, and its value. */
static void print_value(FILE *out, const struct figure *f, const struct top_row *domain,
                        const char *label, const char *name, const void *object)
{
    char text[FIGURE_TEXT];

    fputs(f->metric, out);
    if (domain) {
        fprintf(out, "{domid=\"%u\",name=", domain->info.domain);
        print_quoted(out, domain->name);
        if (label)
            fprintf(out, ",%s=\"%s\"", label, name);
        fputc('}', out);
    } else if (label) {
        fprintf(out, "{%s=\"%s\"}", label, name);
    }
    fprintf(out, " %s\n", figure_text(f, object, text));
}

static void print_host(FILE *out, const struct figure *f, const struct sample *s)
{
    print_value(out, f, NULL, NULL, NULL, s);
}

static void print_cpus(FILE *out, const struct figure *f, const struct sample *s)
{
    for (unsigned int i = 0; i < s->cpu_count; i++) {
        char name[12];

        snprintf(name, sizeof(name), "%u", s->cpus[i].cpu);
        print_value(out, f, NULL, "cpu", name, &s->cpus[i]);
    }
}

static void print_domains(FILE *out, const struct figure *f, const struct sample *s)
{
    for (int i = 0; i < s->top.count; i++)
        print_value(out, f, &s->top.rows[i], NULL, NULL, &s->top.rows[i]);
}

static void print_vcpus(FILE *out, const struct figure *f, const struct sample *s)
{
    for (unsigned int i = 0; i < s->vcpu_count; i++) {
        char name[12];

        snprintf(name, sizeof(name), "%u", s->vcpus[i].vcpu);
        print_value(out, f, &s->top.rows[s->vcpus[i].row], "vcpu", name, &s->vcpus[i].info);
    }
}

static void print_disks(FILE *out, const struct figure *f, const struct sample *s)
{
    for (int i = 0; i < s->top.count; i++)
        for (unsigned int k = 0; k < s->top.rows[i].disk_count; k++) {
            const struct disk_counters *disk = &s->top.rows[i].disks[k];
            char name[16];

            print_value(out, f, &s->top.rows[i], "device", vdev_name(disk->id, name), disk);
        }
}

static void print_nics(FILE *out, const struct figure *f, const struct sample *s)
{
    for (int i = 0; i < s->top.count; i++)
        for (unsigned int k = 0; k < s->top.rows[i].nic_count; k++) {
            const struct nic_counters *nic = &s->top.rows[i].nics[k];
            char name[12];

            snprintf(name, sizeof(name), "%u", nic->id);
            print_value(out, f, &s->top.rows[i], "device", name, nic);
        }
}

/* The state is a label: 1 for the one that it is in. */
static void print_states(FILE *out, const struct sample *s)
{
    print_head(out, "hospes_domain_state", "1: the domain is in that state", false);
    for (int i = 0; i < s->top.count; i++) {
        const struct top_row *d = &s->top.rows[i];

        fprintf(out, "hospes_domain_state{domid=\"%u\",name=", d->info.domain);
        print_quoted(out, d->name);
        fprintf(out, ",state=\"%s\"} 1\n", format_state_word(d->info.flags));
    }
}

char *render_metrics(const struct sample *s)
{
    static void (*const print[])(FILE * out, const struct figure *f, const struct sample *s) = {
        [FIGURE_host] = print_host,      [FIGURE_memory] = print_host, [FIGURE_cpu] = print_cpus,
        [FIGURE_domain] = print_domains, [FIGURE_vcpu] = print_vcpus,  [FIGURE_disk] = print_disks,
        [FIGURE_nic] = print_nics,
    };
    size_t length;
    char *text = NULL;
    FILE *out = xalloc_check(open_memstream(&text, &length));

    for (unsigned int class = 0; class < sizeof(print) / sizeof(print[0]); class ++)
        for (const struct figure *f = NULL; (f = figure_next(class, f));) {
            print_head(out, f->metric, f->help, f->counts);
            print[class](out, f, s);
        }
    print_states(out, s);
    if (fclose(out))
        abort(); /* out of memory: as xalloc.h */
    return text;
}
