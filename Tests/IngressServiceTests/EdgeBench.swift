// An edge over made-up desks: what the desks were asked is kept, and what they answer is set by the test.

import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Runtime
import Synchronization
import Testing
import Wire

@testable import IngressService

final class FakeDesks: Desks {
    struct State {
        var commands: [ShopCommand] = []
        var queries: [ShopQuery] = []
        var watches: [WatchShop] = []
        var items: [ShopItem] = []
    }

    let state = Mutex(State())
    let onCommand: @Sendable (ShopCommand) -> Result<Answer, DeskError>
    let onQuery: @Sendable (ShopQuery) -> Result<View, DeskError>

    init(
        onCommand: @escaping @Sendable (ShopCommand) -> Result<Answer, DeskError> = { _ in .success(Answer(sequence: 1))
        },
        onQuery: @escaping @Sendable (ShopQuery) -> Result<View, DeskError> = { .success(FakeDesks.view($0.query)) }
    ) {
        self.onCommand = onCommand
        self.onQuery = onQuery
    }

    var commands: [ShopCommand] { state.withLock { $0.commands } }
    var queries: [ShopQuery] { state.withLock { $0.queries } }

    func submit(_ command: ShopCommand, completion: @escaping @Sendable (Result<Answer, DeskError>) -> Void) {
        state.withLock { $0.commands.append(command) }
        completion(onCommand(command))
    }

    func query(_ query: ShopQuery) async throws(DeskError) -> View {
        state.withLock { $0.queries.append(query) }
        return try onQuery(query).get()
    }

    func watch(_ watch: WatchShop, deliver: @escaping @Sendable (ShopItem) async throws -> Void) async throws {
        let items = state.withLock { state in
            state.watches.append(watch)
            return state.items
        }
        for item in items { try await deliver(item) }
    }

    static let agentView = AgentView(
        agent: AgentID(rawValue: "a1"), name: "", groups: [], weight: 100, capacity: nil, presence: .online,
        autoSuspended: false, open: 0, pending: 0, effectiveWeight: Fraction(100, 1), busy: false, streaming: false)

    static let sessionView = SessionView(
        session: SessionID(1), buyer: BuyerID(rawValue: "b1"), state: .open, handler: .agent(AgentID(rawValue: "a1")),
        openedAt: Timestamp(millis: 0), lastAt: Timestamp(millis: 0), handlerSince: Timestamp(millis: 0))

    /// One view of each kind, in which agent a1 has buyer b1.
    static func view(_ query: Query) -> View {
        let agent = AgentID(rawValue: "a1")
        let buyer = BuyerID(rawValue: "b1")
        switch query {
        case .shop: return .shop(ShopView(id: ShopID(rawValue: "s1"), shop: SetShop(name: "S"), settingsVersion: 1))
        case .settings: return .settings(ShopSettings(version: 7))
        case .agents: return .agents([agentView])
        case .groups: return .groups([SetGroup(group: GroupID(rawValue: "g1"))])
        case .buyer:
            return .buyer(
                BuyerView(
                    buyer: SetBuyer(buyer: buyer), orderState: .noActiveOrder, orders: [], contact: agent,
                    contactAt: Timestamp(millis: 0), session: SessionID(1)))
        case .board:
            return .board(
                BoardView(
                    at: Timestamp(millis: 0), agents: [agentView], queued: 0, pooled: 0, withBot: 0, open: 0,
                    waiting: [], waitingTotal: 0))
        case .sessions: return .sessions([sessionView], next: 2)
        case .session: return .session(sessionView, history: [])
        case .sessionMessages, .buyerMessages: return .messages([], next: nil)
        case .decision(let id):
            return .decision(
                Explanation(
                    id: id, at: Timestamp(millis: 0), buyer: buyer, session: SessionID(1), rule: .unboundState,
                    cause: .arrival, handler: .agent(agent), settingsVersion: 1, priorityMember: false, inquiry: nil,
                    lane: .all, agents: [], steps: [], reason: nil, reproduced: true))
        case .diagnosis: return .diagnosis(Diagnosis(agent: agentView, reasons: [], lanes: []))
        }
    }
}

final class FakeSupervision: Supervision {
    let isReady = true
    let manualClock: Bool
    let heldRequests = 0
    let clock: ManualClock

    init(clock: ManualClock, manual: Bool = true) {
        self.clock = clock
        manualClock = manual
    }

    func clusterStatus() async throws(WireFault) -> ClusterStatus {
        ClusterStatus(
            epoch: 3, shards: 64, manualClock: clock.now(),
            processes: [
                ProcessStatus(
                    name: "router-1", role: .router, pid: 7, socket: "r.sock", url: nil, ready: true, restarts: 0,
                    router: RouterStatus(
                        name: "router-1", epoch: 3, shards: [ShardStatus(shard: 0, state: .open, term: 2)],
                        connections: 1))
            ])
    }

    func setClock(_ time: Timestamp) async throws(WireFault) {
        if time < clock.now() { throw WireFault(.clockBackwards, "it stands at \(clock.now())") }
        clock.move(to: time)
    }
}

struct EdgeReply {
    var status: Int
    var headers: HTTPFields
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSONValue { get throws { try JSONReader.read(bytes) } }
    var code: String? { get throws { try json["code"]?.string } }
    /// The pointers and parameters that a problem names.
    var places: [String] {
        get throws {
            guard case .list(let errors) = try json["errors"] else { return [] }
            return errors.compactMap { $0["pointer"]?.string ?? $0["parameter"]?.string }
        }
    }
}

extension JSONValue {
    var string: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

struct EdgeBench {
    static let start = Timestamp(millis: 1_765_411_200_000)

    let desks: FakeDesks
    let clock: ManualClock
    let edge: Edge
    let mint: TokenMint

    init(
        desks: FakeDesks = FakeDesks(), manual: Bool = true, scores: (any Scores)? = nil,
        settings: IngressSettings = .init()
    ) async throws {
        self.desks = desks
        clock = ManualClock(Self.start)
        let secret = try TokenSecret(bytes: [UInt8](repeating: 7, count: 32))
        mint = TokenMint(secret: secret)
        edge = await Edge(
            desks: desks, supervision: FakeSupervision(clock: clock, manual: manual), clock: clock, secret: secret,
            scores: scores, settings: settings, logger: Logger(label: "test"))
    }

    func token(
        _ role: TokenRole, shop: String? = nil, agent: String? = nil, buyer: String? = nil, expires: Date? = nil
    ) async throws -> String {
        try await mint.mint(
            role: role, shop: shop.map(ShopID.init(rawValue:)), agent: agent.map(AgentID.init(rawValue:)),
            buyer: buyer.map(BuyerID.init(rawValue:)), expires: expires)
    }

    /// A token of shop s1, agent a1 or buyer b1; or of another shop, agent and buyer.
    func roleToken(_ role: TokenRole, own: Bool) async throws -> String {
        let mark = own ? "1" : "2"
        return try await token(
            role, shop: "s" + mark, agent: role == .agent ? "a" + mark : nil, buyer: role == .buyer ? "b" + mark : nil)
    }

    func send(
        _ method: RouteMethod, _ path: String, token: String? = nil, headers: HTTPFields = [:], body: String = ""
    ) async throws -> EdgeReply {
        try await send(method.rawValue, path, token: token, headers: headers, bytes: Array(body.utf8))
    }

    func send(
        _ method: String, _ path: String, token: String? = nil, headers: HTTPFields = [:], bytes: [UInt8]
    ) async throws -> EdgeReply {
        var fields = headers
        if let token { fields[.authorization] = "Bearer \(token)" }
        let head = HTTPRequest(
            method: try #require(HTTPRequest.Method(method)), scheme: "http", authority: "x", path: path,
            headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes)))
        let response = try await edge.respond(to: request, connection: nil)
        let collected = Collected()
        try await response.body.write(CollectingWriter(collected: collected))
        return EdgeReply(
            status: response.status.code, headers: response.headers, bytes: collected.bytes.withLock { $0 })
    }
}

private final class Collected: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

private struct CollectingWriter: ResponseBodyWriter {
    let collected: Collected

    mutating func write(_ buffer: ByteBuffer) async throws {
        collected.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
