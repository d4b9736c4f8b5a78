/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacking a hostile kernel; see unpacked.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bootloader/child.h"
#include "bootloader/unpacked.h"
#include "core/build/unpack.h"

/* What the two processes share. */
struct job {
    struct bzimage bz;
    size_t got; /* bytes unpacked, if the child says that it is done */
    void *to;
};

static int unpack_confined(void *arg)
{
    struct job *job = arg;

    return unpack(job->bz.kind, job->bz.data, job->bz.len, job->to, job->bz.unpacked_len,
                  &job->got) != BUILD_OK ||
           job->got != job->bz.unpacked_len;
}

static int unpack_into(int file, struct bzimage bz, struct fail *f)
{
    struct job *job =
        mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    void *to = ftruncate(file, bz.unpacked_len)
                   ? MAP_FAILED
                   : mmap(NULL, bz.unpacked_len, PROT_WRITE, MAP_SHARED, file, 0);
    int ret;

    if (job == MAP_FAILED || to == MAP_FAILED) {
        ret = fail(f, "no memory to unpack the kernel: %s", strerror(errno));
    } else {
        *job = (struct job){.bz = bz, .to = to};
        ret = child_run(unpack_confined, job)
                  ? fail(f, "the kernel on the disk is damaged: it cannot be unpacked")
                  : 0;
    }
    if (to != MAP_FAILED)
        munmap(to, bz.unpacked_len);
    if (job != MAP_FAILED)
        munmap(job, sizeof(*job));
    return ret;
}

int boot_unpack(int kernel, struct fail *f)
{
    struct bzimage bz;
    struct stat st;
    void *image = fstat(kernel, &st) == 0 && st.st_size
                      ? mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, kernel, 0)
                      : MAP_FAILED;
    int file = memfd_create("kernel", MFD_CLOEXEC);
    enum build_error err;

    if (image == MAP_FAILED || file < 0) {
        fail(f, "the kernel on the disk is empty, or there is no memory for it");
    } else if ((err = bzimage_find(image, st.st_size, &bz)) != BUILD_OK) {
        fail(f, "cannot load the kernel on the disk: %s", build_strerror(err));
    } else if (unpack_into(file, bz, f) == 0) {
        munmap(image, st.st_size);
        return file;
    }
    if (image != MAP_FAILED)
        munmap(image, st.st_size);
    if (file >= 0)
        close(file);
    return -1;
}
