/* SPDX-License-Identifier: BSD-2-Clause */
/* Configs as files; see config_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/config_file.h"
#include "lib/xalloc.h"

/* A config file larger than this is something else. */
#define CONFIG_MAX (1u << 20)

struct conf *config_read(struct toolstack *ts, const char *path, char *const *args, int count)
{
    FILE *in = fopen(path, "re");
    struct conf *conf = NULL;
    struct stat st;
    size_t len;
    char *text;

    if (!in) {
        fail(&ts->fail, "cannot open config file %s: %s", path, strerror(errno));
        return NULL;
    }
    text = xcalloc(1, CONFIG_MAX + 1);
    if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode)) {
        fail(&ts->fail, "cannot read config file %s: it is a directory", path);
    } else {
        len = fread(text, 1, CONFIG_MAX + 1, in);
        if (ferror(in) || len > CONFIG_MAX)
            fail(&ts->fail, "cannot read config file %s: %s", path,
                 ferror(in) ? strerror(errno) : "it is larger than 1 MiB");
        else
            conf = conf_read(path, text, len, args, count, &ts->fail);
    }
    free(text);
    fclose(in);
    return conf;
}

/* A new name is on the disk when its directory is. */
static bool sync_directory(const char *path)
{
    char dir[PATH_MAX];
    int fd;
    bool ok;

    snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

int config_write(struct toolstack *ts, const struct conf *conf, const char *path)
{
    char tmp[PATH_MAX];
    FILE *out;
    bool ok;

    snprintf(tmp, sizeof(tmp), "%s.%d.new", path, (int)getpid());
    out = fopen(tmp, "we");
    if (!out)
        return fail(&ts->fail, "cannot write %s: %s", tmp, strerror(errno));
    conf_print(conf, out);
    ok = fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
    ok = fclose(out) == 0 && ok && rename(tmp, path) == 0 && sync_directory(path);
    if (ok)
        return 0;
    fail(&ts->fail, "cannot write %s: %s", path, strerror(errno));
    unlink(tmp);
    return -1;
}

void config_set(struct conf *conf, const char *key, const char *text)
{
    xalloc_check(conf_set_string(conf, key, text) ? NULL : conf);
}
