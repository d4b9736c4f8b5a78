/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that are given to the kernel's own back-ends, whose files may say that it is busy. */
#include <errno.h>
#include <unistd.h>

#include "domain_test.h"

static int busy, binds, error_after;

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    if (len < 4 || memcmp(data, "vbd-", 4))
        return __real_write(fd, data, len);
    binds++;
    if (busy-- > 0)
        errno = EAGAIN;
    else
        errno = error_after;
    return errno ? -1 : (ssize_t)len;
}

static void begin_kernel(void)
{
    begin();
    busy = binds = error_after = 0;
    setenv("HOSPES_BACKENDS", "kernel", 1);
    fake_file("bus/devices/vbd-1-51712/x", "");
    fake_file("bus/drivers/vbd/bind", "");
}

/* A guest that was made has a real loop device, which must not outlive it. */
static void end_kernel(void)
{
    teardown(&ts, 1);
    unsetenv("HOSPES_BACKENDS");
}

TestSuite(kernel, .init = begin_kernel, .fini = end_kernel, .timeout = 60);

Test(kernel, a_device_that_is_in_hand_is_asked_for_again)
{
    busy = 3;
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), 1, "%s", ts.fail.text);
    cr_assert_eq(binds, 4);
}

Test(kernel, another_error_is_one)
{
    busy = 1;
    error_after = ENODEV;
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), -1);
    cr_assert_not_null(strstr(ts.fail.text, "cannot give device vbd-1-51712"), "%s", ts.fail.text);
    cr_assert_eq(binds, 2);
}

Test(kernel, what_is_bound_is_left_alone)
{
    fake_file("bus/devices/vbd-1-51712/driver", "");
    cr_assert_eq(start("name='g'; disk=['file:%s/a.img,xvda,w']"), 1, "%s", ts.fail.text);
    cr_assert_eq(binds, 0);
}
