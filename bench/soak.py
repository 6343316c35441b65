"""The attack of bench/soak, the uploads that must not notice, and the figures."""

import argparse
import json
import multiprocessing
import os
import select
import shutil
import socket
import statistics
import sys
import tempfile
import time

import servers

MEGABYTE = os.urandom(1 << 20)
PAUSE = 0.1          # between two uploads that are measured: people, not a benchmark
SLOW_SIZE = 1 << 20
HEAD = b"PUT /a/b?v=00 HTTP/1.1\r\nHost: upload.example.org\r\nX-Padding: "


def source(number, clients):
    """Everything below 127.0.0.0/8 is this machine: as many clients as we like."""
    return (f"127.1.{number % clients // 250}.{number % clients % 250 + 1}", 0)


def connect(port, number, clients):
    wire = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=source(number, clients))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def status_of(wire):
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = wire.recv(4096)
        if not part:
            return 0
        answer += part
    return int(answer.split(b" ", 2)[1])


def upload(port, key):
    """One upload of 1 MB on a connection of its own: how long from the first packet to the answer."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        target = servers.signed(key, len(MEGABYTE))
        wire.sendall(f"PUT {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(MEGABYTE)}\r\n\r\n".encode() + MEGABYTE)
        status = status_of(wire)
    if status != 201:
        raise SystemExit(f"an upload was answered {status}")
    return time.monotonic() - began


def uploading(port, name, seconds, pause, results):
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        results.put(upload(port, f"{name}-{number}/one.bin"))
        time.sleep(pause)
    results.put(None)


class Measured:
    """Uploads by a process of their own, so that the attacker's work is not taken for the server's."""

    def __init__(self, port, name, seconds, pause=PAUSE):
        self.name, self.results, self.times = name, multiprocessing.Queue(), []
        self.process = multiprocessing.Process(target=uploading, args=(port, name, seconds, pause, self.results))
        self.process.start()

    def finish(self):
        while True:
            try:
                took = self.results.get(timeout=70)
            except Exception:
                raise SystemExit(f"{self.name}: uploads have stopped") from None
            if took is None:
                break
            self.times.append(took)
        self.process.join()
        return self

    @property
    def median(self):
        return statistics.median(self.times)

    @property
    def worst(self):
        return statistics.quantiles(self.times, n=20)[-1]

    def __str__(self):
        return (f"{len(self.times)} uploads of 1 MB: median {self.median * 1000:.1f} ms, 95 % within {self.worst * 1000:.1f} ms, "
                f"longest {max(self.times) * 1000:.0f} ms")


def alive(wires):
    """Those that the server has not closed."""
    poll = select.poll()
    for wire in wires:
        poll.register(wire, select.POLLIN)      # it says nothing to half a head: what there is to read is the end
    ended = {handle for handle, _ in poll.poll(0)}
    return [wire for wire in wires if wire.fileno() not in ended]


def ask(server):
    """What "hmac-file-server status --json" asks."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(os.path.join(server.store, ".hfs", "status.sock"))
        text = b"".join(iter(lambda: wire.recv(65536), b""))
    return json.loads(text)


def close(wires):
    for wire in wires:
        wire.close()


def hold(server, options):
    idle, slow = [], []
    began = time.monotonic()
    for number in range(options.idle):
        wire = connect(server.port, number, options.clients)
        wire.sendall(b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n")
        idle.append(wire)
    answered = sum(status_of(wire) == 200 for wire in idle)
    with_idle = server.resident()
    for number in range(options.slow):
        wire = connect(server.port, number, options.clients)
        target = servers.signed(f"slow-{number}/film.mp4", SLOW_SIZE)
        wire.sendall(f"PUT {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {SLOW_SIZE}\r\n\r\n".encode())
        slow.append(wire)
    print(f"  {answered} idle connections and {len(slow)} slow uploads, opened within {time.monotonic() - began:.1f} s")

    measured = Measured(server.port, "held", options.hold)
    cpu, start, peak = server.cpu(), time.monotonic(), 0.0
    second = 0
    while time.monotonic() - start < options.hold:
        second += 1
        for wire in slow:
            wire.sendall(b"x" * 1024)
        peak = max(peak, server.resident())
        time.sleep(max(0.0, start + second - time.monotonic()))
    measured.finish()
    cpu = (server.cpu() - cpu) / (time.monotonic() - start)

    report = ask(server)
    kept = [one for one in report["uploads"] if one["key"].startswith("slow-")]
    least = min((one["received"] for one in kept), default=0)
    for wire in idle:
        wire.sendall(b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n")
    again = sum(status_of(wire) == 200 for wire in idle)
    close(idle + slow)
    print(f"  {measured}")
    print(f"  memory {with_idle:.0f} MB with the idle ones, {peak:.0f} MB at most; {cpu * 100:.0f} % of a core")
    print(f"  after {options.hold} s: {again} idle ones answered, {len(kept)} slow uploads go on, each has brought {least // 1024} KB or more")
    if again < options.idle or len(kept) < options.slow:
        raise SystemExit("connections were lost")
    return measured


def slowloris(server, name, options, clients):
    """Heads that go on for ever, a byte every five seconds; whoever is closed is not replaced."""
    wires = []
    for number in range(options.heads):
        try:
            wire = connect(server.port, number, clients)
            wire.sendall(HEAD)
            wires.append(wire)
        except OSError:
            pass            # closed at once: a limit
    time.sleep(1)
    held = ask(server)["connections"]["open"]
    measured = Measured(server.port, name, options.loris)
    peak, start = 0.0, time.monotonic()
    while time.monotonic() - start < options.loris:
        wires = alive(wires)
        for wire in wires:
            try:
                wire.send(b"x")
            except OSError:
                pass
        peak = max(peak, server.resident())
        time.sleep(5)
    measured.finish()
    left = len(alive(wires))
    close(wires)
    print(f"  {options.heads} from {clients} addresses: {held} held, {left} left after {options.loris} s; memory {peak:.0f} MB at most")
    print(f"  {measured}")
    return measured


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=500)
    parser.add_argument("--heads", type=int, default=5_000)
    parser.add_argument("--hold", type=int, default=120)
    parser.add_argument("--loris", type=int, default=40)
    parser.add_argument("--clients", type=int, default=40)
    options = parser.parse_args()

    home = tempfile.mkdtemp(prefix="hfs-soak-", dir=os.environ.get("BENCH_HOME"))
    # No trusted proxy: each address is a client with limits of its own.
    server = servers.Ours("soak", home, "trusted_proxies = []\n")
    try:
        server.start()
        print("alone")
        Measured(server.port, "warm", 15, pause=0.02).finish()  # the compiler's time is not the server's; within the limits
        before = Measured(server.port, "before", 15).finish()
        print(f"  {before}\n  memory {server.resident():.0f} MB\nidle connections, slow uploads")
        held = hold(server, options)
        print("heads that never end")
        spread = slowloris(server, "spread", options, options.clients)
        single = slowloris(server, "single", options, 1)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)

    worst = 0.0
    for name, measured in (("held", held), ("heads, spread", spread), ("heads, one address", single)):
        ratio = measured.median / before.median
        tail = measured.worst / before.worst
        worst = max(worst, ratio)
        print(f"{name}: {ratio:.2f} times the median of before, {tail:.2f} times the 95th percentile")
    if worst > 2:
        sys.exit("uploads took more than twice as long")


if __name__ == "__main__":
    main()
