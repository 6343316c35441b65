"""An XMPP server that only asks for slots, as fast as the component answers, and one that attacks it."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

from servers import PRODUCT, TICK, free_port

SECRET = "bench-component-secret"
USERS = 10_000
WINDOW = 64  # requests under way, as when many users ask at once
ATTACK = 256 << 20

CONFIGURATION = """
[server]
listen_address = "127.0.0.1:{http}"
storage_path = "{folder}/store"
public_url = "https://upload.example.org/"
min_free_bytes = 0
[security]
secret = "bench-secret-of-32-characters-00"
[quotas]
{quotas}
[xmpp]
domain = "upload.example.org"
port = {port}
secret = "{secret}"
slots_per_minute = 1000000
"""


class Component:
    """The product, connected to us."""

    def __init__(self, folder, quotas=""):
        self.listener = socket.create_server(("127.0.0.1", 0))
        path = os.path.join(folder, "config.toml")
        with open(path, "w") as file:
            port = self.listener.getsockname()[1]
            file.write(CONFIGURATION.format(folder=folder, http=free_port(), port=port, secret=SECRET, quotas=quotas))
        self.log = open(os.path.join(folder, "log"), "w+")
        self.process = subprocess.Popen([PRODUCT, "serve", "-c", path], stdout=self.log, stderr=self.log)
        self.accept()

    def accept(self):
        self.peer, _ = self.listener.accept()
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.until(b"upload.example.org'>")
        self.peer.sendall(b"<stream:stream xmlns='jabber:component:accept' "
                          b"xmlns:stream='http://etherx.jabber.org/streams' from='upload.example.org' id='42'>")
        proof = hashlib.sha1(b"42" + SECRET.encode()).hexdigest().encode()
        assert proof in self.until(b"</handshake>")
        self.peer.sendall(b"<handshake/>")

    def until(self, end):
        received = b""
        while end not in received:
            received += self.peer.recv(65536)
        return received

    def processor_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) >> 10

    def close(self):
        self.process.kill()
        self.process.wait()


def request(number):
    return (f"<iq type='get' id='{number}' from='user{number % USERS}@example.org/phone' to='upload.example.org'>"
            f"<request xmlns='urn:xmpp:http:upload:0' filename='très cool {number}.jpg' size='{number % 10_000_000 + 1}' "
            "content-type='image/jpeg'/></iq>").encode()


def ask(component, count, first=0):
    """Keeps WINDOW requests under way until count are answered."""
    sent = answered = slots = 0
    tail = b""
    while answered < count:
        due = min(count, answered + WINDOW) - sent
        if due > 0:
            component.peer.sendall(b"".join(request(first + sent + n) for n in range(due)))
            sent += due
        data = tail + component.peer.recv(1 << 20)
        answered += data.count(b"</iq>")
        slots += data.count(b"</slot>")
        tail = data[data.rfind(b"</iq>") + 5:] if b"</iq>" in data else data
    assert slots == count, f"{count - slots} requests got no slot"


def rate(name, count, quotas=""):
    with tempfile.TemporaryDirectory() as folder:
        component = Component(folder, quotas)
        try:
            ask(component, 5000)  # until the compiler has done its work
            print(f"{name}: memory {component.memory()} MB after 5,000", end="", flush=True)
            started, processor = time.monotonic(), component.processor_seconds()
            for part in range(10):
                ask(component, count // 10, 5000 + part * (count // 10))
                if part in (0, 4, 9):
                    print(f", {component.memory()} after {(part + 1) * (count // 10):,} more", end="", flush=True)
            elapsed, used = time.monotonic() - started, component.processor_seconds() - processor
            print(f"\n{name}: {count / elapsed:,.0f} slots/s, {count / used:,.0f} for each second of one core, "
                  f"{used / count * 1e6:.0f} us each")
        finally:
            component.close()


def attack(component, name, start, again):
    chunk = again * ((256 << 10) // len(again))
    sent, highest = 0, component.memory()
    try:
        component.peer.sendall(start)
        while sent < ATTACK:
            component.peer.sendall(chunk)
            sent += len(chunk)
            highest = max(highest, component.memory())
    except OSError:
        pass
    highest = max(highest, component.memory())
    component.peer.close()
    component.accept()
    verdict = "dropped" if sent < ATTACK else "NOT DROPPED"
    print(f"  {name}: {verdict} after {sent / (1 << 20):.1f} MB sent, memory at most {highest} MB")


def attacks():
    with tempfile.TemporaryDirectory() as folder:
        component = Component(folder)
        try:
            ask(component, 5000)
            print(f"attacks; memory before: {component.memory()} MB")
            attack(component, "text without end", b"<message><body>", b"x")
            attack(component, "nesting without end", b"<message>", b"<x>")
            attack(component, "elements without end", b"<message>", b"<x/>")
            attack(component, "attributes without end", b"<message><x ", b"a='b' ")
            attack(component, "document type and entities",
                   b"<!DOCTYPE lolz [<!ENTITY lol 'lol'>", b"<!ENTITY lol2 '&lol;&lol;&lol;&lol;'>")
            attack(component, "garbage", b"", b"\x00\xff<<<>>>")
            deep = b"<iq type='get' id='1' from='a@b.c' to='upload.example.org'>" + b"<x>" * 50_000 + b"</x>" * 50_000 + b"</iq>"
            for _ in range(200):
                component.peer.sendall(deep)
            names = 0
            for block in range(100):
                component.peer.sendall(b"".join(
                    b"<message from='a@b.c' to='upload.example.org'><n%d xmlns='urn:n%d'/></message>" % (n, n)
                    for n in range(block * 5000, block * 5000 + 5000)))
                names += 5000
            ask(component, 1000)
            print(f"  200 stanzas of 50,000 levels and {names:,} names never seen before, "
                  f"on one connection that still works: memory {component.memory()} MB")
        finally:
            component.close()


if __name__ == "__main__":
    requests = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 100_000
    rate("no quotas", requests)
    rate("with quotas", requests, 'per_owner = "1GB"\nper_owner_daily = "100MB"\ntotal = "1TB"')
    attacks()
