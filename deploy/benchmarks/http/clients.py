#!/usr/bin/env python3
"""What clients of a running server notice of each other: `clients.py health|slow|idle PORT`.

A process of its own, with nothing but sockets, so that its runtime pauses nobody. `health` asks /health/live beside streams
that keep the engine busy. `slow` compares the times between events of a few streams while 200 other clients read their answers
as they come, and while the same 200 read one byte a second. `idle` tells what 10,000 connections hold that ask nothing more;
it needs the JDK's jcmd.
"""
import json
import resource
import selectors
import socket
import subprocess
import sys
import time
import urllib.request

BUSY = 16
WATCHED = 8
OTHERS = 200
TOKENS = 400
IDLE = 10_000


def request(prompt, tokens):
    body = json.dumps({"prompt": prompt, "max_tokens": tokens, "stream": True, "temperature": 0, "ignore_eos": True}).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def connect(port, receive=None):
    client = socket.socket()
    if receive:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.connect(("127.0.0.1", port))
    return client


def quantiles(name, values):
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(len(values) * share))]
    print(f"{name}: n {len(values)}, p50 {at(.5):.2f}, p90 {at(.9):.2f}, p99 {at(.99):.2f}, max {values[-1]:.2f} ms", flush=True)
    return at(.99)


def probe(port, count):
    client = connect(port)
    times = []
    for _ in range(count):
        asked = time.perf_counter()
        client.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        times.append((time.perf_counter() - asked) * 1e3)
        time.sleep(0.005)
    client.close()
    return times


def streams(port, count, tokens, receive=None):
    clients = []
    for index in range(count):
        client = connect(port, receive)
        client.sendall(request(f"Once upon a time {index}", tokens))
        clients.append(client)
    return clients


def health(port):
    probe(port, 500)
    quantiles("alone", probe(port, 1500))
    # A thread of readers would share this process's one core with the prober; a large buffer in the kernel need not be read.
    readers = streams(port, BUSY, 4000, 1 << 22)
    time.sleep(3)
    quantiles(f"beside {BUSY} streams", probe(port, 3000))
    for reader in readers:
        assert reader.recv(1 << 22), "a stream ended before the end"
        reader.close()


def buffers(port):
    """Bytes outside the heap that connections' buffers are cut from."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if line.startswith("sublinear_netty_direct_bytes"))


def phase(port, label, sip):
    watched = streams(port, WATCHED, TOKENS)
    others = streams(port, OTHERS, TOKENS, 4096 if sip else None)
    selector = selectors.DefaultSelector()
    for client in watched:
        selector.register(client, selectors.EVENT_READ, True)
    for client in others:
        client.setblocking(False)
        if not sip:
            selector.register(client, selectors.EVENT_READ, False)
    gaps, last, left, sipped, most = [], {}, len(watched), time.perf_counter(), 0
    while left:
        for key, _ in selector.select(0.05):
            data = key.fileobj.recv(65536)
            if key.data and b"data: {" in data:
                now = time.perf_counter()
                if key.fileobj in last:
                    gaps.append((now - last[key.fileobj]) * 1e3)
                last[key.fileobj] = now
            if not data or b"[DONE]" in data:
                selector.unregister(key.fileobj)
                left -= key.data
        if time.perf_counter() - sipped > 1:
            sipped = time.perf_counter()
            most = max(most, buffers(port))
            for client in others if sip else []:
                try:
                    client.recv(1)
                except BlockingIOError:
                    pass  # nothing has come yet
    for client in watched + others:
        client.close()
    time.sleep(3)
    print(f"  direct memory at most {most / 2**20:.1f} MiB", flush=True)
    return quantiles(label, gaps)


def slow(port):
    phase(port, "warming up", False)
    fast = phase(port, f"{OTHERS} others read as it comes", False)
    sipping = phase(port, f"{OTHERS} others read a byte a second", True)
    again = phase(port, f"{OTHERS} others read as it comes, again", False)
    print(f"p99 beside slow readers against fast ones: {sipping / fast:.3f} and {sipping / again:.3f}; the two fast phases {again / fast:.3f}")


def held(port):
    """Bytes of the server after a collection: heap, direct, resident."""
    pid = subprocess.run(["pgrep", "-f", f"serve.* {port}"], capture_output=True, text=True, check=True).stdout.split()[0]
    for _ in range(2):
        subprocess.run(["jcmd", pid, "GC.run"], stdout=subprocess.DEVNULL, check=True)
    heap = subprocess.run(["jcmd", pid, "GC.heap_info"], capture_output=True, text=True, check=True).stdout
    with open(f"/proc/{pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return int(heap.split("used ")[1].split("K")[0]) * 1024, buffers(port), resident * 1024


def idle(port):
    probe(port, 500)
    before = held(port)
    clients = [connect(port) for _ in range(IDLE)]
    for client in clients:
        client.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for client in clients:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    after = held(port)
    each = [(now - then) / IDLE for now, then in zip(after, before)]
    print(f"{IDLE} connections that have asked once, bytes each: heap {each[0]:.0f}, direct {each[1]:.0f}, resident {each[2]:.0f}")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE + 1000, IDLE + 1000))
    {"health": health, "slow": slow, "idle": idle}[sys.argv[1]](int(sys.argv[2]))
