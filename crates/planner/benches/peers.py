"""Solves the Li and Lim instances with solvers from PyPI, for the table beside ours.

    pip install pyvrp pyvroom ortools
    python3 peers.py FOLDER --peer pyvrp|vroom|ortools --seconds 1 > routes.csv
    cargo bench -p planner --bench tables -- --judge routes.csv

Prints `instance;customer customer ...|customer ...`. One thread each. Lengths are rounded up to 1/10000, so that what is
in time here is in time in double precision. A fixed cost a vehicle makes fewer vehicles count before the distance.
"""

import argparse
import math
import pathlib

SCALE = 10_000
FIXED = 10_000 * SCALE


def read(path):
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    rows = [[int(float(word)) for word in line] for line in lines[1:]]
    vehicles, capacity = int(lines[0][0]), int(lines[0][1])
    ways = [[math.ceil(math.hypot(a[1] - b[1], a[2] - b[2]) * SCALE) for b in rows] for a in rows]
    pairs = [(row[0], row[8]) for row in rows if row[8] > 0]
    return rows, vehicles, capacity, ways, pairs


def pyvrp(instance, seconds):
    from pyvrp import Model
    from pyvrp.stop import MaxRuntime

    rows, vehicles, capacity, ways, pairs = instance
    model = Model()
    places = [model.add_location(row[1], row[2]) for row in rows]
    depot = model.add_depot(places[0])
    model.add_vehicle_type(
        vehicles, capacity, depot, depot, fixed_cost=FIXED, tw_early=rows[0][4] * SCALE, tw_late=rows[0][5] * SCALE
    )
    for pickup, delivery in pairs:
        p, d = rows[pickup], rows[delivery]
        model.add_shipment(
            places[pickup], places[delivery],
            p[4] * SCALE, p[5] * SCALE, p[6] * SCALE, d[4] * SCALE, d[5] * SCALE, d[6] * SCALE, p[3],
        )
    for a, row in enumerate(ways):
        for b, way in enumerate(row):
            model.add_edge(places[a], places[b], distance=way, duration=way)
    result = model.solve(MaxRuntime(seconds), seed=1, display=False)
    if not result.is_feasible():
        return None
    routes = []
    for route in result.best.routes():
        stops = [activity for activity in route if activity.is_shipment()]
        routes.append([pairs[stop.idx][0 if stop.is_pickup() else 1] for stop in stops])
    return routes


def vroom(instance, seconds):
    import datetime

    import numpy
    import vroom as solver

    rows, vehicles, capacity, ways, pairs = instance
    problem = solver.Input()
    problem.set_durations_matrix("car", numpy.array(ways, dtype=numpy.uint32))
    problem.set_costs_matrix("car", numpy.array(ways, dtype=numpy.uint32))
    window = lambda row: solver.TimeWindow(row[4] * SCALE, row[5] * SCALE)
    for number in range(vehicles):
        problem.add_vehicle(
            solver.Vehicle(
                number + 1, start=0, end=0, capacity=[capacity], time_window=window(rows[0]),
                costs=solver.VehicleCosts(fixed=FIXED),
            )
        )
    for pickup, delivery in pairs:
        step = lambda n: solver.ShipmentStep(n, n, default_service=rows[n][6] * SCALE, time_windows=[window(rows[n])])
        problem.add_job(solver.Shipment(step(pickup), step(delivery), solver.Amount([rows[pickup][3]])))
    result = problem.solve(exploration_level=5, nb_threads=1, timeout=datetime.timedelta(seconds=seconds))
    steps = result.routes
    routes = []
    for vehicle in sorted(set(steps["vehicle_id"])):
        of_it = steps[(steps["vehicle_id"] == vehicle) & steps["type"].isin(["pickup", "delivery"])]
        routes.append([int(n) for n in of_it["id"]])
    return routes


def ortools(instance, seconds):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    rows, vehicles, capacity, ways, pairs = instance
    manager = pywrapcp.RoutingIndexManager(len(rows), vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    way = routing.RegisterTransitCallback(lambda a, b: ways[node(a)][node(b)])
    time = routing.RegisterTransitCallback(lambda a, b: ways[node(a)][node(b)] + rows[node(a)][6] * SCALE)
    load = routing.RegisterUnaryTransitCallback(lambda a: rows[node(a)][3])
    routing.SetArcCostEvaluatorOfAllVehicles(way)
    routing.SetFixedCostOfAllVehicles(FIXED)
    horizon = rows[0][5] * SCALE
    routing.AddDimension(time, horizon, horizon, False, "time")
    routing.AddDimensionWithVehicleCapacity(load, 0, [capacity] * vehicles, True, "load")
    times = routing.GetDimensionOrDie("time")
    for row in rows[1:]:
        times.CumulVar(manager.NodeToIndex(row[0])).SetRange(row[4] * SCALE, row[5] * SCALE)
    for pickup, delivery in pairs:
        p, d = manager.NodeToIndex(pickup), manager.NodeToIndex(delivery)
        routing.AddPickupAndDelivery(p, d)
        routing.solver().Add(routing.VehicleVar(p) == routing.VehicleVar(d))
        routing.solver().Add(times.CumulVar(p) <= times.CumulVar(d))
    options = pywrapcp.DefaultRoutingSearchParameters()
    options.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    options.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    options.time_limit.FromMilliseconds(int(seconds * 1000))
    found = routing.SolveWithParameters(options)
    if not found:
        return None
    routes = []
    for vehicle in range(vehicles):
        index, stops = routing.Start(vehicle), []
        while not routing.IsEnd(index):
            stops.append(node(index))
            index = found.Value(routing.NextVar(index))
        if len(stops) > 1:
            routes.append(stops[1:])
    return routes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--peer", choices=["pyvrp", "vroom", "ortools"], required=True)
    parser.add_argument("--seconds", type=float, default=1.0)
    arguments = parser.parse_args()
    solve = {"pyvrp": pyvrp, "vroom": vroom, "ortools": ortools}[arguments.peer]
    for path in sorted(arguments.folder.glob("*.txt")):
        routes = solve(read(path), arguments.seconds) or []
        print(f"{path.stem};" + "|".join(" ".join(map(str, route)) for route in routes), flush=True)


if __name__ == "__main__":
    main()
