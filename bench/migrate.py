"""An operator who takes over a store of many small files: once in peace, and once with the power of kill -9."""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time

from servers import PRODUCT, SECRET

FILES_A_USER = 100
CONFIGURATION = """
[server]
listen_address = "unix:{folder}/socket"
storage_path = "{folder}/{store}"
min_free_bytes = 0
[security]
secret = "{secret}"
"""


def place(number):
    """ejabberd's: the hash of a user, a random folder, the name."""
    user = hashlib.sha1(b"%d" % (number // FILES_A_USER)).hexdigest()
    return f"{user}/{hashlib.sha1(b'slot%d' % number).hexdigest()}/photo-{number}.jpg"


def content(number):
    seed = hashlib.sha256(b"%d" % number).digest()
    return (seed * 160)[:number % 5000]


def lay(folder, count):
    for number in range(count):
        path = os.path.join(folder, "old", place(number))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content(number))


class Migration:
    def __init__(self, folder, store):
        self.config = os.path.join(folder, f"{store}.toml")
        with open(self.config, "w") as file:
            file.write(CONFIGURATION.format(folder=folder, store=store, secret=SECRET))
        self.folder, self.store, self.peak = folder, os.path.join(folder, store), []

    def command(self, *arguments):
        return [PRODUCT, *arguments, "-c", self.config]

    def run(self, until=None):
        """Runs to its end, or is killed after so many seconds. Returns its output, None when it was killed."""
        process = subprocess.Popen(
            self.command("migrate", "store", "--from", "ejabberd", os.path.join(self.folder, "old")),
            stdout=subprocess.PIPE, text=True)
        started = time.monotonic()
        while process.poll() is None:
            if until is not None and time.monotonic() - started > until:
                process.kill()
                process.wait()
                return None
            self.peak.append(memory(process.pid))
            time.sleep(0.05)
        output = process.stdout.read().strip()
        assert process.returncode == 0, output
        return output

    def verify(self, count):
        for number in range(count):
            with open(os.path.join(self.store, place(number)), "rb") as file:
                assert file.read() == content(number), f"{place(number)} is not what it was"
        usage = subprocess.run(self.command("usage"), stdout=subprocess.PIPE, text=True, check=True).stdout
        assert f"\t{count}" in usage.splitlines()[-1] or f"\t{count}\t" in usage, usage
        incoming = os.path.join(self.store, ".hfs", "incoming")
        assert not os.path.isdir(incoming) or not os.listdir(incoming)


def memory(process):
    try:
        with open(f"/proc/{process}/status") as status:
            return next((int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def main(count=100_000, kills=5):
    with tempfile.TemporaryDirectory(prefix="hfs-migrate-") as folder:
        lay(folder, count)
        peace = Migration(folder, "store")
        started = time.monotonic()
        print(peace.run())
        seconds = time.monotonic() - started
        third = len(peace.peak) // 3
        print(f"{count:,} files in {seconds:.1f} s; resident memory: "
              f"at most {max(peace.peak[:third])} MB in the first third, {max(peace.peak[-third:])} MB in the last")
        started = time.monotonic()
        print(peace.run())
        print(f"a second run: {time.monotonic() - started:.1f} s")
        peace.verify(count)

        war = Migration(folder, "killed")
        for _ in range(kills):
            after = random.uniform(0.3, max(0.5, seconds / kills))
            print(f"killed after {after:.1f} s" if war.run(after) is None else "ended before it was killed")
        print(war.run())
        war.verify(count)
        print(f"all {count:,} files are there, byte for byte, and in the ledger, in both")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
