/* SPDX-License-Identifier: BSD-2-Clause */
/* Restoring a domain: a creation whose memory comes out of a stream; see save.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/names.h"
#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/moving.h"
#include "domain/save.h"

static int check_name(struct toolstack *ts, const struct conf *conf)
{
    const char *name = conf_string(conf, "name");

    if (!name || !domain_name_ok(name))
        return fail(&ts->fail, "%s: the saved domain has no name that a domain can have",
                    conf->file);
    return 0;
}

int domain_restore(struct toolstack *ts, struct conf *conf, struct stream_in *in, bool paused,
                   uint32_t *domid)
{
    struct creation c = {0};
    int ret = -1;

    if (conf_check(conf, NULL, &ts->fail) == 0 && check_name(ts, conf) == 0 &&
        creation_prepare_restore(ts, conf, in, &c) == 0 && creation_check_machine(ts, &c) == 0)
        ret = domain_start(ts, &c, paused);
    *domid = c.domid;
    creation_free(&c);
    return ret;
}

/* What is wrong with a stream is told without its name: it comes by pipe or socket as well. */
static void name_file(struct fail *f, const char *path)
{
    char why[sizeof(f->text)];

    if (strstr(f->text, path))
        return;
    snprintf(why, sizeof(why), "%s", f->text);
    fail(f, "%s: %s", path, why);
}

int domain_restore_file(struct toolstack *ts, const char *path, const char *config, bool paused,
                        uint32_t *domid)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -1;
    struct stream_in in = stream_in_fd(&fd, &ts->fail);
    struct moving moving;
    struct conf *conf;

    if (fd < 0)
        return fail(&ts->fail, "cannot open %s: %s", path, strerror(errno));
    conf = saved_config(&in, path);
    if (conf && config) {
        conf_free(conf);
        conf = config_read(ts, config, NULL, 0);
    }
    if (conf) {
        moving_in(&moving, "Restoring from", path, &in);
        ret = domain_restore(ts, conf, &in, paused, domid);
        moving_end(&moving);
    }
    if (ret)
        name_file(&ts->fail, path);
    conf_free(conf);
    close(fd);
    return ret;
}
