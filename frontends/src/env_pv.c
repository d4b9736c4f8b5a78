/* SPDX-License-Identifier: BSD-2-Clause */
/* The default environment: a pool of pages inside the image, so all of it is in the initial
 * mapping, the time record, and the hypervisor's console. */
#include <front/boot.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

#define POOL_PAGES 640

static char pool[POOL_PAGES][PAGE_SIZE] aligned_page;
static unsigned fresh;           /* pages of the pool never handed out yet start here */
static void *free_list;          /* returned pages, linked by their first word */
static evtchn_port_t timer_port; /* VIRQ_TIMER, bound by the first timed wait */

void *env_page_alloc(void)
{
    void *page = free_list;

    if (page) {
        free_list = *(void **)page;
        memset(page, 0, PAGE_SIZE);
        return page;
    }
    return fresh < POOL_PAGES ? pool[fresh++] : NULL;
}

void env_page_free(void *page)
{
    *(void **)page = free_list;
    free_list = page;
}

uint64_t env_mfn(const void *va)
{
    return boot_mfn(va);
}

void *env_map_mfn(uint64_t mfn)
{
    void *page = env_page_alloc();

    return page && !boot_map_mfn(page, mfn) ? page : NULL;
}

bool env_irq_save(void)
{
    return evtchn_irq_save();
}

void env_irq_restore(bool masked)
{
    evtchn_irq_restore(masked);
}

static void timer_fired(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
}

void env_wait(uint64_t until)
{
    if (until && !timer_port) {
        long port = evtchn_bind_virq(VIRQ_TIMER, cpu_id());

        if (port > 0) {
            timer_port = (evtchn_port_t)port;
            evtchn_set_handler(timer_port, timer_fired, NULL);
        }
    }
    if (until)
        hc_set_timer_op(until);
    evtchn_block();
    evtchn_irq_save();
}

uint64_t env_now(void)
{
    return boot_now();
}

void env_log(const char *fmt, ...)
{
    char buf[256];
    va_list ap;

    va_start(ap, fmt);
    front_vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    boot_printf("%s\n", buf);
}
