/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest's disk and NIC do: io disk DEVICE, io net ADDRESS (of a machine with io serve), io serve.
 * Prints `row VALUE UNIT NAME`, separated by tabs; of "us" less is better, of all else more.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT    5010
#define SECONDS 3.0
#define MIB     (1u << 20)
#define DEPTHS  32

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(double value, const char *unit, const char *name)
{
    printf("row\t%.1f\t%s\t%s\n", value, unit, name);
    fflush(stdout);
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* --- disk ---------------------------------------------------------------------------------- */

/* One of the requests that are under way at a time. */
struct lane {
    pthread_t thread;
    int fd;
    size_t bytes;
    bool writes, flushes;
    off_t size;
    double until;
    uint64_t done, random;
};

static void *run_lane(void *arg)
{
    struct lane *l = arg;
    void *buf;

    if (posix_memalign(&buf, 4096, l->bytes))
        die("memory");
    memset(buf, 0x5a, l->bytes);
    while (now() < l->until) {
        off_t at;

        l->random = l->random * 6364136223846793005u + 1442695040888963407u;
        at = (off_t)((l->random >> 20) % ((uint64_t)l->size / l->bytes)) * (off_t)l->bytes;
        if ((l->writes ? pwrite(l->fd, buf, l->bytes, at) : pread(l->fd, buf, l->bytes, at)) !=
                (ssize_t)l->bytes ||
            (l->flushes && fdatasync(l->fd)))
            die("disk");
        l->done++;
    }
    free(buf);
    return NULL;
}

/* How many requests a second, @depth at a time. */
static double requests(int fd, size_t bytes, bool writes, bool flushes, unsigned int depth)
{
    static struct lane lanes[DEPTHS];
    double start = now();
    uint64_t done = 0;
    off_t size = lseek(fd, 0, SEEK_END);

    for (unsigned int i = 0; i < depth; i++) {
        lanes[i] = (struct lane){.fd = fd,
                                 .bytes = bytes,
                                 .writes = writes,
                                 .flushes = flushes,
                                 .size = size,
                                 .until = start + SECONDS,
                                 .random = i + 1};
        if (pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]))
            die("thread");
    }
    for (unsigned int i = 0; i < depth; i++) {
        pthread_join(lanes[i].thread, NULL);
        done += lanes[i].done;
    }
    return (double)done / (now() - start);
}

static int disk(const char *device)
{
    static const unsigned int depths[] = {1, 8, 32};
    int fd = open(device, O_RDWR | O_DIRECT | O_CLOEXEC);
    char name[64];

    if (fd < 0)
        die(device);
    requests(fd, MIB, true, false, 4); /* the file has blocks from now on */
    for (unsigned int i = 0; i < 3; i++)
        for (int writes = 0; writes < 2; writes++) {
            snprintf(name, sizeof(name), "4K %s, depth %u", writes ? "write" : "read", depths[i]);
            row(requests(fd, 4096, writes, false, depths[i]), "IOPS", name);
        }
    row(requests(fd, MIB, false, false, 4), "MiB/s", "1M read");
    row(requests(fd, MIB, true, false, 4), "MiB/s", "1M write");
    row(1e6 / requests(fd, 4096, true, true, 1), "us", "4K write and flush");
    return 0;
}

/* --- network ------------------------------------------------------------------------------- */

static struct sockaddr_in address_of(const char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};

    if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
        die(text);
    return a;
}

static int call(const char *address, char what)
{
    struct sockaddr_in to = address_of(address);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) || write(fd, &what, 1) != 1)
        die(address);
    return fd;
}

/* MiB a second, as whoever receives them counts. */
static double stream(int fd, bool out, double seconds)
{
    static char buf[65536];
    double start = now(), spent;
    uint64_t bytes = 0;
    ssize_t n = 1;

    while (n > 0 && (spent = now() - start) < seconds) {
        n = out ? write(fd, buf, sizeof(buf)) : read(fd, buf, sizeof(buf));
        bytes += n > 0 ? (uint64_t)n : 0;
    }
    return (double)bytes / MIB / (now() - start);
}

static double sent(const char *address)
{
    int fd = call(address, 'i');
    double rate = 0;

    stream(fd, true, SECONDS);
    shutdown(fd, SHUT_WR);
    if (read(fd, &rate, sizeof(rate)) != sizeof(rate))
        die("sending");
    close(fd);
    return rate;
}

static double round_trip(const char *address)
{
    int fd = call(address, 'e');
    double start = now();
    unsigned int n = 0;
    char c = 0;

    for (; now() - start < SECONDS; n++)
        if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
            die("round trip");
    close(fd);
    return (now() - start) / n * 1e6;
}

/* Packets of 64 bytes that have arrived a second. */
static double datagrams(const char *address)
{
    struct sockaddr_in to = address_of(address);
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd = call(address, 'u');
    char packet[64] = "", ready;
    double start, rate = 0;

    if (udp < 0 || connect(udp, (struct sockaddr *)&to, sizeof(to)) || read(fd, &ready, 1) != 1)
        die("datagrams");
    for (start = now(); now() - start < SECONDS;)
        (void)!send(udp, packet, sizeof(packet), 0);
    shutdown(fd, SHUT_WR);
    if (read(fd, &rate, sizeof(rate)) != sizeof(rate))
        die("datagrams");
    close(fd);
    close(udp);
    return rate;
}

static int net(const char *address, const char *which)
{
    char name[64];

#define NAME(text) (snprintf(name, sizeof(name), "%s%s", text, which), name)
    row(sent(address), "MiB/s", NAME("TCP out"));
    row(stream(call(address, 'o'), false, SECONDS), "MiB/s", NAME("TCP in"));
    row(round_trip(address), "us", NAME("1-byte round trip"));
    row(datagrams(address), "packets/s", NAME("UDP, 64 bytes"));
    return 0;
}

static void count_datagrams(int fd)
{
    struct sockaddr_in any = address_of("0.0.0.0");
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_usec = 200000};
    char packet[64];
    double start, last, rate;
    unsigned int n = 0;

    if (udp < 0 || bind(udp, (struct sockaddr *)&any, sizeof(any)) || write(fd, "r", 1) != 1)
        return;
    setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    start = last = now();
    while (recv(fd, packet, 1, MSG_DONTWAIT | MSG_PEEK) != 0)
        for (int i = 0; i < 64 && recv(udp, packet, sizeof(packet), 0) > 0; i++, last = now())
            n++;
    rate = n / (last > start ? last - start : 1);
    (void)!write(fd, &rate, sizeof(rate));
}

static void answer(int fd)
{
    double rate;
    char what;
    ssize_t n = read(fd, &what, 1);

    if (n == 1 && what == 'i') {
        rate = stream(fd, false, 1e9);
        n = write(fd, &rate, sizeof(rate));
    } else if (n == 1 && what == 'o') {
        stream(fd, true, 1e9);
    } else if (n == 1 && what == 'u') {
        count_datagrams(fd);
    } else if (n == 1 && what == 'e') {
        while (read(fd, &what, 1) == 1 && write(fd, &what, 1) == 1)
            ;
    }
}

static int serve(void)
{
    struct sockaddr_in any = address_of("0.0.0.0");
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    signal(SIGCHLD, SIG_IGN);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
        bind(fd, (struct sockaddr *)&any, sizeof(any)) || listen(fd, 8))
        die("serve");
    for (;;) {
        int caller = accept(fd, NULL, NULL);

        if (caller >= 0 && fork() == 0) {
            setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
            answer(caller);
            _exit(0);
        }
        close(caller);
    }
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "disk") == 0)
        return disk(argv[2]);
    if (argc >= 3 && strcmp(argv[1], "net") == 0)
        return net(argv[2], argc > 3 ? argv[3] : "");
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve();
    fprintf(stderr, "usage: io disk DEVICE | net ADDRESS [SUFFIX] | serve\n");
    return 2;
}
