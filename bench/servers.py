"""The sides of the comparison: how each is configured, started, measured and signed for."""

import base64
import glob
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

SECRET = "bench-secret-of-32-characters-00"
CLIENT = "artifacts/bench/client"
PRODUCT = "artifacts/dist/hmac-file-server-0.0.0-linux-x64"  # as people install it
SLOT = re.compile(r"\d{8}")
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signed(key, size):
    mac = hmac.new(SECRET.encode(), f"{key} {size}".encode(), "sha256").hexdigest()
    return f"/{key}?v={mac}"


def token(slot, name, size):
    """What mod_http_file_share issues."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    now = int(time.time())
    claims = {"slot": slot, "filename": name, "filesize": size, "filetype": "", "exp": now + 3600, "iat": now,
              "sub": "alice@example.org", "expires": now + 7 * 86400}
    text = encode(b'{"alg":"HS256","typ":"JWT"}') + b"." + encode(json.dumps(claims).encode())
    mac = hmac.new(SECRET.encode(), text, hashlib.sha256).digest()
    return (text + b"." + encode(mac)).decode()


class Server:
    """One process tree on a loopback port. Requests are (method, target, bytes, header or None)."""

    stores = True
    interpreted = False # nothing is compiled as it runs, so that it is as warm as it gets after one round

    def __init__(self, name, home):
        self.name, self.home, self.port = name, os.path.join(home, re.sub(r"\W+", "-", name)), free_port()
        self.store = os.path.join(self.home, "store")
        os.makedirs(self.store)
        self.process, self.emptied = None, set()

    def command(self):
        raise NotImplementedError

    def start(self):
        self.port = free_port()
        with open(os.path.join(self.home, "output.log"), "a") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output, start_new_session=True)
        began = time.monotonic()
        while True:
            try:
                with self.wrap(socket.create_connection(("127.0.0.1", self.port))) as wire:
                    wire.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    if wire.recv(1):
                        return time.monotonic() - began
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() - began > 60:
                raise SystemExit(f"{self.name} does not start: see {self.home}")
            time.sleep(0.002)

    def wrap(self, wire):
        """For those who speak TLS."""
        return wire

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def tree(self):
        parents = {}
        for stat in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(stat) as file:
                    pid, rest = file.read().split(" (", 1)
                parents[int(pid)] = int(rest.rsplit(") ", 1)[1].split()[1])
            except (OSError, ValueError):
                continue
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def cpu(self):
        """User and system seconds of the whole tree, its finished children included."""
        ticks = 0
        for pid in self.tree():
            try:
                with open(f"/proc/{pid}/stat") as file:
                    ticks += sum(int(field) for field in file.read().rsplit(") ", 1)[1].split()[11:15])
            except OSError:
                pass
        return ticks / TICK

    def resident(self, field="VmRSS"):
        kib = 0
        for pid in self.tree():
            try:
                with open(f"/proc/{pid}/status") as file:
                    kib += next((int(line.split()[1]) for line in file if line.startswith(field)), 0)
            except OSError:
                pass
        return kib / 1024

    def forget_peak(self):
        for pid in self.tree():
            with open(f"/proc/{pid}/clear_refs", "w") as file:
                file.write("5")

    def put(self, slot, name, size):
        return ("PUT", signed(f"{slot}/{name}", size), size, None)

    def provide(self, key, size):
        path = os.path.join(self.store, key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            for at in range(0, size, 1 << 20):
                file.write(os.urandom(min(size - at, 1 << 20)))

    def empty(self):
        """Gives the disk back. Truncates: a deleted name makes ext4 search its bitmap at every later create."""
        for folder, folders, names in os.walk(self.store):
            # No name is used twice, so that a slot's folder needs one visit: tens of thousands would take longer than the trial.
            folders[:] = [name for name in folders if name not in self.emptied and not name.startswith(("bench-get", ".hfs"))]
            self.emptied |= {name for name in folders if SLOT.fullmatch(name)}
            for name in names:
                path = os.path.join(folder, name)
                if os.path.getsize(path) > 8 << 20:
                    os.unlink(path)
                else:
                    os.truncate(path, 0)


class Ours(Server):
    def __init__(self, name, home, extra=""):
        super().__init__(name, home)
        self.extra = extra
        self.metrics = 0

    def allocated(self):
        """Bytes that the runtime has handed out since the start."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics") as answer:
            text = answer.read().decode()
        return float(re.search(r"^dotnet_gc_heap_total_allocated\S* (\S+)$", text, re.MULTILINE)[1])

    def command(self):
        self.metrics = free_port()
        # In a folder of its own, as installed: the server watches it, and its output goes to self.home.
        config = os.path.join(self.home, "etc", "config.toml")
        os.makedirs(os.path.dirname(config), exist_ok=True)
        with open(config, "w") as file:
            file.write(f'[server]\nlisten_address = "127.0.0.1:{self.port}"\nstorage_path = "{self.store}"\n{self.extra}\n'
                       f'[metrics]\nlisten_address = "127.0.0.1:{self.metrics}"\n[security]\nsecret = "{SECRET}"\n')
        return [PRODUCT, "serve", "-c", config]


class Nginx(Server):
    listen = "reuseport"

    def __init__(self, name, home, body, location=None):
        super().__init__(name, home)
        self.body, self.location = body, location

    def command(self):
        location = self.location() if self.location else (
            f"root {self.store}; dav_methods PUT; create_full_put_path on;")
        temps = " ".join(f"{kind}_temp_path {self.home}/{kind};" for kind in
                         ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = os.path.join(self.home, "nginx.conf")
        with open(config, "w") as file:
            file.write(f"""
                daemon off; {"user root;" if os.geteuid() == 0 else ""} worker_processes auto; pid {self.home}/pid;
                error_log {self.home}/error.log crit;
                events {{ worker_connections 4096; }}
                http {{
                    {temps} access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
                    client_max_body_size 0; client_body_buffer_size {self.body};
                    server {{ listen 127.0.0.1:{self.port} {self.listen}; location / {{ {location} }} }}
                }}""")
        return ["/usr/sbin/nginx", "-p", self.home, "-c", config, "-e", os.path.join(self.home, "error.log")]


class Prosody(Server):
    interpreted = True

    def command(self):
        config = os.path.join(self.home, "prosody.cfg.lua")
        with open(config, "w") as file:
            file.write(f"""
                run_as_root = true
                pidfile = "{self.home}/pid"
                data_path = "{self.store}"
                interfaces = {{ "127.0.0.1" }}
                c2s_ports = {{ }} c2s_direct_tls_ports = {{ }} s2s_ports = {{ }} https_ports = {{ }}
                http_ports = {{ {self.port} }}
                http_max_content_size = 10 * 1024 * 1024 * 1024
                network_backend = "epoll"
                modules_enabled = {{ "http"; "posix" }}
                modules_disabled = {{ "s2s"; "c2s"; "offline" }}
                http_default_host = "localhost"
                http_host = "localhost"
                log = {{ warn = "{self.home}/prosody.log" }}
                VirtualHost "localhost"
                Component "127.0.0.1" "http_file_share"
                    http_file_share_secret = "{SECRET}"
                    http_file_share_size_limit = 10 * 1024 * 1024 * 1024
                    http_paths = {{ file_share = "/" }}
                """)
        return ["/usr/bin/prosody", "--config", config, "-F"]

    def put(self, slot, name, size):
        return ("PUT", f"/{slot}/{name}", size, f"Authorization: Bearer {token(slot, name, size)}")


class SharePhp(Server):
    """share.php of prosody-modules, under php-cgi with a worker for each of four uploads, behind nginx."""

    interpreted = True
    EXAMPLE = "/usr/share/doc/prosody-modules/examples/share.php"

    def __init__(self, name, home):
        super().__init__(name, home)
        self.fastcgi = 0
        self.nginx = Nginx(name + "-nginx", home, "1m", self.location)

    def location(self):
        with open(self.EXAMPLE) as file:
            script = file.read()
        self.script = os.path.join(self.home, "share.php")
        with open(self.script, "w") as file:
            file.write(script.replace("'/tmp'", f"'{self.store}'").replace("this is your secret string", SECRET))
        return f"""fastcgi_pass 127.0.0.1:{self.fastcgi}; include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME {self.script}; fastcgi_param SCRIPT_NAME "";
            fastcgi_param PHP_SELF $uri; fastcgi_param PATH_INFO $uri; fastcgi_read_timeout 300s;"""

    def start(self):
        self.fastcgi = free_port()
        with open(os.path.join(self.home, "php.log"), "a") as output:
            self.php = subprocess.Popen(
                ["php-cgi", "-d", "cgi.fix_pathinfo=0", "-d", "post_max_size=0", "-d", "enable_post_data_reading=0",
                 "-b", f"127.0.0.1:{self.fastcgi}"],
                env={**os.environ, "PHP_FCGI_CHILDREN": "4", "PHP_FCGI_MAX_REQUESTS": "0"},
                stdout=output, stderr=output, start_new_session=True)
        took = self.nginx.start()
        self.port, self.process = self.nginx.port, self.nginx.process
        return took

    def tree(self):
        whole = self.nginx.tree()
        self.process = self.php
        whole |= super().tree()
        return whole

    def stop(self):
        self.nginx.stop()
        self.process = self.php
        super().stop()
