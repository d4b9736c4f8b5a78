/* SPDX-License-Identifier: BSD-2-Clause */
/* A network interface that is to be made. */
#ifndef DOMAIN_NIC_H
#define DOMAIN_NIC_H

#include "conf/vif.h"
#include "domain/device.h"

struct nic {
    struct device dev;
    struct vif_spec spec;
    char script[256]; /* full path of its hotplug script */
};

#endif
