#!/usr/bin/env python3
"""Sublinear's server as a peer, for what a user waits for and sees in `top`: sublinear_serve.py --model FILE --threads N.

Knows `read` alone, which it asks over HTTP as a completion of one token; the time of another would be mostly HTTP's.
"""
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

LAUNCHER = os.environ.get("SUBLINEAR") or str(Path(__file__).resolve().parents[2] / "sublinear")
SMALLEST_VOCABULARY = 32000


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def wait_until_ready(server, url):
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url + "/health/ready"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    sys.exit(f"sublinear_serve.py: the server ended with code {server.returncode}")


def main():
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [LAUNCHER, "serve", "--port", str(port), "--access-log", "off", *sys.argv[1:]]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    draw = random.Random(1)
    try:
        wait_until_ready(server, url)
        print(json.dumps({"pid": server.pid}), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            if asked["measure"] != "read":
                print(json.dumps({"error": f"measure must be read, was \"{asked['measure']}\""}), flush=True)
                continue
            prompt = [draw.randrange(300, SMALLEST_VOCABULARY) for _ in range(asked["tokens"])]
            start = time.perf_counter()
            post(url + "/v1/completions", {"prompt": prompt, "max_tokens": 1, "temperature": 0})
            print(json.dumps({"milliseconds": (time.perf_counter() - start) * 1e3}), flush=True)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
