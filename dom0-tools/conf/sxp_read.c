/* SPDX-License-Identifier: BSD-2-Clause */
/* S-expressions to configurations; see sxp_read.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "conf/sxp_read.h"
#include "conf/words.h"

#define DEPTH_MAX 16           /* xend's own has 5 */
#define BUDGET    (256u << 10) /* bytes of values, as of a config file */

struct reader {
    const char *file, *at, *end;
    struct conf_pos pos;
    struct fail *f;
    struct conf *conf;
    size_t budget;
};

static int bad(struct reader *r, struct conf_pos pos, const char *cause)
{
    return fail(r->f, "%s:%u:%u: %s", r->file, pos.line, pos.col, cause);
}

static int out_of_memory(struct reader *r)
{
    return fail(r->f, "%s: out of memory", r->file);
}

/* ---- text to lists and texts ---- */

static void step(struct reader *r)
{
    r->pos.col += (*r->at & 0xc0) != 0x80; /* a character may have several bytes */
    if (*r->at++ == '\n') {
        r->pos.line++;
        r->pos.col = 1;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Over blanks, and comments up to the end of their line; false at the end of the text. */
static bool skip_blanks(struct reader *r)
{
    while (r->at < r->end && (is_blank(*r->at) || *r->at == '#')) {
        if (*r->at == '#')
            while (r->at + 1 < r->end && r->at[1] != '\n')
                step(r);
        step(r);
    }
    return r->at < r->end;
}

/* A text between quotes, in which a backslash takes what follows it as it is; or a bare word. */
static int copy_text(struct reader *r, FILE *out)
{
    const struct conf_pos start = r->pos;
    const char quote = *r->at == '\'' || *r->at == '"' ? *r->at : '\0';

    if (quote)
        step(r);
    while (r->at < r->end &&
           (quote ? *r->at != quote : !is_blank(*r->at) && *r->at != '(' && *r->at != ')')) {
        if (quote && *r->at == '\\' && r->at + 1 < r->end)
            step(r);
        if ((unsigned char)*r->at < ' ' && *r->at != '\n' && *r->at != '\t')
            return bad(r, r->pos, "unexpected control character");
        fputc(*r->at, out);
        step(r);
    }
    if (!quote)
        return 0;
    if (r->at == r->end)
        return bad(r, start, "the text that begins here has no closing quote");
    step(r);
    return 0;
}

static int read_text(struct reader *r, struct conf_value *out)
{
    size_t len;
    FILE *to = open_memstream(&out->text, &len);
    int ret;

    if (!to)
        return out_of_memory(r);
    out->type = CONF_STRING;
    ret = copy_text(r, to);
    return fclose(to) == 0 ? ret : out_of_memory(r);
}

static int read_value(struct reader *r, unsigned int depth, struct conf_value *out);

/* At '(': what stands before the ')' that closes it. */
static int read_list(struct reader *r, unsigned int depth, struct conf_value *out)
{
    out->type = CONF_LIST;
    step(r);
    while (skip_blanks(r) && *r->at != ')') {
        struct conf_value item;
        struct fail cause;

        if (read_value(r, depth + 1, &item)) {
            conf_value_free(&item);
            return -1;
        }
        if (conf_value_append(out, &item, &r->budget, &cause))
            return bad(r, out->pos, cause.text);
    }
    if (r->at == r->end)
        return bad(r, out->pos, "the '(' here is not closed");
    step(r);
    return 0;
}

static int read_value(struct reader *r, unsigned int depth, struct conf_value *out)
{
    *out = (struct conf_value){.pos = r->pos};
    if (*r->at == ')')
        return bad(r, r->pos, "unexpected ')'");
    if (*r->at != '(')
        return read_text(r, out);
    if (depth == DEPTH_MAX)
        return bad(r, r->pos, "lists are nested too deeply");
    return read_list(r, depth, out);
}

/* ---- lists to keys ---- */

/* "" for a list that does not begin with a text. */
static const char *name_of(const struct conf_value *list)
{
    return list->type == CONF_LIST && list->count && list->items[0].type == CONF_STRING
               ? list->items[0].text
               : "";
}

/* The text behind the name: (memory 256).  NULL: there is none, or it is a list. */
static const char *text_of(const struct conf_value *list)
{
    return list->count == 2 && list->items[1].type == CONF_STRING ? list->items[1].text : NULL;
}

/* The text of (NAME TEXT) in @list, or NULL. */
static const char *find_text(const struct conf_value *list, const char *name)
{
    for (size_t i = 1; i < list->count; i++)
        if (strcmp(name_of(&list->items[i]), name) == 0)
            return text_of(&list->items[i]);
    return NULL;
}

/* Puts a text under a key, or at the end of a key's list; @text is taken over. */
static int put(struct reader *r, const char *key, struct conf_pos pos, char *text, bool append)
{
    struct conf_value value = {.type = CONF_STRING, .pos = pos, .text = text};
    struct conf_value list = {.type = CONF_LIST, .pos = pos};
    struct conf_entry *entry = conf_find_entry(r->conf, key);
    struct fail cause;
    char *name;

    if (!text)
        return out_of_memory(r);
    if (append && entry && entry->value.type != CONF_LIST) {
        free(text);
        return bad(r, pos, "it is given as a text already");
    }
    if (append) {
        if (conf_value_append(entry ? &entry->value : &list, &value, &r->budget, &cause))
            return bad(r, pos, cause.text);
        if (entry)
            return 0;
        value = list;
    }
    name = strdup(key);
    if (name)
        return conf_put(r->conf, name, pos, false, &value) ? out_of_memory(r) : 0;
    conf_value_free(&value);
    return out_of_memory(r);
}

static int put_text(struct reader *r, const char *key, const struct conf_value *list)
{
    const char *text = text_of(list);

    if (text)
        return *text ? put(r, key, list->items[1].pos, strdup(text), false) : 0;
    if (list->count == 1)
        return 0; /* xend prints keys without a value, too */
    return fail(r->f, "%s:%u:%u: %s: one text is expected", r->file, list->pos.line, list->pos.col,
                name_of(list));
}

/* (image (linux (kernel K) (ramdisk R) (args A) ...)); xend notes more in it. */
static int take_image(struct reader *r, const struct conf_value *image)
{
    static const char *const keys[][2] = {
        {"kernel", "kernel"}, {"ramdisk", "ramdisk"}, {"args", "cmdline"}};
    const struct conf_value *kind = image->count == 2 ? &image->items[1] : image;

    if (strcmp(name_of(kind), "linux") != 0)
        return bad(r, kind->pos, "image: only PV guests are supported: (image (linux ...))");
    for (size_t i = 1; i < kind->count; i++)
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
            if (strcmp(name_of(&kind->items[i]), keys[k][0]) == 0 &&
                put_text(r, keys[k][1], &kind->items[i]))
                return -1;
    return 0;
}

/* (vbd (uname file:/srv/a.img) (dev xvda:disk) (mode w) (backend 0)), as one text of disk=. */
static int take_disk(struct reader *r, const struct conf_value *vbd)
{
    const char *uname = find_text(vbd, "uname"), *dev = find_text(vbd, "dev");
    const char *mode = find_text(vbd, "mode"), *backend = find_text(vbd, "backend");
    const char *type = find_text(vbd, "type"), *params = find_text(vbd, "params");
    const char *script = find_text(vbd, "script");
    char *text;

    if (!dev || (!uname && !params))
        return bad(r, vbd->pos, "vbd: (uname file:PATH) and (dev xvda) are needed");
    if (backend && word_in(backend, strlen(backend), "0|Domain-0"))
        backend = NULL;
    if (asprintf(&text, "%s%s%s,%s,%s%s%s%s%s",
                 uname  ? uname
                 : type ? type
                        : "file",
                 uname ? "" : ":", uname ? "" : params, dev, mode ? mode : "r",
                 script ? ",script=" : "", script ? script : "", backend ? ",backend=" : "",
                 backend ? backend : "") < 0)
        text = NULL;
    return put(r, "disk", vbd->pos, text, true);
}

/* (vif (mac M) (bridge B) ...), (vfb (vnc 1) ...): each pair is an option of the key's text. */
static int take_options(struct reader *r, const char *key, const struct conf_value *device)
{
    size_t len;
    char *text = NULL;
    FILE *out = open_memstream(&text, &len);
    bool first = true;

    if (!out)
        return out_of_memory(r);
    for (size_t i = 1; i < device->count; i++) {
        const struct conf_value *pair = &device->items[i];
        const char *value = text_of(pair);

        if (!value || !*value || (strcmp(name_of(pair), "backend") == 0 && strcmp(value, "0") == 0))
            continue;
        fprintf(out, "%s%s=%s", first ? "" : ",", name_of(pair), value);
        first = false;
    }
    return fclose(out) == 0 ? put(r, key, device->pos, text, true) : out_of_memory(r);
}

static int take_device(struct reader *r, const struct conf_value *device)
{
    const struct conf_value *inner = device->count == 2 ? &device->items[1] : device;
    const char *class = name_of(inner);

    if (word_in(class, strlen(class), "vbd|tap|tap2"))
        return take_disk(r, inner);
    if (word_in(class, strlen(class), "vif|vfb"))
        return take_options(r, class, inner);
    if (word_in(class, strlen(class), "vkbd|console"))
        return 0; /* they come by themselves */
    return fail(r->f, "%s:%u:%u: device: '%s' is not one of vbd, vif, vfb", r->file,
                inner->pos.line, inner->pos.col, class);
}

/* (cpus ((0 1) (2))): a list of CPUs of each vCPU, an empty one of one that has all; (cpus 0-3). */
static int take_cpus(struct reader *r, const struct conf_value *cpus)
{
    const struct conf_value *all = cpus->count == 2 ? &cpus->items[1] : cpus;

    if (all->type != CONF_LIST || all == cpus)
        return put_text(r, "cpus", cpus);
    for (size_t i = 0; i < all->count; i++) {
        const struct conf_value *one = &all->items[i];
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        if (!out)
            return out_of_memory(r);
        if (one->type == CONF_STRING)
            fputs(one->text, out);
        else if (one->count == 0)
            fputs("all", out);
        for (size_t k = 0; one->type == CONF_LIST && k < one->count; k++)
            fprintf(out, "%s%s", k ? "," : "", one->items[k].text ? one->items[k].text : "?");
        if (fclose(out) || put(r, "cpus", one->pos, text, true))
            return -1;
    }
    return 0;
}

/* What xend tells of a domain that runs, or of its own affairs. */
static const char told[] = "domid|status|state|store_mfn|console_mfn|start_time|cpu_time|"
                           "online_vcpus|shadow_memory|s3_integrity|superpages|oos|vcpu_avail|"
                           "memory_dynamic_min|memory_dynamic_max|change_home_server|security";

/* What may stand in a config as well, in which the domain is kept. */
static bool is_key(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_";

    return strspn(name, first) > 0 &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789")] && !conf_is_statement(name);
}

static int take_key(struct reader *r, const struct conf_value *list)
{
    const char *key = name_of(list);

    if (!is_key(key))
        return bad(r, list->pos, "(KEY VALUE) is expected here");
    if (word_in(key, strlen(key), told))
        return 0;
    if (strcmp(key, "image") == 0)
        return take_image(r, list);
    if (strcmp(key, "device") == 0)
        return take_device(r, list);
    if (strcmp(key, "cpus") == 0)
        return take_cpus(r, list);
    return put_text(r, strcmp(key, "bootloader_args") == 0 ? "bootargs" : key, list);
}

static int take_domain(struct reader *r, const struct conf_value *domain)
{
    const char *name = name_of(domain);

    if (!word_in(name, strlen(name), "vm|domain"))
        return bad(r, domain->pos, "'(vm (KEY VALUE)...)' is expected");
    for (size_t i = 1; i < domain->count; i++)
        if (take_key(r, &domain->items[i]))
            return -1;
    return 0;
}

bool sxp_is_one(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && is_blank(text[i]))
        i++;
    return i < len && text[i] == '(';
}

static int read_all(struct reader *r)
{
    struct conf_value domain = {0};
    int ret = 0;

    if (!skip_blanks(r))
        return bad(r, r->pos, "'(vm (KEY VALUE)...)' is expected");
    if (read_value(r, 0, &domain))
        ret = -1;
    else if (skip_blanks(r))
        ret = bad(r, r->pos, "one domain is expected, and nothing after it");
    else
        ret = take_domain(r, &domain);
    conf_value_free(&domain);
    return ret;
}

struct conf *sxp_read(const char *file, const char *text, size_t len, struct fail *f)
{
    struct reader r = {.file = file,
                       .at = text,
                       .end = text + len,
                       .pos = {1, 1},
                       .f = f,
                       .budget = BUDGET,
                       .conf = conf_new(file)};

    if (!r.conf) {
        out_of_memory(&r);
        return NULL;
    }
    if (read_all(&r) == 0)
        return r.conf;
    conf_free(r.conf);
    return NULL;
}
