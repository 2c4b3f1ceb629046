// Buyers and agents who talk to a cluster over HTTP, one request after the other each, and never give one up: what has no
// answer is asked again under the same ID. What they were told goes into the log.

import Foundation
import Synchronization

final class Load: Sendable {
    private struct State {
        var log = ClientLog()
        var stopped = false
        /// Longest time from sending to acknowledgement of one message.
        var longest = Duration.zero
        var waiting: [(count: Int, done: CheckedContinuation<Void, Never>)] = []
    }

    static let agents = ["ann", "ben", "cao"]

    private let cluster: Cluster
    private let shops: [String]
    private let clients: Int
    private let state = Mutex(State())

    /// `clients`: so many talk to each shop.
    init(_ cluster: Cluster, shops: [String] = ["north", "east", "south"], clients: Int = 1) {
        self.cluster = cluster
        self.shops = shops
        self.clients = clients
    }

    /// Shops with three agents online, one of them with a capacity that nothing may exceed.
    func prepare() async throws {
        for shop in shops {
            let path = "/v1/shops/\(shop)"
            try await expect(cluster.http("PUT", path, ["name": shop]))
            try await expect(
                cluster.http("PUT", path + "/settings", ["diversion": ["stickyIgnoresCapacity": false]]))
            for (index, agent) in Self.agents.enumerated() {
                var body: [String: any Sendable] = ["name": agent, "weight": 50 * (index + 1)]
                if index == 2 { body["capacity"] = 1 }
                try await expect(cluster.http("PUT", "\(path)/agents/\(agent)", body))
                try await expect(cluster.http("POST", "\(path)/agents/\(agent)/presence", ["state": "online"]))
            }
        }
    }

    private func expect(_ answer: HTTPAnswer) throws {
        guard (200..<300).contains(answer.status) else { throw HTTPFault(description: answer.text) }
    }

    /// Runs the clients while `body` does its mischief, then lets them end; what they were told.
    func during(_ body: () async throws -> Void) async throws -> ClientLog {
        let running = Task {
            await withTaskGroup(of: Void.self) { group in
                for (index, shop) in shops.enumerated() {
                    for client in 0..<clients { group.addTask { await self.talk(shop, index * self.clients + client) } }
                }
            }
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        state.withLock { $0.stopped = true }
        await running.value
        try outcome.get()
        return state.withLock { $0.log }
    }

    var acknowledged: Int { state.withLock { $0.log.messages.count } }
    var longest: Duration { state.withLock { $0.longest } }
    /// From now on `longest` is anew.
    func forgetLongest() { state.withLock { $0.longest = .zero } }

    /// Returns after so many further acknowledgements.
    func more(_ count: Int) async {
        await withCheckedContinuation { done in
            state.withLock { $0.waiting.append(($0.log.messages.count + count, done)) }
        }
    }

    // MARK: A client

    private func talk(_ shop: String, _ client: Int) async {
        var number = 0
        var former: (path: String, body: [String: any Sendable], answer: HTTPAnswer)?
        while !state.withLock({ $0.stopped }) {
            number += 1
            let id = "c\(client)-\(number)"
            let path = "/v1/shops/\(shop)/buyers/b\(client)-\(number % 5)/messages"
            let body: [String: any Sendable] = ["id": id, "kind": "text", "text": "message \(number)"]
            let begin = ContinuousClock.now
            guard let answer = await insist("POST", path, body), answer.status == 201,
                let session = answer.json["session"] as? String
            else {
                complain("message \(id) was not accepted")
                return
            }
            let handler = Self.handler(answer.json["handler"])
            let message = ClientLog.Message(
                shop: shop, client: client, number: number, id: id, session: session, handler: handler)
            if answer.json["message"] as? String != id { complain("\(id): the answer is another's (I14)") }
            note(message, ContinuousClock.now - begin)
            if number % 4 == 0, let former {
                let again = await insist("POST", former.path, former.body)
                if again?.body != former.answer.body { complain("another answer under the same ID: \(former.path)") }
            }
            former = (path, body, answer)
            if number % 2 == 0, handler.hasPrefix("agent:") {
                await serve(
                    shop, session, String(handler.dropFirst(6)), "r\(client)-\(number)", closes: number % 6 == 0)
            }
        }
    }

    /// The agent replies, and may close. Another may have the session by now; then it says so and nothing happens.
    private func serve(_ shop: String, _ session: String, _ agent: String, _ id: String, closes: Bool) async {
        let path = "/v1/shops/\(shop)/sessions/\(session)"
        let answer = await insist("POST", path + "/messages", ["id": id, "text": "yes?", "account": agent])
        switch answer?.status {
        case 200, 201: state.withLock { $0.log.replies.append(.init(shop: shop, id: id, session: session)) }
        case 409: break
        default: complain("reply \(id): \(answer?.status ?? 0) \(answer?.text ?? "")")
        }
        guard closes else { return }
        let closed = await insist("POST", path + "/close", [:], key: "close-\(id)")
        if closed?.status != 200, closed?.status != 409 { complain("close of \(session): \(closed?.text ?? "")") }
    }

    /// Asks until there is an answer that is no fault of the cluster's; nil after 30 attempts. Between two attempts it
    /// waits for news of the cluster, at most a second.
    private func insist(
        _ method: String, _ path: String, _ body: [String: any Sendable], key: String? = nil
    ) async -> HTTPAnswer? {
        for _ in 1...30 {
            guard let news = try? FileWatch(folder: cluster.data, name: "cluster.json") else { return nil }
            if let answer = try? await cluster.http(method, path, key: key, body), answer.status < 500 { return answer }
            try? await news.next(limitSeconds: 1)
        }
        return nil
    }

    static func handler(_ value: (any Sendable)?) -> String {
        guard let fields = value as? [String: any Sendable], let kind = fields["kind"] as? String else { return "?" }
        return (fields["agent"] as? String).map { "agent:\($0)" } ?? kind
    }

    private func note(_ message: ClientLog.Message, _ took: Duration) {
        let met = state.withLock { state in
            state.log.messages.append(message)
            state.longest = max(state.longest, took)
            let count = state.log.messages.count
            defer { state.waiting.removeAll { $0.count <= count } }
            return state.waiting.filter { $0.count <= count }
        }
        for waiting in met { waiting.done.resume() }
    }

    /// A client that gives up lets nobody wait for it for ever.
    private func complain(_ what: String) {
        let waiting = state.withLock { state in
            state.log.complaints.append(what)
            defer { state.waiting = [] }
            return state.waiting
        }
        for item in waiting { item.done.resume() }
    }

    // MARK: Judgement

    /// Boards, then a clean stop, then the whole journal: everything that the checker finds.
    func violations(_ log: ClientLog) async throws -> (found: [String], events: Int) {
        var boards: [String: HTTPAnswer] = [:]
        for shop in shops { boards[shop] = try await cluster.http("GET", "/v1/shops/\(shop)/board") }
        let status = await cluster.stop()
        let dump = try await cluster.fenliu("journal", "dump", "--json")
        guard dump.status == 0 else { throw HTTPFault(description: dump.errors) }
        var checker = JournalChecker(dump: dump.output)
        checker.check(log)
        for shop in shops { checker.check(board: boards[shop]?.json ?? [:], of: shop) }
        return (checker.violations + (status == 0 ? [] : ["the stop was not clean: \(status ?? -1)"]), checker.events)
    }
}
