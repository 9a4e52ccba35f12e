/** Prometheus metrics of the HTTP side. Labels come from closed lists, so no peer can grow them. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** `other` is whatever the mounted app serves. */
export type Route = "wire" | "goods" | "pieces" | "operator" | "other";

export interface Measures {
  begin(route: Route): void;
  /** `status` 0: the peer went away before its answer. */
  finish(route: Route, status: number, durationMs: number): void;
}

/** One set of measures for a registry, however many servers of the process share it. */
export function measuresOf(registry: Registry): Measures {
  const known = KNOWN.get(registry);
  if (known !== undefined) return known;
  const measures = register(registry);
  KNOWN.set(registry, measures);
  return measures;
}

const KNOWN = new WeakMap<Registry, Measures>();
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

function register(registry: Registry): Measures {
  const registers = [registry];
  const requests = new Counter({
    name: "counterfoil_http_requests_total",
    help: "Requests answered, by route and status; status 0 means the peer went away first",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "counterfoil_http_request_seconds",
    help: "Time from a request's head to the end of its answer",
    labelNames: ["route"],
    buckets: BUCKETS_SECONDS,
    registers,
  });
  const inFlight: Partial<Record<Route, number>> = {};
  new Gauge({
    name: "counterfoil_http_in_flight",
    help: "Requests begun and not finished",
    labelNames: ["route"],
    registers,
    collect() {
      for (const [route, count] of Object.entries(inFlight)) this.set({ route }, count);
    },
  });

  // A child looked up once costs 0.2 µs to count and 0.4 µs to observe; looking it up each time costs several.
  const counters = new Map<string, Map<number, Counter.Internal>>();
  const observers = new Map<string, Histogram.Internal<"route">>();
  return {
    begin(route) {
      inFlight[route] = (inFlight[route] ?? 0) + 1;
    },
    finish(route, status, durationMs) {
      inFlight[route] = (inFlight[route] ?? 1) - 1;
      const ofRoute = obtain(counters, route, () => new Map<number, Counter.Internal>());
      obtain(ofRoute, status, () => requests.labels({ route, status: String(status) })).inc();
      obtain(observers, route, () => seconds.labels({ route })).observe(durationMs / 1000);
    },
  };
}

function obtain<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const value = make();
  map.set(key, value);
  return value;
}
