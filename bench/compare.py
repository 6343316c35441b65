"""Runs the workloads, every side in turn and back again, and prints one table and one JSON file. See docs/performance.md."""

import argparse
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import http2
from servers import CLIENT, Nginx, Ours, Prosody, SharePhp

MIB, GIB = 1 << 20, 1 << 30
SMALL = 100 << 10
SMALL_PUTS = 32, 3000, SMALL  # connections, requests, bytes
NUMBER = itertools.count()
NO_FSYNC = "fsync = false"
HASHED = NO_FSYNC + "\n[ledger]\nhash = true"


class Bench:
    def __init__(self, quick, rounds, home):
        self.quick, self.rounds, self.home, self.results = quick, rounds, home, {}
        # In a full run our CPU no longer falls after these.
        self.small_warm_up, self.large_warm_up = (3, 1) if quick else (10, 8)

    def dd(self):
        """Also warms the page cache: memory that the kernel has just used is not handed back to a host."""
        path = os.path.join(self.home, "dd")
        began, before = time.monotonic(), os.times()
        subprocess.run(["dd", "if=/dev/zero", f"of={path}", "bs=1M", "count=1024"], check=True, stderr=subprocess.DEVNULL)
        wall, after = time.monotonic() - began, os.times()
        os.unlink(path)
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return {"wall": wall, "cpu_per_gib": cpu}

    def requests(self, lines):
        path = os.path.join(self.home, f"requests-{next(NUMBER)}")
        with open(path, "w") as file:
            for method, target, size, header in lines:
                file.write(f"{method}\t{target}\t{size}\t{header or '-'}\n")
        return path

    def load(self, server, connections, lines):
        """One measured burst of requests."""
        path = self.requests(lines)
        server.forget_peak()
        counts = hasattr(server, "allocated")
        handed_out = server.allocated() if counts else 0
        before = server.cpu()
        ran = subprocess.run([CLIENT, "load", "127.0.0.1", str(server.port), str(connections), path], capture_output=True, text=True)
        os.unlink(path)
        if ran.returncode != 0:
            raise SystemExit(f"{server.name} failed: {ran.stdout} {ran.stderr}")
        said = json.loads(ran.stdout)
        cpu = server.cpu() - before
        allocations = {"allocated_kib": (server.allocated() - handed_out) / said["ok"] / 1024} if counts else {}
        many = {"rps": said["ok"] / said["wall"], "p50_ms": said["p50"] * 1e3, "p99_ms": said["p99"] * 1e3} | allocations
        return {"wall": said["wall"], "cpu_per_gib": cpu / (said["bytes"] / GIB),
                "peak_rss_mib": server.resident("VmHWM")} | (many if said["ok"] >= 100 else {})

    def interleave(self, workload, sides, trial, warm_up, small=(), with_dd=False):
        """Rounds of A B C and C B A. Those of small requests, and then warm_up of the workload, go before and are not counted."""
        uncounted = [*small] + [trial] * warm_up
        for side in sides:
            side.start()
        samples = {side.name: [] for side in sides} | ({"dd": []} if with_dd else {})
        try:
            for turn, run in enumerate(uncounted + [trial] * self.rounds, -len(uncounted)):
                for side in sides if turn % 2 == 0 else sides[::-1]:
                    if side.interpreted and turn < -1:
                        continue # it would take minutes, and be no faster for it
                    raw = self.dd() if turn >= -warm_up else None # not for small requests that are not counted
                    sample = run(side)
                    print(f"  {workload}, {'warm-up' if turn < 0 else f'round {turn + 1}'}, {side.name}: {sample['wall']:.3f} s, "
                          f"CPU {sample['cpu_per_gib']:.3f} s/GiB", file=sys.stderr, flush=True)
                    side.empty()
                    if turn >= 0:
                        samples[side.name].append(sample)
                        if with_dd and side is sides[0]:
                            samples["dd"].append(raw)
        finally:
            for side in sides:
                side.stop()
        self.record(workload, samples)

    def put(self, connections, count, size):
        def trial(side):
            slots = (f"{next(NUMBER):08d}" for _ in range(count))
            return self.load(side, connections, [side.put(slot, "f.bin", size) for slot in slots])
        return trial

    def small_puts(self, put=None):
        """A server in use has these behind it: our code is compiled for the last time by then."""
        return [(put or self.put)(*SMALL_PUTS)] * self.small_warm_up

    @staticmethod
    def gets(sides, name, files, size, repeat):
        keys = [f"bench-get-{name}-{number}/f.bin" for number in range(files)]
        for side in sides:
            for key in keys:
                side.provide(key, size)
        return [("GET", f"/{key}", size, None) for key in keys] * repeat

    def get(self, connections, lines):
        return lambda side: self.load(side, connections, lines)

    def small_gets(self, sides):
        """The same for who downloads."""
        return [self.get(32, self.gets(sides, "small", 64, SMALL, 150 if self.quick else 400))] * 4

    def ours(self, name="ours", extra=NO_FSYNC):
        return Ours(name, self.folder(), extra)

    def folder(self):
        return tempfile.mkdtemp(dir=self.home)

    def record(self, workload, samples):
        table = {}
        for side, rows in samples.items():
            table[side] = {key: {"median": statistics.median(row[key] for row in rows), "min": min(row[key] for row in rows),
                                 "max": max(row[key] for row in rows), "n": len(rows)} for key in rows[0]}
        self.results[workload] = table
        show(workload, table)

    # The workloads

    def memory(self):
        """Resident memory while eight uploads of 1 GiB run at once, as installed: fsync on."""
        self.interleave("memory: 8 x 1 GiB at once", [self.ours("ours-durable", "")], self.put(8, 8, GIB), 0)

    def put_1gib(self):
        folder = self.folder()
        sides = [self.ours(), Nginx("nginx-1m", folder, "1m"), Nginx("nginx", folder, "16k"), self.ours("ours-durable", "")]
        if not self.quick:
            sides += [self.ours("ours-hashed", HASHED), SharePhp("share.php", folder)]  # not Prosody: it holds the body in memory, and had not ended after 15 minutes
        self.interleave("PUT 1 GiB x 1", sides, self.put(1, 1, GIB), self.large_warm_up, self.small_puts(), with_dd=True)

    def put_8x128(self):
        folder = self.folder()
        sides = [self.ours(), Nginx("nginx-1m", folder, "1m"), Nginx("nginx", folder, "16k"), self.ours("ours-durable", "")]
        if not self.quick:
            sides += [SharePhp("share.php", folder)]
        self.interleave("PUT 128 MiB x 8", sides, self.put(8, 8, 128 * MIB), self.large_warm_up, self.small_puts())

    def put_small(self):
        folder = self.folder()
        sides = [self.ours(), Nginx("nginx-1m", folder, "1m"), Nginx("nginx-128k", folder, "128k"), self.ours("ours-durable", "")]
        if not self.quick:
            sides += [Prosody("prosody", folder), self.ours("ours-hashed", HASHED), SharePhp("share.php", folder)]
        self.interleave("PUT 100 KiB x 32 connections", sides, self.put(*SMALL_PUTS), 0, self.small_puts())

    def through_nginx(self):
        folder = self.folder()
        ours = self.ours()
        ours.start()
        try:
            proxies = [Nginx(f"through nginx, buffering {word}", folder, "1m", lambda word=word: (
                f"proxy_pass http://127.0.0.1:{ours.port}; proxy_http_version 1.1; proxy_request_buffering {word};"))
                for word in ("off", "on")]

            def through(connections, count, size):
                def trial(proxy):
                    before = ours.cpu()
                    sample = self.put(connections, count, size)(Through(proxy, ours))
                    ours.empty()
                    return sample | {"ours_cpu_per_gib": (ours.cpu() - before) * GIB / (count * size)}
                return trial
            self.interleave("PUT 970 MiB through nginx", proxies, through(1, 1, 970 * MIB), self.large_warm_up,
                            self.small_puts(through))
        finally:
            ours.stop()

    def get_1gib(self):
        sides = [self.ours(), Nginx("nginx", self.folder(), "1m")]
        trial = self.get(1, self.gets(sides, "large", 1, GIB, 2 if self.quick else 4))
        self.interleave("GET 1 GiB, one connection", sides, trial, self.large_warm_up, self.small_gets(sides))

    def get_small(self):
        sides = [self.ours(), Nginx("nginx", self.folder(), "1m")]
        small = self.small_gets(sides)
        self.interleave("GET 100 KiB x 32 connections", sides, small[0], 0, small)

    def stalled(self):
        """A thousand uploads that sent 100 KiB of 10 MiB and fell silent."""
        side = self.ours("ours-durable", "")
        side.start()
        try:
            path = self.requests([side.put(f"{next(NUMBER):08d}", "f.bin", 10 * MIB) for _ in range(1000)])
            idle = side.resident()
            holder = subprocess.Popen([CLIENT, "stall", "127.0.0.1", str(side.port), str(100 << 10), path, "60"],
                                      stdout=subprocess.PIPE, text=True)
            holder.stdout.readline()
            time.sleep(3)
            self.record("1,000 stalled uploads", {side.name: [{
                "rss_mib": side.resident(), "peak_rss_mib": side.resident("VmHWM"), "idle_rss_mib": idle}]})
            holder.kill()
            holder.wait()
        finally:
            side.stop()

    def start(self):
        """Every round begins with nothing unpacked, so that its first start is one; the file itself is in the page cache."""
        samples = {}
        for _ in range(self.rounds):
            folder = self.folder()
            os.environ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = os.path.join(folder, "unpacked")
            for side in (self.ours("ours-durable", ""), Nginx("nginx", folder, "16k"), Prosody("prosody", folder)):
                first = side.start()
                side.stop()
                later = side.start()
                time.sleep(2)
                samples.setdefault(side.name, []).append({
                    "file_mb": os.path.getsize(shutil.which(side.command()[0])) / 1e6, "first_start_ms": first * 1e3,
                    "later_start_ms": later * 1e3, "idle_rss_mib": side.resident()})
                side.stop()
        del os.environ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"]
        self.record("size, start to first response, idle memory", samples)

    def http2(self):
        """One upload over TLS and HTTP/2, next door and a round trip of 100 ms away, as curl sends it."""
        folder, size = self.folder(), 256 * MIB if self.quick else GIB
        tls, path = http2.certificate(folder), os.path.join(folder, "upload")
        with open(path, "wb") as file:
            for _ in range(size >> 20):
                file.write(os.urandom(MIB))
        sides = [http2.OursTls("ours", folder, tls), http2.NginxTls("nginx-1m", folder, "1m", tls)]

        def target(side):
            return side.put(f"{next(NUMBER):08d}", "f.bin", size)[1]
        self.interleave("HTTP/2, one upload", sides, lambda side: http2.upload(side, side.port, path, target(side)), 1)

        def far(side):
            with http2.Relay(side) as relay:
                return http2.upload(side, relay.port, path, target(side))
        self.interleave("HTTP/2, one upload, 100 ms away", sides, far, 0)
        self.record("the relay alone, 100 ms", {"relay": [http2.raw(path) for _ in range(self.rounds)]})

    def growth(self):
        """What one of 3,000 small uploads costs beside the files that are there already."""
        most = 20_000 if self.quick else 1_000_000
        side = self.ours("ours-durable", "")
        side.start()
        try:
            there, rows = 0, {}
            while True:
                rows[f"beside {there:,} files"] = [self.load(side, 32, [
                    side.put(f"{next(NUMBER):08d}", "f.bin", 4096) for _ in range(3000)]) for _ in range(3)]
                there += 9000
                if there >= most:
                    break
                more = min(most, there * 10) - there
                self.load(side, 32, [side.put(f"{next(NUMBER):08d}", "f.bin", 16) for _ in range(more)])
                there += more
            self.record("PUT 4 KiB in a growing store", rows)
        finally:
            side.stop()

    def mixed(self):
        """Whether memory is flat: small and large uploads and downloads, ten minutes after five to warm up (one when quick)."""
        side = self.ours("ours-durable", "")
        side.start()
        try:
            keys = [f"bench-get-{number}/f.bin" for number in range(16)]
            for key in keys:
                side.provide(key, 300_000)
            warming, lasting = (30, 30) if self.quick else (300, 600)
            warm, rows = [], []
            until = time.monotonic() + warming + lasting
            while (left := until - time.monotonic()) > 0:
                lines = [side.put(f"{next(NUMBER):08d}", "f.bin", size) for size in (100, 100 << 10, 3 * MIB) for _ in range(300)]
                lines[::3] = [("GET", f"/{keys[index % 16]}", 300_000, None) for index in range(len(lines[::3]))]
                (warm if left > lasting else rows).append(self.load(side, 32, lines) | {"rss_mib": side.resident()})
                side.empty()
            third = len(rows) // 3 or 1
            self.record("mixed load", {"warming up": warm, "first third": rows[:third], "last third": rows[-third:]})
        finally:
            side.stop()


class Through:
    """Requests signed for the server behind, sent to the proxy."""

    def __init__(self, proxy, behind):
        self.proxy, self.behind = proxy, behind

    def __getattr__(self, name):
        return getattr(self.behind if name == "put" else self.proxy, name)


WORKLOADS = {"memory": Bench.memory, "put-1gib": Bench.put_1gib, "put-8x128": Bench.put_8x128, "put-small": Bench.put_small,
             "through-nginx": Bench.through_nginx, "get-1gib": Bench.get_1gib, "get-small": Bench.get_small,
             "stalled": Bench.stalled, "start": Bench.start, "http2": Bench.http2, "growth": Bench.growth, "mixed": Bench.mixed}
# What is wanted: of which workload, side (None: the last row) and figure, at most or at least, how many times the best of whom, or of what unit.
WANTED = [
    ("PUT 1 GiB: CPU", "PUT 1 GiB x 1", "ours", "cpu_per_gib", "at most", 1.2, ["nginx-1m"]),
    ("PUT 1 GiB: CPU", "PUT 1 GiB x 1", "ours", "cpu_per_gib", "at most", 0.5, ["nginx"]),
    ("PUT 1 GiB: wall", "PUT 1 GiB x 1", "ours", "wall", "at most", 1.1, ["nginx-1m"]),
    ("PUT 100 KiB: requests/s", "PUT 100 KiB x 32 connections", "ours", "rps", "at least", 0.9, ["nginx-1m", "nginx-128k"]),
    ("PUT 100 KiB, durable: requests/s", "PUT 100 KiB x 32 connections", "ours-durable", "rps", "at least", 0.6, ["nginx-1m", "nginx-128k"]),
    ("PUT 100 KiB, durable: requests/s", "PUT 100 KiB x 32 connections", "ours-durable", "rps", "at least", 1.5, ["prosody"]),
    ("GET 1 GiB: CPU", "GET 1 GiB, one connection", "ours", "cpu_per_gib", "at most", 1.0, ["nginx"]),
    ("GET 100 KiB: requests/s", "GET 100 KiB x 32 connections", "ours", "rps", "at least", 0.95, ["nginx"]),
    ("eight uploads of 1 GiB at once: peak", "memory: 8 x 1 GiB at once", "ours-durable", "peak_rss_mib", "at most", 110, "MB"),
    ("1,000 stalled uploads: peak", "1,000 stalled uploads", "ours-durable", "peak_rss_mib", "at most", 160, "MB"),
    ("idle: resident", "size, start to first response, idle memory", "ours-durable", "idle_rss_mib", "at most", 60, "MB"),
    ("HTTP/2, 100 ms away", "HTTP/2, one upload, 100 ms away", "ours", "mb_per_s", "at least", 119, "MB/s"), # 1 Gbit/s less what frames it
    ("mixed load, last third: resident", "mixed load", "last third", "rss_mib", "at most", 1.05, ["first third"]),
    ("beside the most files: CPU of an upload", "PUT 4 KiB in a growing store", None, "cpu_per_gib", "at most", 1.05, ["beside 0 files", "beside 90,000 files"]), # the first is still being compiled
]
QUICK = ["put-1gib", "put-small", "get-1gib", "get-small", "stalled", "start"]
REFERENCE = ("nginx-1m", "nginx", "beside 0 files", "first third")


TITLES = {"wall": "wall s", "mb_per_s": "MB/s", "cpu_per_gib": "CPU s/GiB", "ours_cpu_per_gib": "our CPU s/GiB",
          "rps": "requests/s", "p50_ms": "p50 ms", "p99_ms": "p99 ms", "peak_rss_mib": "peak MiB", "rss_mib": "resident MiB",
          "idle_rss_mib": "idle MiB", "allocated_kib": "allocated KiB a request", "file_mb": "file MB",
          "first_start_ms": "first start ms", "later_start_ms": "later start ms"}


def number(value):
    """Three digits that count, and no powers of ten."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine():
    """What the figures are of."""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), os.uname().machine)
    return {"processor": model, "processors": os.cpu_count(), "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB),
            "kernel": os.uname().release}


def show(workload, table):
    keys = list(dict.fromkeys(key for row in table.values() for key in row))
    reference = next((name for name in REFERENCE if name in table), None)
    titles = [TITLES.get(key, key) for key in keys]
    print(f"\n### {workload}\n\n| side | " + " | ".join(titles) + " |\n|" + "---|" * (len(keys) + 1))
    for side, row in table.items():
        cells = []
        for key in keys:
            if key not in row:
                cells.append("")
                continue
            value = row[key]
            ratio = ""
            if reference and side != reference and table[reference].get(key, {}).get("median"):
                ratio = f" **{value['median'] / table[reference][key]['median']:.2f}x**"
            spread = f" ({number(value['min'])}–{number(value['max'])})" if value["n"] > 1 else ""
            cells.append(f"{number(value['median'])}{spread}{ratio}")
        print(f"| {side} | " + " | ".join(cells) + " |")
    sys.stdout.flush()


def wanted(results):
    """Which of the wanted ratios the medians meet, of the workloads and sides that ran."""
    rows = []
    for words, workload, side, key, bound, limit, peers in WANTED:
        table = results.get(workload, {})
        unit = peers if isinstance(peers, str) else None
        peers_there = [name for name in peers if name in table]
        side = side or next(reversed(table), None)
        if side not in table or not unit and not peers_there:
            continue
        here = table[side][key]["median"]
        if unit:
            here *= MIB / 1e6 if key.endswith("_mib") else 1
            words = f"{words} {bound} {limit} {unit}"
        else:
            best = (min if bound == "at most" else max)(peers_there, key=lambda name: table[name][key]["median"])
            here /= table[best][key]["median"]
            words = f"{words} {bound} {limit} x {best}"
        rows.append({"wanted": words, "here": here, "unit": unit or "x", "met": here <= limit if bound == "at most" else here >= limit})
    return rows


def show_wanted(rows):
    if rows:
        print("\n### wanted\n\n| wanted | here | |\n|---|---|---|")
    for row in rows:
        digits = 2 if row["unit"] == "x" else 1
        print(f"| {row['wanted']} | {row['here']:.{digits}f} {row['unit']} | {'met' if row['met'] else 'missed'} |")
    sys.stdout.flush()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every server ends with us
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures the server beside its peers.")
    parser.add_argument("workload", nargs="*", help="all of them unless named")
    parser.add_argument("--quick", action="store_true", help="fewer sides, rounds and workloads: under three minutes after the build")
    parser.add_argument("--rounds", type=int, help="measured rounds (7; quick: 3)")
    parser.add_argument("--json", default="artifacts/bench/results.json", help="where the figures go")
    parser.add_argument("--home", default=os.environ.get("BENCH_HOME", "artifacts/bench"), help="on the file system to measure")
    parser.add_argument("--list", action="store_true", help="name the workloads")
    options = parser.parse_args()
    if options.list:
        print("\n".join(WORKLOADS))
        return
    home = tempfile.mkdtemp(prefix="run-", dir=os.path.abspath(options.home))
    bench = Bench(options.quick, options.rounds or (3 if options.quick else 7), home)
    with open("/proc/meminfo") as file:
        available = next(int(line.split()[1]) >> 10 for line in file if line.startswith("MemAvailable"))
    warm = subprocess.Popen([CLIENT, "warm", str(min(available * 6 // 10, 16 << 10))], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    warm.stdout.readline()
    print("Measured on: " + ", ".join(f"{key} {value}" for key, value in machine().items()), flush=True)
    if bench.quick:
        print(f"Warmed by {bench.small_warm_up} bursts of small requests and {bench.large_warm_up} large round only, to be quick: "
              "we cost more here than in a full run.", flush=True)
    try:
        for name in options.workload or (QUICK if options.quick else WORKLOADS):
            WORKLOADS[name](bench)
    finally:
        warm.stdin.close()
        warm.wait()
        shutil.rmtree(home)
        rows = wanted(bench.results)
        show_wanted(rows)
        with open(options.json, "w") as file:
            json.dump({"machine": machine()} | bench.results | {"wanted": rows}, file, indent=1)


main()
