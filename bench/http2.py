"""One upload by HTTP/2 over TLS, without a delay and a round trip of 100 ms away (bench/relay.c)."""

import os
import socket
import ssl
import subprocess
import time

from servers import CLIENT, Nginx, Ours, free_port

ROUND_TRIP_MS = 100
RELAY = os.path.join(os.path.dirname(CLIENT), "relay")


def certificate(home):
    """Self-signed, for 127.0.0.1: the paths of certificate and key."""
    chain, key = os.path.join(home, "chain.pem"), os.path.join(home, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", chain, "-keyout", key],
                   check=True, stderr=subprocess.DEVNULL)
    return chain, key


class Tls:
    """A side whose first word is a handshake."""

    def wrap(self, wire):
        context = ssl.create_default_context(cafile=self.chain)
        return context.wrap_socket(wire, server_hostname="127.0.0.1")


class OursTls(Tls, Ours):
    def __init__(self, name, home, tls):
        self.chain, key = tls
        super().__init__(name, home, f'fsync = false\ntls_certificate = "{self.chain}"\ntls_key = "{key}"')


class NginxTls(Tls, Nginx):
    def __init__(self, name, home, body, tls):
        super().__init__(name, home, body)
        self.chain, key = tls
        self.listen = f"ssl http2; ssl_certificate {self.chain}; ssl_certificate_key {key}"


class Relay:
    """A way to a side on which every byte takes half a round trip."""

    def __init__(self, side):
        self.port = free_port()
        self.process = subprocess.Popen([RELAY, str(self.port), str(side.port), str(ROUND_TRIP_MS / 2)], stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def upload(side, port, path, target):
    """The client is curl, as it comes; what it says of the time has the handshake in it."""
    size = os.path.getsize(path)
    before = side.cpu()
    side.forget_peak()
    ran = subprocess.run(
        ["curl", "-s", "--http2", "--cacert", side.chain, "-T", path, "-o", "/dev/null", "-w",
         "%{http_code} %{http_version} %{time_total}", f"https://127.0.0.1:{port}{target}"], capture_output=True, text=True)
    status, version, wall = ran.stdout.split()
    if status not in ("201", "204") or version != "2":
        raise SystemExit(f"{side.name} failed: {ran.stdout} {ran.stderr}")
    return {"wall": float(wall), "mb_per_s": size / 1e6 / float(wall), "cpu_per_gib": (side.cpu() - before) / (size / (1 << 30)),
            "peak_rss_mib": side.resident("VmHWM")}


def raw(path):
    """What the relay itself passes on in a second, so that nobody takes its limit for a server's."""
    class Sink:
        port = free_port()

    size, got = os.path.getsize(path), 0
    with socket.create_server(("127.0.0.1", Sink.port)) as listener, Relay(Sink) as relay, open(path, "rb") as file:
        with socket.create_connection(("127.0.0.1", relay.port)) as sender:
            child = os.fork()
            if child == 0:
                sender.sendfile(file)
                os._exit(0)
            began = time.monotonic()
            receiver, _ = listener.accept()
            with receiver:
                while got < size:
                    came = len(receiver.recv(1 << 20))
                    if came == 0:
                        raise SystemExit("the relay broke off")
                    got += came
            os.waitpid(child, 0)
    wall = time.monotonic() - began
    return {"wall": wall, "mb_per_s": size / 1e6 / wall}
