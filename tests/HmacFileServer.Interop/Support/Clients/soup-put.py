"""Uploads by libsoup 3, as Dino does, over HTTP/2: soup-put.py CA FILE URL TIMES

Each upload is a session of its own and goes to the URL with {} replaced by its number. Prints what was seen, and how often.
"""

import collections
import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import Gio, GLib, Soup  # noqa: E402  (gi wants its version first)

authority, path, url, times = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
file = Gio.File.new_for_path(path)
size = file.query_info("standard::size", Gio.FileQueryInfoFlags.NONE, None).get_size()
database = Gio.TlsFileDatabase.new(authority)
seen = collections.Counter()
for number in range(times):
    session = Soup.Session(tls_database=database)
    message = Soup.Message.new("PUT", url.replace("{}", str(number)))
    message.set_request_body("application/octet-stream", file.read(None), size)
    try:
        text = session.send_and_read(message, None).get_data().decode()
        version = message.get_http_version().value_nick.removeprefix("http-").replace("-", ".")
        seen[f"{int(message.get_status())} {version} {text}"] += 1
    except GLib.Error as error:
        seen[f"failed: {error.message}"] += 1

for answer, count in seen.items():
    print(f"{count} x {answer}")
