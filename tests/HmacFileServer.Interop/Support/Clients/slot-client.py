"""An XMPP client that asks for upload slots and uses them, driven by JSON lines on stdin and stdout.

slixmpp's own XEP-0363 discovery fails on Python 3.11, so the slot request is sent by hand. URLs are used exactly as
they were issued: nothing is normalised, decoded or encoded again. An upload watches for an answer while it sends, as
the libraries of real clients do, and stops sending when one arrives.
"""

import asyncio
import hashlib
import http.client
import json
import random
import re
import select
import socket
import ssl
import sys
import time
import xml.etree.ElementTree as ET

BLOCK = 1 << 20
UPLOAD = "urn:xmpp:http:upload:0"
accounts = {}


def body_block(seed):
    """Bodies are one random block repeated, so that a gigabyte needs neither a disk nor memory."""
    return random.Random(seed).randbytes(BLOCK)


def as_issued(connection_type):
    class AsIssued(connection_type):
        def _encode_request(self, request):
            return request.encode("utf-8")  # raw non-ASCII goes out as it is

        def _validate_path(self, url):
            pass

    return AsIssued


def connect(url, ca):
    scheme, host, port, path = re.match(r"(https?)://(\[[^\]]*\]|[^/:]+):(\d+)(/.*)$", url, re.DOTALL).groups()
    if scheme == "http":
        return as_issued(http.client.HTTPConnection)(host.strip("[]"), int(port), timeout=120), path
    context = ssl.create_default_context(cafile=ca)
    # TLS 1.3 sends session tickets after the handshake, which would look like an early answer.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    connection = as_issued(http.client.HTTPSConnection)(host.strip("[]"), int(port), timeout=120, context=context)
    return connection, path


def answer_of(response, started):
    digest, length, kept = hashlib.sha256(), 0, b""
    while piece := response.read(BLOCK):
        digest.update(piece)
        length += len(piece)
        kept = (kept + piece)[:500]
    return {
        "status": response.status,
        "headers": {name.lower(): ", ".join(response.headers.get_all(name)) for name in response.headers},
        "length": length,
        "sha256": digest.hexdigest(),
        "text": kept.decode("utf-8", "replace"),
        "seconds": time.monotonic() - started,
    }


def send_body(sock, job):
    """Sends until everything is sent or an answer can be read; paced so that the whole takes job["seconds"].

    A stubborn client does not look for an answer before everything is sent, as http.client itself does not.
    """
    size, seconds = job["size"], job.get("seconds", 0)
    block = body_block(job.get("seed", 1))
    step = min(BLOCK, max(1, size // 1000)) if seconds else BLOCK
    digest, sent, started, early = hashlib.sha256(), 0, time.monotonic(), False
    while sent < size:
        due = started + seconds * sent / size if seconds else 0
        watched = [] if job.get("stubborn") else [sock]
        if select.select(watched, [], [], max(0, due - time.monotonic()))[0]:
            early = True
            break
        piece = block[sent % BLOCK:][:min(step, size - sent)]
        try:
            sock.sendall(piece)
        except OSError:  # the other side has closed: its answer may still be there to read
            early = True
            break
        digest.update(piece)
        sent += len(piece)
    if seconds and not early:  # the last byte leaves when the time is over, not one step earlier
        time.sleep(max(0, started + seconds - time.monotonic()))
    return {"sent": sent, "sentSha256": digest.hexdigest(), "early": early}


def put(job):
    started = time.monotonic()
    connection, path = connect(job["url"], job.get("ca"))
    result = {}
    try:
        connection.putrequest("PUT", path, skip_accept_encoding=True)
        connection.putheader("Content-Length", str(job["size"]))
        if job.get("type") is not None:
            connection.putheader("Content-Type", job["type"])
        for name, value in job.get("headers", {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        result.update(send_body(connection.sock, job))
        result.update(answer_of(connection.getresponse(), started))
    except (OSError, http.client.HTTPException) as failure:
        result["failure"] = f"{type(failure).__name__}: {failure}"
    finally:
        connection.close()
    return result


def fetch(job):
    started = time.monotonic()
    connection, path = connect(job["url"], job.get("ca"))
    try:
        connection.putrequest(job["method"], path, skip_accept_encoding=True)
        for name, value in job.get("headers", {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        return answer_of(connection.getresponse(), started)
    except (OSError, http.client.HTTPException) as failure:
        return {"failure": f"{type(failure).__name__}: {failure}"}
    finally:
        connection.close()


async def login(job):
    import slixmpp

    client = slixmpp.ClientXMPP(job["jid"], job["password"])
    client.ca_certs = job["ca"]
    client.messages = asyncio.Queue()
    ready = asyncio.get_running_loop().create_future()

    def started(_):
        client.send_presence()
        if not ready.done():
            ready.set_result(None)

    def failed(_):
        if not ready.done():
            ready.set_exception(RuntimeError("authentication failed"))

    client.add_event_handler("session_start", started)
    client.add_event_handler("failed_auth", failed)
    client.add_event_handler("message", lambda message: client.messages.put_nowait(str(message["body"])))
    client.connect(("127.0.0.1", job["port"]))
    await asyncio.wait_for(ready, 20)
    accounts[job["jid"]] = client
    return {}


async def slot(job):
    from slixmpp.exceptions import IqError

    iq = accounts[job["jid"]].make_iq_get(ito=job["service"])
    wanted = {"filename": job["name"], "size": str(job["size"])}
    if job.get("type") is not None:
        wanted["content-type"] = job["type"]
    iq.append(ET.Element(f"{{{UPLOAD}}}request", wanted))
    try:
        reply = await iq.send(timeout=15)
    except IqError as refused:
        return {"failure": f"{refused.condition}: {refused.text}"}
    put_tag = reply.xml.find(f".//{{{UPLOAD}}}put")
    return {
        "put": put_tag.get("url"),
        "get": reply.xml.find(f".//{{{UPLOAD}}}get").get("url"),
        "headers": {header.get("name"): header.text for header in put_tag.findall(f"{{{UPLOAD}}}header")},
    }


async def ask(job):
    """Sends a request as it is given, and hands back the whole answer."""
    from slixmpp.exceptions import IqError

    iq = accounts[job["jid"]].make_iq_get(ito=job["service"])
    iq.append(ET.fromstring(job["request"]))
    try:
        reply = await iq.send(timeout=15)
    except IqError as refused:
        reply = refused.iq
    return {"answer": ET.tostring(reply.xml, "unicode")}


async def raw(job):
    """Sends a stanza as it is written, and waits until the service has answered what was asked after it.

    A server that takes offence closes the stream of who sent it, who then logs in again.
    """
    client = accounts[job["jid"]]
    gone = asyncio.Event()
    client.add_event_handler("disconnected", lambda _: gone.set())
    client.send_raw(job["stanza"])
    ping = client.make_iq_get(ito=job["service"])
    ping.append(ET.Element("{urn:xmpp:ping}ping"))
    waiting = [asyncio.ensure_future(ping.send(timeout=20)), asyncio.ensure_future(gone.wait())]
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    if waiting[0] in done:
        waiting[0].result()
        return {"text": "passed on"}
    await login(job)
    return {"text": "closed"}


async def message(job):
    return {"text": await asyncio.wait_for(accounts[job["jid"]].messages.get(), 30)}


async def perform(job):
    try:
        if job["do"] == "put":
            return await asyncio.to_thread(put, job)
        if job["do"] == "fetch":
            return await asyncio.to_thread(fetch, job)
        return await {"login": login, "slot": slot, "ask": ask, "raw": raw, "message": message}[job["do"]](job)
    except Exception as failure:  # whatever it is, the test that asked is the one to fail
        return {"failure": f"{type(failure).__name__}: {failure}"}


async def main():
    async def answer(job):
        result = await perform(job)
        result["id"] = job["id"]
        print(json.dumps(result), flush=True)

    running = set()
    while line := await asyncio.to_thread(sys.stdin.readline):
        task = asyncio.create_task(answer(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


if __name__ == "__main__":
    socket.setdefaulttimeout(120)
    asyncio.run(main())
