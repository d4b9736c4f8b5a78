/* SPDX-License-Identifier: BSD-2-Clause */
/* See devices.h. */
#include <stdio.h>

#include "devices.h"
#include "domain/device.h"
#include "fake.h"
#include "xend/service.h"

void changed(const char *fmt, uint32_t domid)
{
    char path[128];

    snprintf(path, sizeof(path), fmt, domid, "state");
    service_event(path);
}

void appears(const char *fmt, uint32_t domid, const char *kind)
{
    fake_node_set(kind, fmt, domid, "kind");
    fake_node_set("1", fmt, domid, "online");
    fake_node_set("1", fmt, domid, "state");
    changed(fmt, domid);
}

const char *error_of(const char *type, uint32_t domid, uint32_t id)
{
    const char *text =
        fake_node("/local/domain/%u/error/backend/%s/%u/%u/error", device_home(), type, domid, id);

    return text ? text : "";
}
