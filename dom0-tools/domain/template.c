/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests made from templates; see template.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/names.h"
#include "domain/config_file.h"
#include "domain/paths.h"
#include "domain/template.h"
#include "lib/xalloc.h"

struct conf *template_read(struct toolstack *ts, const char *t, const char *name, char *const *args,
                           int count)
{
    char path[PATH_MAX];
    struct conf *conf;

    if (!domain_name_ok(t) || !domain_name_ok(name)) {
        fail(&ts->fail, "'%s' cannot be the name of a %s", domain_name_ok(t) ? name : t,
             domain_name_ok(t) ? "domain" : "template");
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/%s.cfg", paths.templates, t);
    conf = config_read(ts, path, args, count);
    if (conf)
        config_set(conf, "name", name);
    return conf;
}

/* A disk's words with a file's place in the midst. */
struct place {
    const char *text;
    size_t before, len;  /* where the file's path begins, and its length */
    char rest[NAME_MAX]; /* what its name has after the template's or the guest's */
};

/* Does @text name a file of @folder whose name begins with @name? */
static bool find_place(const char *text, const char *folder, const char *name, struct place *p)
{
    char begin[PATH_MAX];
    const char *at;
    size_t n = (size_t)snprintf(begin, sizeof(begin), "%s/%s", folder, name), rest;

    at = n < sizeof(begin) ? strstr(text, begin) : NULL;
    if (!at || (at[n] != '.' && at[n] != '-'))
        return false;
    rest = strcspn(at + n, ",/");
    if (at[n + rest] == '/' || rest >= sizeof(p->rest))
        return false;
    *p = (struct place){.text = text, .before = (size_t)(at - text), .len = n + rest};
    memcpy(p->rest, at + n, rest);
    return true;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
    while (at < end) {
        off_t out = at;
        ssize_t n = copy_file_range(from, &at, to, &out, (size_t)(end - at), 0);

        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* it became shorter meanwhile */
            return -1;
        }
    }
    return 0;
}

/* Shares the blocks where the file system can; else copies what is no hole. */
static int copy_data(int from, int to)
{
    off_t size = lseek(from, 0, SEEK_END), at = 0;

    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    if (size < 0 || ftruncate(to, size) != 0)
        return -1;
    while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
        off_t hole = lseek(from, at, SEEK_HOLE);

        if (hole < 0 || copy_range(from, to, at, hole))
            return -1;
        at = hole;
    }
    return errno == ENXIO ? 0 : -1;
}

/* A file that is there is nobody's to overwrite; half a copy does not stay. */
static int copy_file(struct toolstack *ts, const char *source, const char *target)
{
    int from = open(source, O_RDONLY | O_CLOEXEC), to, ret;

    if (from < 0)
        return fail(&ts->fail, "cannot read %s: %s", source, strerror(errno));
    to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) {
        close(from);
        return fail(&ts->fail, "cannot make %s: %s", target, strerror(errno));
    }
    ret = copy_data(from, to) || fsync(to) ? -1 : 0;
    if (ret) {
        fail(&ts->fail, "cannot copy %s to %s: %s", source, target, strerror(errno));
        unlink(target);
    }
    close(to);
    close(from);
    return ret;
}

static int copy_disk(struct toolstack *ts, struct conf *conf, size_t i, const struct place *p,
                     struct copies *made)
{
    char source[PATH_MAX], target[PATH_MAX], text[2 * PATH_MAX];
    const char *name = conf_string(conf, "name");

    snprintf(source, sizeof(source), "%.*s", (int)p->len, p->text + p->before);
    snprintf(target, sizeof(target), "%s/%s%s", paths.images, name, p->rest);
    if (copy_file(ts, source, target))
        return -1;
    made->path = xrealloc(made->path, (made->count + 1) * sizeof(*made->path));
    made->path[made->count++] = xmemdup(target, strlen(target));
    snprintf(text, sizeof(text), "%.*s%s%s", (int)p->before, p->text, target,
             p->text + p->before + p->len);
    return conf_set_item(conf, "disk", i, text) ? fail(&ts->fail, "out of memory") : 0;
}

int template_copy(struct toolstack *ts, struct conf *conf, const char *t, struct copies *made)
{
    const struct conf_value *disk;
    struct place p;

    *made = (struct copies){0};
    if (mkdir(paths.images, 0755) != 0 && errno != EEXIST)
        return fail(&ts->fail, "cannot make %s: %s", paths.images, strerror(errno));
    for (size_t i = 0; (disk = conf_item(conf, "disk", i)); i++) {
        if (disk->type != CONF_STRING || !find_place(disk->text, paths.templates, t, &p) ||
            copy_disk(ts, conf, i, &p, made) == 0)
            continue;
        template_copied(made, true);
        return -1;
    }
    return 0;
}

void template_copied(struct copies *made, bool remove)
{
    while (made->count) {
        char *path = made->path[--made->count];

        if (remove)
            unlink(path);
        free(path);
    }
    free(made->path);
    made->path = NULL;
}
