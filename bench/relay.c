// relay LISTEN_PORT TARGET_PORT DELAY_MS: passes TCP connections on, every byte DELAY_MS later, each way: a line with a
// round trip of twice that, as HTTP/2's windows see it. It takes up to 64 MiB each way before it makes the sender
// wait; TCP itself runs over loopback and sees no delay.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CAPACITY (64ul << 20)
#define MARKS (1ul << 16)

struct way { // what came by `from` up to marks[i].end is due at marks[i].at
    int from, to, ended;
    char *ring;
    unsigned long in, out, first, last;
    struct { unsigned long end; double at; } *marks;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int socket_at(int port, int listening) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listening ? bind(fd, (void *)&at, sizeof at) || listen(fd, 64) : connect(fd, (void *)&at, sizeof at)) {
        perror("relay");
        exit(1);
    }
    return fd;
}

static int has_room(struct way *w) { return !w->ended && w->in - w->out < CAPACITY && w->last - w->first < MARKS; }

static unsigned long due(struct way *w, double time) {
    unsigned long end = w->out;
    for (unsigned long i = w->first; i < w->last && w->marks[i % MARKS].at <= time; i++)
        end = w->marks[i % MARKS].end;
    return end - w->out;
}

static void take(struct way *w, double at) {
    unsigned long place = w->in % CAPACITY, room = CAPACITY - (w->in - w->out);
    ssize_t got = recv(w->from, w->ring + place, room < CAPACITY - place ? room : CAPACITY - place, MSG_DONTWAIT);
    if (got <= 0) {
        w->ended = got == 0 || errno != EAGAIN;
        return;
    }
    w->in += got;
    w->marks[w->last % MARKS].end = w->in;
    w->marks[w->last++ % MARKS].at = at;
}

static int give(struct way *w, unsigned long ready) {
    unsigned long place = w->out % CAPACITY;
    ssize_t sent = send(w->to, w->ring + place, ready < CAPACITY - place ? ready : CAPACITY - place, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN;
    w->out += sent;
    while (w->first < w->last && w->marks[w->first % MARKS].end <= w->out)
        w->first++;
    return 1;
}

static void serve(int client, int server, double delay) {
    struct way ways[2] = { { .from = client, .to = server }, { .from = server, .to = client } };
    int on = 1;
    for (int i = 0; i < 2; i++) {
        ways[i].ring = malloc(CAPACITY);
        ways[i].marks = malloc(MARKS * sizeof *ways[i].marks);
        setsockopt(ways[i].to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    for (;;) {
        struct pollfd polled[4];
        double time = now(), wait = 1e6;
        unsigned long ready[2];
        for (int i = 0; i < 2; i++) {
            struct way *w = ways + i;
            ready[i] = due(w, time);
            if (w->ended && w->in == w->out)
                return; // one end closed, and all that it said was passed on
            if (!ready[i] && w->first < w->last && w->marks[w->first % MARKS].at - time < wait)
                wait = w->marks[w->first % MARKS].at - time;
            polled[2 * i] = (struct pollfd){ has_room(w) ? w->from : -1, POLLIN, 0 };
            polled[2 * i + 1] = (struct pollfd){ ready[i] ? w->to : -1, POLLOUT, 0 };
        }
        poll(polled, 4, wait < 1 ? 1 : (int)wait);
        for (int i = 0; i < 2; i++) {
            if (polled[2 * i].revents)
                take(ways + i, now() + delay);
            if (polled[2 * i + 1].revents && !give(ways + i, ready[i]))
                return;
        }
    }
}

int main(int count, char **words) {
    if (count != 4)
        return 64;
    signal(SIGCHLD, SIG_IGN);
    int listener = socket_at(atoi(words[1]), 1);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int client = accept(listener, 0, 0);
        if (client >= 0 && fork() == 0) {
            serve(client, socket_at(atoi(words[2]), 0), atof(words[3]));
            return 0;
        }
        close(client);
    }
}
