/* SPDX-License-Identifier: BSD-2-Clause */
/* Environment, grants and event channels of the tests. */
#include "fake.h"
#include <criterion/criterion.h>
#include <stdlib.h>

#define STORE_MFN 77
#define MAX_WAITS 100000

static struct start_info info;
struct start_info *boot_info = &info;
void (*fake_notified)(void);
uint64_t fake_clock;
unsigned fake_log_lines, fake_grants_left;
bool fake_keeps_grants;
evtchn_port_t fake_store_port = 5;

static struct {
    const void *va;
    bool read_only;
} grants[FAKE_GRANTS];
static unsigned pages_used, next_port, waits;
static struct {
    evtchn_port_t port;
    evtchn_handler_t *fn;
    void *arg;
} device;
extern char fake_store_page[PAGE_SIZE];

void fake_reset(void)
{
    memset(grants, 0, sizeof(grants));
    memset(&device, 0, sizeof(device));
    pages_used = waits = fake_log_lines = 0;
    fake_grants_left = FAKE_GRANTS;
    fake_keeps_grants = false;
    next_port = 20;
    fake_clock = 1000;
    fake_notified = NULL;
    info.store_mfn = STORE_MFN;
    info.store_evtchn = fake_store_port;
    fake_store_reset();
}

void *fake_granted(uint32_t ref, bool writable)
{
    if (ref >= FAKE_GRANTS || !grants[ref].va || (writable && grants[ref].read_only))
        return NULL;
    return (void *)grants[ref].va;
}

unsigned fake_grants_used(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < FAKE_GRANTS; i++)
        n += grants[i].va != NULL;
    return n;
}

unsigned fake_pages_used(void)
{
    return pages_used;
}

void fake_raise(void)
{
    if (device.fn)
        device.fn(device.port, device.arg);
}

void *env_page_alloc(void)
{
    void *page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);

    memset(page, 0, PAGE_SIZE);
    pages_used++;
    return page;
}

void env_page_free(void *page)
{
    free(page);
    pages_used--;
}

uint64_t env_mfn(const void *va)
{
    return (uint64_t)va >> PAGE_SHIFT;
}

void *env_map_mfn(uint64_t mfn)
{
    return mfn == STORE_MFN ? fake_store_page : NULL;
}

bool env_irq_save(void)
{
    return false;
}

void env_irq_restore(bool masked)
{
    (void)masked;
}

static void peers(void)
{
    fake_store_run();
    if (fake_notified)
        fake_notified();
}

void env_wait(uint64_t until)
{
    cr_assert(waits++ < MAX_WAITS, "the front-end waits for ever");
    fake_clock += 1000;
    peers();
    if (until && fake_clock < until)
        fake_clock += (until - fake_clock) / 4 + 1;
}

uint64_t env_now(void)
{
    return fake_clock;
}

void env_log(const char *fmt, ...)
{
    (void)fmt;
    fake_log_lines++;
}

void boot_shutdown(unsigned reason)
{
    cr_assert(false, "shutdown, reason %u", reason);
    abort();
}

long evtchn_alloc(domid_t remote)
{
    (void)remote;
    return ++next_port;
}

void evtchn_set_handler(evtchn_port_t port, evtchn_handler_t *fn, void *arg)
{
    if (port == fake_store_port)
        return;
    device.port = port;
    device.fn = fn;
    device.arg = arg;
}

void evtchn_mask(evtchn_port_t port)
{
    (void)port;
    device.fn = NULL;
}

long evtchn_send(evtchn_port_t port)
{
    if (port == fake_store_port)
        fake_store_run();
    else
        peers();
    return 0;
}

long evtchn_close(evtchn_port_t port)
{
    if (port == device.port)
        device.fn = NULL;
    return 0;
}

long gnttab_grant(domid_t dom, const void *va, bool read_only)
{
    (void)dom;
    if (!fake_grants_left)
        return -ENOSPC;
    fake_grants_left--;
    for (long i = 8; i < FAKE_GRANTS; i++)
        if (!grants[i].va) {
            grants[i].va = va;
            grants[i].read_only = read_only;
            return i;
        }
    return -ENOSPC;
}

long gnttab_end(uint32_t ref)
{
    cr_assert(ref < FAKE_GRANTS && grants[ref].va, "grant %u ended twice", ref);
    if (fake_keeps_grants)
        return -EBUSY;
    fake_grants_left++;
    grants[ref].va = NULL;
    return 0;
}

void fake_device(const char *type)
{
    char path[64];

    front_snprintf(path, sizeof(path), "device/%s/0/backend", type);
    fake_store_set(path, "back");
    front_snprintf(path, sizeof(path), "device/%s/0/backend-id", type);
    fake_store_set(path, "0");
    front_snprintf(path, sizeof(path), "device/%s/0/state", type);
    fake_store_set(path, "1");
    fake_store_set("back/state", "2");
}
