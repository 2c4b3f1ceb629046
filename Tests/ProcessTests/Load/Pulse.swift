// One buyer in each shop who writes all the time, one message after the other under a new ID each, and asks again under
// the same ID until it is acknowledged. So a message is in flight whenever something is killed.

import Foundation
import Synchronization

final class Pulse: Sendable {
    struct Beat: Sendable {
        var sent: ContinuousClock.Instant
        var acknowledged: ContinuousClock.Instant
    }

    private struct State {
        var last: [String: Beat] = [:]
        /// Messages that are sent and not acknowledged.
        var inFlight: [String: ContinuousClock.Instant] = [:]
        var stopped = false
        var waiting: [(until: ContinuousClock.Instant, done: CheckedContinuation<Void, Never>)] = []
    }

    let shops: [String]
    private let cluster: Cluster
    private let state = Mutex(State())

    init(_ cluster: Cluster, shops: Int) {
        self.cluster = cluster
        self.shops = (1...shops).map { "shop-\($0)" }
    }

    func prepare() async throws {
        for shop in shops {
            for (method, path, body) in [
                ("PUT", "/v1/shops/\(shop)", ["name": shop]), ("PUT", "/v1/shops/\(shop)/agents/a", [:]),
                ("POST", "/v1/shops/\(shop)/agents/a/presence", ["state": "online"]),
            ] {
                let answer = try await cluster.http(method, path, body)
                guard (200..<300).contains(answer.status) else { throw HTTPFault(description: answer.text) }
            }
        }
    }

    /// Runs the buyers while `body` does its mischief.
    func during(_ body: () async throws -> Void) async throws {
        let file = try cluster.file()
        let running = Task {
            await withTaskGroup(of: Void.self) { group in
                for shop in shops {
                    group.addTask { await self.beat(shop, url: file.url, token: file.operatorToken) }
                }
            }
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        state.withLock { $0.stopped = true }
        await running.value
        try outcome.get()
    }

    private func beat(_ shop: String, url: String, token: String) async {
        var number = 0
        while !state.withLock({ $0.stopped }) {
            number += 1
            let body = Array(#"{"id":"p-\#(number)","text":"beat \#(number)"}"#.utf8)
            let sent = ContinuousClock.now
            state.withLock { $0.inFlight[shop] = sent }
            while !state.withLock({ $0.stopped }) {
                let answer = try? await TestHTTP.send(
                    "POST", url + "/v1/shops/\(shop)/buyers/b/messages", token: token, body: body)
                if answer?.status == 201 { break }
            }
            note(shop, Beat(sent: sent, acknowledged: .now))
        }
    }

    private func note(_ shop: String, _ beat: Beat) {
        let met = state.withLock { state in
            state.last[shop] = beat
            state.inFlight[shop] = nil
            let least = shops.map { state.last[$0]?.sent ?? .now - .seconds(3_600) }.min() ?? .now
            defer { state.waiting.removeAll { $0.until <= least } }
            return state.waiting.filter { $0.until <= least }
        }
        for waiting in met { waiting.done.resume() }
    }

    /// Waits until every shop has acknowledged a message that was sent since then; how long after it the last did.
    /// What was in flight at that time was acknowledged before, since each buyer writes one message after the other.
    func silence(since moment: ContinuousClock.Instant) async -> Duration {
        await withCheckedContinuation { done in
            state.withLock { $0.waiting.append((moment, done)) }
        }
        return state.withLock { state in
            (state.last.values.map { $0.acknowledged }.max() ?? moment) - moment
        }
    }
}
