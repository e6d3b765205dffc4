"""The processes of the bench: a static upstream, what is measured, and their files."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What callers ask for; the static upstream answers every path with the one document.
TARGET = "/v1/customers/blubilling:340"
DOCUMENT = (HERE / "customer.xml").read_bytes()
EXPECTED = json.loads((HERE / "customer.json").read_text())

# How long a process may take until it answers; under valgrind it starts some fifty times slower.
START = 120

NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log {folder}/{name}.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/{name}.body;
    proxy_temp_path {folder}/{name}.proxy;
    fastcgi_temp_path {folder}/{name}.fastcgi;
    uwsgi_temp_path {folder}/{name}.uwsgi;
    scgi_temp_path {folder}/{name}.scgi;
    keepalive_requests 1000000000;
    tcp_nodelay on;
    {more}
}}
"""

STATIC = """
    default_type application/xml;
    types {{ }}
    open_file_cache max=10;
    open_file_cache_valid 1h;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {folder};
        location / {{ rewrite ^ /customer.xml break; }}
    }}
"""

PROXY = """
    upstream static {{
        server 127.0.0.1:{upstream};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://static;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
"""


def program(name):
    """Where a program is; Debian keeps servers out of a user's path."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def build():
    """Builds the bench server as it is released and gives its path."""
    command = ["cargo", "build", "--release", "--quiet", "--example", "gateway-bench", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        sys.exit(built.returncode)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message.get("target", {}).get("name") == "gateway-bench":
            return Path(message["executable"])
    sys.exit("cargo tells of no bench server")


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Server:
    """A running process that answers on a loopback port."""

    def __init__(self, name, command, port, core, translates):
        self.name, self.port, self.translates = name, port, translates
        pinned = ["taskset", "-c", str(core), *map(str, command)]
        # Its own session, so that nothing but its end is needed to end it.
        self.process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, start_new_session=True)
        self.await_answer()

    @property
    def pid(self):
        return self.process.pid

    def await_answer(self):
        end = time.monotonic() + START
        while time.monotonic() < end:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended with {self.process.returncode}")
            try:
                return self.check()
            except ConnectionError:
                time.sleep(0.02)
        sys.exit(f"{self.name} does not answer")

    def check(self):
        """Ends the bench unless the answer is the one that is asked for."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START)
        connection.request("GET", TARGET)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        right = json.loads(body) == EXPECTED if self.translates and answer.status == 200 else body == DOCUMENT
        if answer.status != 200 or not right:
            sys.exit(f"{self.name} answers {answer.status}:\n{body.decode(errors='replace')}")

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
            self.process.wait()


class Bench:
    """The upstream, and the makers of what is measured against it."""

    def __init__(self, folder, binary, measured, load):
        self.folder, self.binary = folder, binary
        self.measured, self.load = measured, load
        self.running = []
        (folder / "customer.xml").write_bytes(DOCUMENT)

    def __enter__(self):
        try:
            self.upstream = free_port()
            command = self.nginx("upstream", STATIC.format(port=self.upstream, folder=self.folder))
            self.started(Server("the upstream", command, self.upstream, self.load, False))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in reversed(self.running):
            server.stop()

    def started(self, server):
        self.running.append(server)
        return server

    def stop(self, server):
        self.running.remove(server)
        server.stop()

    def nginx(self, name, more):
        path = self.folder / f"{name}.conf"
        path.write_text(NGINX.format(folder=self.folder, name=name, more=more))
        return [program("nginx"), "-p", self.folder, "-c", path, "-e", self.folder / f"{name}.log"]

    def contestants(self):
        """Makers of what is measured, by name; each takes what to run it under."""
        return {"nginx": self.proxy, "bare hyper": self.passthrough, "interlingua": self.gateway}

    def proxy(self, under=()):
        port = free_port()
        command = self.nginx("proxy", PROXY.format(port=port, upstream=self.upstream))
        return self.started(Server("nginx", [*under, *command], port, self.measured, False))

    def passthrough(self, under=()):
        port = free_port()
        command = [*under, self.binary, "passthrough", port, self.upstream]
        return self.started(Server("bare hyper", command, port, self.measured, False))

    def gateway(self, under=()):
        port = free_port()
        command = [*under, self.binary, "gateway", port, self.upstream]
        return self.started(Server("interlingua", command, port, self.measured, True))
