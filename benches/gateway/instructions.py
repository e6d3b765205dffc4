"""User-mode instructions per call, by callgrind: of each contestant in all, of the gateway by layer."""

import http.client
import re
import subprocess
from collections import Counter

from servers import TARGET

# Calls before counting begins: connections are open, buffers have their size, handles are looked up.
WARM = 200

# Those whose layers are told.
OURS = ["interlingua", "a kept answer"]

# Own cost is told by the first of these that a function's name or object names.
LAYERS = [
    ("translation", r"interlingua::(codec|engine|mapping|model)\b"),
    ("gateway", r"interlingua::(gateway|config)\b"),
    ("upstream", r"interlingua::upstream\b"),
    ("telemetry", r"(interlingua::telemetry|prometheus|tracing\w*|sharded_slab)\b"),
    ("hyper", r"(hyper|hyper_util|httparse|httpdate|http|http_body\w*|h2|want|try_lock|atomic_waker|smallvec)\b"),
    ("tokio", r"(tokio|mio|futures\w*|pin_project\w*|tower\w*|socket2|slab|parking_lot\w*)\b"),
    ("bytes", r"bytes\b"),
    ("ring", r"(ring|ring_core\w*)\b"),
    ("matchit", r"matchit\b"),
    ("moka", r"(moka|crossbeam\w*|tagptr)\b"),
]
LAYERS = [(layer, re.compile(r"\b" + pattern)) for layer, pattern in LAYERS]
ALLOCATOR = re.compile(r"malloc|calloc|realloc|free|_int_|unlink_chunk|tcache|__rust_alloc|__rdl_|aligned_alloc")
COPYING = re.compile(r"mem(cpy|move|set|cmp|chr)|bcmp|str(len|cmp|chr)")


def measure(bench, calls, functions, bar):
    print(f"\nUser-mode instructions per call, {calls} calls one after the other on one connection")
    costs = {}
    for name, start in bench.contestants().items():
        profile = profiled(bench, name, start, calls)
        costs[name] = counted(profile, calls)
        print(f"{name:14}{sum(costs[name].values()):10,.0f}")
    print(f"The bar for interlingua is {bar:,}. Layers, each by what its own functions execute:")
    for name in OURS:
        print(name)
        show(costs[name], functions)


def show(own, functions):
    """What of a contestant's cost each layer has, and its costliest functions."""
    total = sum(own.values())
    layers = Counter()
    for function, cost in own.items():
        layers[layer_of(function)] += cost
    for layer, cost in layers.most_common():
        print(f"  {layer:14}{cost:10,.0f}{cost / total:8.1%}")
    for function, cost in own.most_common(functions):
        print(f"  {cost:10,.0f}  {function[:160]}")


def profiled(bench, name, start, calls):
    """The profile of exactly so many calls of a warm server."""
    out = bench.folder / f"{name.replace(' ', '-')}.callgrind"
    server = start(["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"])
    server.check()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    ask(connection, WARM)
    dump(server.pid)
    ask(connection, calls)
    dump(server.pid)
    connection.close()
    bench.stop(server)
    return out.with_name(out.name + ".2")


def ask(connection, calls):
    for _ in range(calls):
        connection.request("GET", TARGET)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the answer is {answer.status}")


def dump(pid):
    """Writes what was counted and begins at zero again."""
    command = ["callgrind_control", "--dump", str(pid)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def counted(profile, calls):
    """Instructions per call of each function's own code, read from a profile in callgrind's format."""
    libraries = {}
    own, names, inclusive, function, library = Counter(), {}, False, "", ""
    for line in profile.read_text().splitlines():
        if line.startswith("fn="):
            number, name = re.match(r"fn=\((\d+)\)(?: (.*))?", line).groups()
            function = names[number] = name or names[number]
            if function.startswith("0x"):
                function = f"{function} in {library}"
        elif line.startswith("ob="):
            number, name = re.match(r"ob=\((\d+)\)(?: (.*))?", line).groups()
            library = libraries[number] = name or libraries[number]
        elif line.startswith("cfn=") and (named := re.match(r"cfn=\((\d+)\) (.*)", line)):
            names[named[1]] = named[2]
        elif line.startswith("cob=") and (named := re.match(r"cob=\((\d+)\) (.*)", line)):
            libraries[named[1]] = named[2]
        elif line.startswith("calls="):
            inclusive = True
        elif re.match(r"[0-9+*-]", line):
            # The line after a call is the cost of what was called.
            own[function] += 0 if inclusive else int(line.split()[1]) / calls
            inclusive = False
    return own


def layer_of(function):
    name = re.sub(r"\b(core|alloc|std|hashbrown)::", "", function)
    if ALLOCATOR.search(name):
        return "allocator"
    if COPYING.search(name) and "::" not in name:
        return "copying"
    first = min(
        ((found.start(), layer) for layer, pattern in LAYERS if (found := pattern.search(name))),
        default=(0, "other"),
    )
    return first[1]
