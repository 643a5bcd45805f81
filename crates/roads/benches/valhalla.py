"""Measures Valhalla on an extract, for the figures beside `autobroker roads bench`.

    pip download pyvalhalla==3.9.1 --no-deps --only-binary=:all: --python-version 3.12 --platform manylinux_2_28_x86_64
    unzip -d valhalla pyvalhalla-*.whl
    python3 valhalla.py valhalla EXTRACT.osm.pbf 42.43,1.41,42.65,1.78

The wheel carries the server itself, which needs no Python: it is asked over HTTP, by one connection. What counts is the
processor time that the server's process takes; the answer's time has this script's own in it. Places are drawn from the
rectangle (south, west, north, east); pairs without a way are left out.
"""

import argparse
import ast
import http.client
import json
import os
import pathlib
import random
import statistics
import stat
import subprocess
import tempfile
import time

PORT = 42911
CLOCK = os.sysconf("SC_CLK_TCK")


def defaults(wheel):
    """The wheel's own settings: it makes them with a script whose imports want a newer Python."""
    tree = ast.parse((wheel / "valhalla_build_config.py").read_text())
    names = (ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)
    own = lambda node: isinstance(node, (ast.Import, ast.ImportFrom)) and "valhalla" in ast.unparse(node)
    body = [node for node in tree.body if isinstance(node, names) and not own(node)]
    space = {}
    exec(compile(ast.Module(body, []), "config", "exec"), space)

    def told(value):
        if isinstance(value, dict):
            return {key: told(inner) for key, inner in value.items() if type(inner).__name__ != "Optional"}
        return value

    return told(space["config"])


def settings(wheel, folder):
    config = defaults(wheel)
    for absent in ("tile_extract", "traffic_extract", "admin", "timezone", "landmarks"):
        config["mjolnir"].pop(absent, None)
    config["mjolnir"]["tile_dir"] = f"{folder}/tiles"
    config["service_limits"]["truck"]["max_matrix_location_pairs"] = 10_000
    for part in ("loki", "thor", "odin", "meili"):
        config[part]["service"] = {"proxy": f"ipc://{folder}/{part}"}
    config["httpd"]["service"].update(
        listen=f"tcp://127.0.0.1:{PORT}", loopback=f"ipc://{folder}/loopback", interrupt=f"ipc://{folder}/interrupt"
    )
    path = pathlib.Path(folder) / "valhalla.json"
    path.write_text(json.dumps(config, default=str))
    return path


def processor_s(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK


def ask(connection, action, question):
    began = time.perf_counter()
    connection.request("POST", f"/{action}", json.dumps(question), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status, (time.perf_counter() - began) * 1000


def reached(process):
    """A connection to the server, once it listens."""
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        try:
            if ask(connection, "status", {})[0] == 200:
                return connection
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server ended")


def measure(connection, process, pairs, tables, rectangle, dice):
    south, west, north, east = rectangle
    place = lambda: {"lat": dice.uniform(south, north), "lon": dice.uniform(west, east)}
    drawn = [[place(), place()] for _ in range(pairs)]
    way = lambda ends: {"locations": ends, "costing": "truck", "directions_type": "none"}
    known = [ends for ends in drawn if ask(connection, "route", way(ends))[0] == 200]
    began = processor_s(process)
    times = [ask(connection, "route", way(ends))[1] for ends in known]
    each = (processor_s(process) - began) / len(known) * 1000
    print(f"truck route   {each:8.3f} ms of processor each, answered in {statistics.median(times):.3f} ms (p50), {len(known)} of {pairs} pairs")
    began = processor_s(process)
    answers = []
    for _ in range(tables):
        ends = [place() for _ in range(50)]
        answers.append(ask(connection, "sources_to_targets", {"sources": ends, "targets": ends, "costing": "truck"}))
    assert all(status == 200 for status, _ in answers), answers
    each = (processor_s(process) - began) / tables * 1000
    print(f"matrix 50x50  {each:8.3f} ms of processor each, answered in {statistics.median(time for _, time in answers):.3f} ms (p50)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=pathlib.Path, help="the unpacked wheel")
    parser.add_argument("extract", help="an .osm.pbf file")
    parser.add_argument("rectangle", help="south,west,north,east")
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--tables", type=int, default=20)
    args = parser.parse_args()
    wheel, rectangle = args.wheel / "valhalla", [float(degree) for degree in args.rectangle.split(",")]
    for tool in (wheel / "bin").iterdir():
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    with tempfile.TemporaryDirectory() as folder:
        config = settings(wheel, folder)
        began = time.perf_counter()
        build = [wheel / "bin/valhalla_build_tiles", "-c", config, args.extract]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"tiles built in {time.perf_counter() - began:.1f} s")
        serve = [wheel / "bin/valhalla_service", config, "1"]
        process = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            measure(reached(process), process, args.pairs, args.tables, rectangle, random.Random(1))
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
