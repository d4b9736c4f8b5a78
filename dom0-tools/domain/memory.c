/* SPDX-License-Identifier: BSD-2-Clause */
/* How small and how large a running domain may be made; see memory.h. */
#include "domain/host_file.h"
#include "domain/memory.h"
#include "lib/store.h"

#define MIB             UINT64_C(1024)
#define GUEST_MIN       (32 * MIB) /* what a small Linux needs to live at all */
#define GUEST_MIN_SHARE 4
#define GIVE_BACK_MS    10000

uint64_t memory_floor_kib(uint32_t domid, uint64_t max_kib)
{
    struct host_conf host;
    uint64_t floor = max_kib / GUEST_MIN_SHARE;

    if (domid == 0) {
        host_file_read(&host);
        return host.dom0_min_mib * MIB;
    }
    if (floor < GUEST_MIN)
        floor = GUEST_MIN;
    return floor < max_kib ? floor : max_kib;
}

bool memory_set_target(struct toolstack *ts, uint32_t domid, uint64_t kib)
{
    char dir[40];

    snprintf(dir, sizeof(dir), "/local/domain/%u/memory", domid);
    return store_put(ts->xs, XBT_NULL, dir, "target", "%llu", (unsigned long long)kib);
}

bool memory_from_dom0(struct toolstack *ts, uint64_t kib)
{
    const int64_t deadline = store_now() + GIVE_BACK_MS;
    xc_domaininfo_t info;
    uint64_t now, target;

    if (!ts_domain_info(ts, 0, &info))
        return false;
    now = info.tot_pages * 4;
    if (now < kib + memory_floor_kib(0, now) || !memory_set_target(ts, 0, now - kib))
        return false;
    target = now - kib;
    while (info.tot_pages * 4 > target) {
        if (store_now() >= deadline || !ts_domain_info(ts, 0, &info)) {
            memory_set_target(ts, 0, now);
            return false;
        }
        store_pause(50);
    }
    return true;
}

uint64_t memory_max_kib(struct toolstack *ts, uint32_t domid)
{
    long noted = store_number(ts->xs, 0, "/local/domain/%u/memory/static-max", domid);
    xc_domaininfo_t info;

    if (noted > 0)
        return noted;
    return ts_domain_info(ts, domid, &info) ? info.max_pages * 4 : 0;
}
