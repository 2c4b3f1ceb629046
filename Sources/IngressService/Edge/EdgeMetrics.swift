// The edge's own figures, as Prometheus text (exposition format 0.0.4). Series are bounded: one per route, method and
// status that was ever answered.

import Synchronization

final class EdgeMetrics: Sendable {
    private struct Key: Hashable, Comparable {
        var route: String
        var method: String
        var status: Int

        static func < (a: Key, b: Key) -> Bool {
            (a.route, a.method, a.status) < (b.route, b.method, b.status)
        }
    }

    private struct Latency {
        var buckets = [UInt64](repeating: 0, count: EdgeMetrics.bounds.count)
        var count: UInt64 = 0
        var sumMicros: UInt64 = 0

        mutating func add(_ micros: UInt64) {
            count += 1
            sumMicros += micros
            if let bucket = EdgeMetrics.bounds.firstIndex(where: { micros <= $0 }) { buckets[bucket] += 1 }
        }
    }

    /// Where the answers of one route, method and status are counted.
    struct Series: Sendable {
        fileprivate let requests: Int
        fileprivate let latency: Int
    }

    private struct State {
        var series: [Key: Series] = [:]
        var counts: [UInt64] = []
        var latencyPlaces: [String: Int] = [:]
        var latencies: [Latency] = []
        var shed: [Load: UInt64] = [:]
        var streams = 0
        var cutStreams: UInt64 = 0
    }

    /// Upper bounds in microseconds.
    private static let bounds: [UInt64] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    ]
    private static let boundTexts = [
        "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5",
    ]

    private let state = Mutex(State())

    func answered(route: String, method: String, status: Int, took: Duration) {
        answered(series(route: route, method: method, status: status), took: took)
    }

    func answered(_ series: Series, took: Duration) {
        let parts = took.components
        let micros = UInt64(max(0, parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000))
        state.withLock { state in
            state.counts[series.requests] += 1
            state.latencies[series.latency].add(micros)
        }
    }

    /// For those who count there often. It is shown once something was counted.
    func series(route: String, method: String, status: Int) -> Series {
        let key = Key(route: route, method: method, status: status)
        return state.withLock { state in
            if let known = state.series[key] { return known }
            let latency = state.latencyPlaces[route] ?? state.latencies.count
            if latency == state.latencies.count {
                state.latencyPlaces[route] = latency
                state.latencies.append(Latency())
            }
            let made = Series(requests: state.counts.count, latency: latency)
            state.series[key] = made
            state.counts.append(0)
            return made
        }
    }

    func shed(_ load: Load) {
        state.withLock { $0.shed[load, default: 0] += 1 }
    }

    func streamOpened() { state.withLock { $0.streams += 1 } }
    func streamClosed() { state.withLock { $0.streams -= 1 } }
    func streamCut() { state.withLock { $0.cutStreams += 1 } }

    /// The whole page. `held` and `inHand` are read by the caller.
    func text(inHand: Int, held: Int, ready: Bool) -> String {
        let state = state.withLock { state in
            (
                requests: state.series.mapValues { state.counts[$0.requests] }.filter { $0.value > 0 },
                latency: state.latencyPlaces.mapValues { state.latencies[$0] }.filter { $0.value.count > 0 },
                shed: state.shed, streams: state.streams, cut: state.cutStreams
            )
        }
        var text = ""
        func head(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }
        head("fenliu_http_requests_total", "counter", "Requests answered.")
        for (key, count) in state.requests.sorted(by: { $0.key < $1.key }) {
            text += "fenliu_http_requests_total{route=\"\(key.route)\",method=\"\(key.method)\""
            text += ",status=\"\(key.status)\"} \(count)\n"
        }
        head("fenliu_http_request_duration_seconds", "histogram", "Time until the answer was made.")
        for (route, latency) in state.latency.sorted(by: { $0.key < $1.key }) {
            var sum: UInt64 = 0
            for (index, bound) in Self.boundTexts.enumerated() {
                sum += latency.buckets[index]
                text += "fenliu_http_request_duration_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(sum)\n"
            }
            text += "fenliu_http_request_duration_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(latency.count)\n"
            let seconds = Double(latency.sumMicros) / 1_000_000
            text += "fenliu_http_request_duration_seconds_sum{route=\"\(route)\"} \(seconds)\n"
            text += "fenliu_http_request_duration_seconds_count{route=\"\(route)\"} \(latency.count)\n"
        }
        head("fenliu_http_requests_in_hand", "gauge", "Requests that are being worked on.")
        text += "fenliu_http_requests_in_hand \(inHand)\n"
        head("fenliu_http_requests_shed_total", "counter", "Requests refused because there were too many.")
        for load in Load.allCases {
            text += "fenliu_http_requests_shed_total{load=\"\(load)\"} \(state.shed[load] ?? 0)\n"
        }
        head("fenliu_ingress_held_requests", "gauge", "Requests that wait for their shop's router.")
        text += "fenliu_ingress_held_requests \(held)\n"
        head("fenliu_ingress_streams", "gauge", "Open streams.")
        text += "fenliu_ingress_streams \(state.streams)\n"
        head("fenliu_ingress_streams_cut_total", "counter", "Streams cut off because their reader was too slow.")
        text += "fenliu_ingress_streams_cut_total \(state.cut)\n"
        head("fenliu_ingress_ready", "gauge", "1 when the process can serve.")
        text += "fenliu_ingress_ready \(ready ? 1 : 0)\n"
        return text
    }
}
