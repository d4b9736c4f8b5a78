/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's defaults as they stand now; see host_file.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/image.h"
#include "domain/host_file.h"
#include "domain/paths.h"

void host_file_read(struct host_conf *host)
{
    const char *backends = getenv("HOSPES_BACKENDS");
    struct file_map map;
    struct fail ignored;
    char *text = NULL;

    if (file_map_open(&map, paths.xend_conf, &ignored) == 0 && map.data)
        text = strndup(map.data, map.len);
    file_map_close(&map);
    host_conf_parse(text, host);
    free(text);
    if (backends)
        host->kernel_backends = strcmp(backends, "kernel") == 0;
}

int host_file_read_all(struct toolstack *ts, struct host_conf *host)
{
    struct file_map map;
    int ret;

    host_file_read(host);
    if (!ts->xl)
        return 0;
    if (access(paths.xl_conf, F_OK)) /* nobody needs one */
        return host_conf_parse_xl(paths.xl_conf, NULL, 0, host, &ts->fail);
    if (file_map_open(&map, paths.xl_conf, &ts->fail))
        return -1;
    ret = host_conf_parse_xl(paths.xl_conf, map.data, map.len, host, &ts->fail);
    file_map_close(&map);
    return ret;
}
