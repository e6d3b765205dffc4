"""The processes of the bench: a static upstream, what is measured, and their files."""

import http.client
import json
import os
import shutil
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

# What the mapping says in the copy whose answers are kept: nothing else is changed.
KEEPS = ("  getCustomer:\n", "  getCustomer:\n    cache: 3600s\n")

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
    access_log {log};
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

CONFIGURATION = """
upstreams:
  blubilling:
    mapping: blubilling
    settings: {{ base-url: 'http://127.0.0.1:{upstream}' }}
    auth: {{ scheme: none }}
"""


def program(name):
    """Where a program is; Debian keeps servers out of a user's path."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def build():
    """Builds the gateway and the passthrough as they are released, and gives their paths."""
    command = ["cargo", "build", "--release", "--quiet", "--bin", "interlingua", "--example", "passthrough"]
    built = subprocess.run([*command, "--message-format=json"], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if built.returncode:
        sys.exit(built.returncode)
    paths = {}
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable"):
            paths[message["target"]["name"]] = Path(message["executable"])
    return paths["interlingua"], paths["passthrough"]


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Server:
    """A running process that answers on a loopback port."""

    def __init__(self, name, command, port, core, translates, out):
        self.name, self.port, self.translates = name, port, translates
        pinned = ["taskset", "-c", str(core), *map(str, command)]
        with open(out, "ab") as lines:
            self.process = subprocess.Popen(pinned, stdout=lines)

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
            self.process.terminate()
            self.process.wait()


class Bench:
    """The upstream, and the makers of what is measured against it."""

    def __init__(self, folder, binaries, cores, access_log):
        self.folder, self.access_log = folder, access_log
        self.binary, self.bare = binaries
        self.measured, self.load = cores
        self.running = []
        (folder / "customer.xml").write_bytes(DOCUMENT)

    def __enter__(self):
        try:
            self.upstream = free_port()
            command = self.nginx("upstream", STATIC.format(port=self.upstream, folder=self.folder), "off")
            self.start("the upstream", command, self.upstream, self.load)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in list(self.running):
            self.stop(server)

    def start(self, name, command, port, core, translates=False):
        out = self.folder / f"{name}.out"
        server = Server(name, command, port, core, translates, out)
        self.running.append(server)
        server.await_answer()
        return server

    def stop(self, server):
        self.running.remove(server)
        server.stop()

    def nginx(self, name, more, log):
        path = self.folder / f"{name}.conf"
        path.write_text(NGINX.format(folder=self.folder, name=name, log=log, more=more))
        return [program("nginx"), "-p", self.folder, "-c", path, "-e", self.folder / f"{name}.log"]

    def contestants(self):
        """Starters of what is measured, by name; each takes the command to run it under."""
        return {
            "nginx": self.proxy,
            "bare hyper": self.passthrough,
            "interlingua": self.gateway,
            "a kept answer": self.cached,
        }

    def proxy(self, under=()):
        port = free_port()
        log = self.folder / "access.log" if self.access_log else "off"
        command = self.nginx("proxy", PROXY.format(port=port, upstream=self.upstream), log)
        return self.start("nginx", [*under, *command], port, self.measured)

    def passthrough(self, under=()):
        port = free_port()
        return self.start("bare hyper", [*under, self.bare, port, self.upstream], port, self.measured)

    def cached(self, under=()):
        """The gateway over a mapping that lets it keep what is asked for."""
        mappings = self.folder / "mappings"
        shutil.copytree(ROOT / "mappings", mappings, dirs_exist_ok=True)
        file = mappings / "blubilling" / "upstream.yaml"
        text = (ROOT / "mappings" / "blubilling" / "upstream.yaml").read_text()
        if KEEPS[0] not in text:
            sys.exit(f"{file} has no such operation")
        file.write_text(text.replace(*KEEPS))
        return self.gateway(under, "a kept answer", ["--mappings", mappings])

    def gateway(self, under=(), name="interlingua", more=()):
        port = free_port()
        path = self.folder / f"{name.replace(' ', '-')}.yaml"
        path.write_text(CONFIGURATION.format(upstream=self.upstream))
        command = [*under, self.binary, "serve", "--config", path, "--listen", f"127.0.0.1:{port}"]
        command += ["--admin", "127.0.0.1:0", "--probes", "127.0.0.1:0"]
        command += ["--access-log", "true" if self.access_log else "false"]
        command += more
        return self.start(name, command, port, self.measured, translates=True)
