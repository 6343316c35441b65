/*
 * The load: sends requests over keep-alive connections from memory, checks every status, prints one line of JSON.
 * One thread and epoll, so that it costs less than the servers it measures.
 *
 *   client load HOST PORT CONNECTIONS REQUESTS     each line of REQUESTS: METHOD TAB target TAB bytes TAB header or "-"
 *   client stall HOST PORT SENT REQUESTS SECONDS   one connection a line; sends SENT bytes of each body, then falls silent
 *   client warm MIB                                holds one page in each 2 MiB until its input ends: a guest whose free memory
 *                                                  is whole gives it back to its host, and the next file pays for getting it again
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BODY = 1 << 20, INPUT = 256 << 10, HEAD = 16 << 10 };

struct request { char *method, *target, *header; long bytes; };

struct connection {
    int socket;
    struct request *request;
    char head[HEAD], answer[HEAD];
    size_t head_length, head_sent, answer_length;
    long body_sent, body_left; /* body_left: of the answer, -1 before its head is read */
    double began;
    bool closing;
};

static struct request *requests;
static long count, next_one, succeeded, failed;
static double *latencies;
static char body[BODY], input[INPUT];
static struct sockaddr_in server;
static int poller;
static const char *host;

static void die(const char *what) { perror(what); exit(70); }

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_requests(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    char *line = NULL;
    size_t size = 0;
    long room = 0;
    while (getline(&line, &size, file) > 0) {
        if (count == room) requests = realloc(requests, (size_t)(room = room ? room * 2 : 64) * sizeof *requests);
        struct request *r = &requests[count++];
        char *rest = line;
        r->method = strdup(strsep(&rest, "\t"));
        r->target = strdup(strsep(&rest, "\t"));
        r->bytes = atol(strsep(&rest, "\t"));
        rest[strcspn(rest, "\n")] = 0;
        r->header = strcmp(rest, "-") ? strdup(rest) : NULL;
    }
    fclose(file);
    latencies = calloc((size_t)count + 1, sizeof *latencies);
}

static void dial(struct connection *c)
{
    c->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&server, sizeof server)) die("connect");
    fcntl(c->socket, F_SETFL, O_NONBLOCK);
    int on = 1;
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->socket, &event)) die("epoll_ctl");
}

static bool sends(const struct request *r) { return r->method[0] == 'P'; }

static bool take_next(struct connection *c)
{
    if (next_one == count) return false;
    struct request *r = c->request = &requests[next_one++];
    int length = snprintf(c->head, HEAD, "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s", r->method, r->target, host,
                          r->header ? r->header : "", r->header ? "\r\n" : "");
    length += sends(r) ? snprintf(c->head + length, HEAD - (size_t)length, "Content-Length: %ld\r\n\r\n", r->bytes)
                       : snprintf(c->head + length, HEAD - (size_t)length, "\r\n");
    c->head_length = (size_t)length;
    c->head_sent = c->answer_length = 0;
    c->body_sent = 0;
    c->body_left = -1;
    c->closing = false;
    c->began = now();
    return true;
}

/* Sends until the socket is full, or up to limit bytes of the body. False when the connection broke. */
static bool push(struct connection *c, long limit)
{
    long whole = sends(c->request) ? c->request->bytes : 0;
    if (limit < whole) whole = limit;
    while (c->head_sent < c->head_length || c->body_sent < whole) {
        size_t offset = (size_t)c->body_sent % BODY;
        size_t piece = (size_t)(whole - c->body_sent) < BODY - offset ? (size_t)(whole - c->body_sent) : BODY - offset;
        struct iovec parts[2] = { { c->head + c->head_sent, c->head_length - c->head_sent }, { body + offset, piece } };
        struct msghdr message = { .msg_iov = parts[0].iov_len ? parts : parts + 1, .msg_iovlen = parts[0].iov_len ? 2 : 1 };
        ssize_t sent = sendmsg(c->socket, &message, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        size_t of_head = (size_t)sent < parts[0].iov_len ? (size_t)sent : parts[0].iov_len;
        c->head_sent += of_head;
        c->body_sent += sent - (ssize_t)of_head;
    }
    return true;
}

static void parse_head(struct connection *c)
{
    char *end = memmem(c->answer, c->answer_length, "\r\n\r\n", 4);
    if (!end) return;
    *end = 0;
    if (strcasestr(c->answer, "\r\nTransfer-Encoding: chunked")) { /* of PHP: a few bytes, kept with the head until the last chunk */
        bool whole = !memcmp(c->answer + c->answer_length - 5, "0\r\n\r\n", 5);
        c->body_left = whole ? 0 : -1;
        if (!whole) *end = '\r';
        return;
    }
    char *length = strcasestr(c->answer, "\r\nContent-Length:");
    c->body_left = length ? atol(length + 17) : 0;
    c->body_left -= (long)(c->answer + c->answer_length - (end + 4));
    c->closing = strcasestr(c->answer, "\r\nConnection: close") != NULL;
}

/* Reads what is there. 1: the answer is whole; 0: not yet; -1: broken. */
static int pull(struct connection *c)
{
    for (;;) {
        bool head = c->body_left < 0;
        ssize_t got = head ? recv(c->socket, c->answer + c->answer_length, HEAD - 1 - c->answer_length, 0)
                           : recv(c->socket, input, INPUT, 0);
        if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
        if (got == 0) return -1;
        if (head) {
            c->answer_length += (size_t)got;
            c->answer[c->answer_length] = 0;
            parse_head(c);
        } else {
            c->body_left -= got;
        }
        if (c->body_left == 0) return 1;
        if (c->body_left < -1) return -1;
    }
}

static void redial(struct connection *c)
{
    close(c->socket);
    dial(c);
}

/* One finished, well or badly. False when there is none left to do. */
static bool finish(struct connection *c, bool whole)
{
    int status = whole ? atoi(c->answer + 9) : 0;
    if (status == (sends(c->request) ? 201 : 200)) {
        latencies[succeeded++] = now() - c->began;
    } else if (failed++ < 3) {
        fprintf(stderr, "%s %s: %s\n", c->request->method, c->request->target, whole ? c->answer : "the connection broke");
    }
    bool again = take_next(c);
    if (again && (!whole || c->closing)) redial(c);
    return again;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void load(int connections)
{
    struct connection *all = calloc((size_t)connections, sizeof *all);
    long bytes = 0;
    for (long i = 0; i < count; i++) bytes += requests[i].bytes;
    double start = now();
    int open = 0;
    for (int i = 0; i < connections && take_next(&all[i]); i++, open++) dial(&all[i]);
    while (open > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(poller, events, 64, 60000);
        if (ready == 0) { fputs("nothing happened for a minute\n", stderr); exit(70); }
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            for (;;) {
                bool healthy = push(c, c->request->bytes);
                int answer = pull(c);
                if (answer == 0 && healthy) break;
                if (!finish(c, answer == 1)) { close(c->socket); open--; break; }
            }
        }
    }
    double wall = now() - start;
    qsort(latencies, (size_t)succeeded, sizeof *latencies, compare);
    printf("{\"wall\": %.6f, \"ok\": %ld, \"failed\": %ld, \"bytes\": %ld, \"p50\": %.6f, \"p99\": %.6f}\n", wall, succeeded, failed,
           bytes, latencies[succeeded / 2], latencies[succeeded * 99 / 100]);
}

static void stall(long sent, unsigned seconds)
{
    struct connection *all = calloc((size_t)count, sizeof *all);
    for (long i = 0; i < count; i++) {
        take_next(&all[i]);
        dial(&all[i]);
        while (push(&all[i], sent) && all[i].body_sent < sent) usleep(500);
    }
    printf("stalled\n");
    fflush(stdout);
    sleep(seconds);
}

static void warm(size_t mebibytes)
{
    size_t length = mebibytes << 20, huge = 2 << 20, page = 4096;
    char *all = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) die("mmap");
    madvise(all, length, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < length; at += page) all[at] = 1;
    for (size_t at = 0; at < length; at += huge) madvise(all + at + page, huge - page, MADV_DONTNEED);
    printf("warm\n");
    fflush(stdout);
    while (read(0, input, INPUT) > 0) { }
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "warm")) { warm((size_t)atol(argv[2])); return 0; }
    if (argc < 6) { fputs("see the head of client.c\n", stderr); return 64; }
    host = argv[2];
    server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[3])) };
    inet_pton(AF_INET, host, &server.sin_addr);
    unsigned seed = 1;
    for (size_t i = 0; i < BODY; i++) body[i] = (char)(seed = seed * 1103515245 + 12345, seed >> 16);
    poller = epoll_create1(EPOLL_CLOEXEC);
    read_requests(argv[5]);
    if (!strcmp(argv[1], "stall")) stall(atol(argv[4]), argc > 6 ? (unsigned)atoi(argv[6]) : 3600);
    else load(atoi(argv[4]));
    return failed != 0;
}
