"""CPU per call, in pairs of slices: nginx and ours in turn, the ratio inside each pair, its median."""

import os
import re
import statistics
import subprocess

from servers import TARGET

CONNECTIONS = 64
# Bar 5: CPU of a call that is answered from the cache, over nginx passing the bytes untouched.
BAR_KEPT = 1.0
TICK = os.sysconf("SC_CLK_TCK")


def measure(bench, pairs, seconds, bar):
    running = {name: start() for name, start in bench.contestants().items()}
    for server in running.values():
        slice_of(bench, server, seconds)
    costs = {name: [] for name in running}
    for _ in range(pairs):
        for name, server in running.items():
            costs[name].append(slice_of(bench, server, seconds))
    for server in running.values():
        server.check()
        bench.stop(server)
    show(costs, pairs, seconds, bar)


def slice_of(bench, server, seconds):
    """Loads a server for a while and gives its CPU seconds per call, and calls per second."""
    before = cpu_seconds(server.pid)
    command = ["taskset", "-c", str(bench.load), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    url = f"http://127.0.0.1:{server.port}{TARGET}"
    told = subprocess.run([*command, url], stdout=subprocess.PIPE, text=True, check=True).stdout
    spent = cpu_seconds(server.pid) - before
    if "Non-2xx" in told or re.search(r"Socket errors", told):
        raise SystemExit(f"{server.name} failed under load:\n{told}")
    calls = int(re.search(r"(\d+) requests in", told)[1])
    return spent / calls, float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def show(costs, pairs, seconds, bar):
    print(f"\nCPU per call, {pairs} pairs of slices of {seconds} s, {CONNECTIONS} connections; load average", end=" ")
    print(" ".join(f"{load:.1f}" for load in os.getloadavg()))
    print(f"{'':14}{'us per call':>12}{'calls/s':>10}{'ratio to nginx':>16}{'quartiles':>16}")
    base = [cost for cost, _ in costs["nginx"]]
    for name, slices in costs.items():
        ratios = [cost / nginx for (cost, _), nginx in zip(slices, base)]
        if name == "nginx":
            # A slice over the one before: what the machine alone does to a ratio.
            ratios = [later / earlier for earlier, later in zip(base, base[1:])] or [1.0]
        low, middle, high = quartiles(ratios)
        cpu = statistics.median(cost for cost, _ in slices) * 1e6
        rate = statistics.median(rate for _, rate in slices)
        print(f"{name:14}{cpu:12.1f}{rate:10.0f}{middle:16.2f}{f'{low:.2f} - {high:.2f}':>16}")
    print(f"The bars are {bar:.2f} for interlingua and {BAR_KEPT:.2f} for a kept answer. The line of nginx is each slice over the one before it: the noise.")


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")
