import Domain
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import IngressService

/// What the connections of a loop ask, when it is much.
@Suite struct AskLineTests {
    /// Desks that answer when the test says so, and know who asked.
    private final class Desk: Desks {
        private struct State {
            var asked: [ShopCommand] = []
            var waiting: [@Sendable (Result<Answer, DeskError>) -> Void] = []
        }

        private let state = Mutex(State())
        private let answersAtOnce: Bool

        init(answersAtOnce: Bool = false) { self.answersAtOnce = answersAtOnce }

        func submit(_ command: ShopCommand, completion: @escaping @Sendable (Result<Answer, DeskError>) -> Void) {
            state.withLock { state in
                state.asked.append(command)
                if !answersAtOnce { state.waiting.append(completion) }
            }
            if answersAtOnce { completion(.success(Answer(sequence: 1))) }
        }

        func query(_ query: ShopQuery) async throws(DeskError) -> View { throw .refused(.unknownShop) }
        func watch(_ watch: WatchShop, deliver: @escaping @Sendable (ShopItem) async throws -> Void) async throws {}

        var shops: [String] { state.withLock { $0.asked.map(\.shop.rawValue) } }

        func answer(_ count: Int) {
            let due = state.withLock { state in
                defer { state.waiting.removeFirst(count) }
                return state.waiting.prefix(count)
            }
            for completion in due { completion(.success(Answer(sequence: 1))) }
        }
    }

    private final class Rig {
        let loop = EmbeddedEventLoop()
        let desk: Desk
        let line: AskLine
        private(set) var told: [String] = []
        private final class Turns {
            var due: [@Sendable () -> Void] = []
        }
        private let turns = Turns()
        private var number = 0

        init(_ desk: Desk = Desk(), _ change: (inout IngressSettings) -> Void = { _ in }) {
            self.desk = desk
            var settings = IngressSettings()
            settings.lineFrom = 4
            settings.asksAtOnce = 4
            settings.asking = 8
            settings.askTurn = 1
            change(&settings)
            line = AskLine(to: desk, on: loop, settings: settings) { [turns] in turns.due.append($0) }
        }

        func ask(_ shop: String, _ count: Int = 1, reply: Bool = false) {
            for _ in 0..<count {
                number += 1
                let message = MessageID(rawValue: "m\(number)")
                let command: Command =
                    reply
                    ? .sendMessage(
                        SendMessage(
                            session: SessionID(1), message: message, sender: .agent(AgentID(rawValue: "a")), text: "!"))
                    : .receiveMessage(ReceiveMessage(buyer: BuyerID(rawValue: "b"), message: message, text: "?"))
                let asked = ShopCommand(
                    shop: ShopID(rawValue: shop), at: Timestamp(millis: 0), stamp: nil, command: command)
                line.ask(asked) { [self] result in
                    switch result {
                    case .success: told.append(shop)
                    case .failure(.failed(let fault)): told.append("\(shop) \(fault.code)")
                    case .failure(.refused(let refusal)): told.append("\(shop) \(refusal.code)")
                    }
                }
            }
        }

        func refuse(_ name: String) { line.refuse { [self] in told.append(name) } }

        /// The loop has read its sockets; gives the shops that asked the routers then.
        func turn() -> [String] {
            let before = desk.shops.count
            let due = turns.due
            turns.due = []
            for work in due { work() }
            return Array(desk.shops[before...])
        }

        /// Whether a turn is to come once the sockets were read.
        var isDue: Bool { !turns.due.isEmpty }
    }

    @Test("what is little goes to the routers at once")
    func little() {
        let rig = Rig()
        rig.ask("a", 4)
        #expect(rig.desk.shops == ["a", "a", "a", "a"])
        #expect(!rig.isDue)
        rig.desk.answer(4)
        #expect(rig.told == ["a", "a", "a", "a"])
    }

    @Test("more stands in line, where the shops take turns and replies go first, a part each time the loop has read")
    func much() {
        let rig = Rig()
        rig.ask("hot", 12)
        rig.ask("quiet", 2)
        rig.ask("hot", 1, reply: true)
        #expect(rig.desk.shops.count == 4)
        // The window counts all that are with the routers: 8, and 16 for replies and shops of which one waits.
        #expect(rig.turn() == ["hot", "hot", "quiet", "hot"])
        // One of it waits: it goes on, the one that floods is held.
        #expect(rig.turn() == ["quiet"])
        #expect(rig.turn() == [])
        #expect(!rig.isDue)
        rig.desk.answer(5)
        rig.loop.advanceTime(by: .milliseconds(1))
        #expect(rig.desk.shops.suffix(4) == ["hot", "hot", "hot", "hot"])
        #expect(rig.told.count == 5)
    }

    @Test("of a long line one in sixteen goes on at once")
    func longLine() {
        let rig = Rig { $0.asking = 1_000 }
        rig.ask("hot", 4 + 160)
        #expect(rig.turn().count == 10)
        #expect(rig.turn().count == 9)
    }

    @Test("each is told once, and in the end nothing waits")
    func all() {
        let rig = Rig()
        rig.ask("hot", 50)
        rig.ask("quiet", 10)
        for _ in 0..<100 where rig.told.count < 60 {
            _ = rig.turn()
            rig.desk.answer(min(3, rig.desk.shops.count - rig.told.count))
            rig.loop.advanceTime(by: .milliseconds(1))
        }
        #expect(rig.told.count { $0 == "hot" } == 50)
        #expect(rig.told.count { $0 == "quiet" } == 10)
        #expect(!rig.isDue)
        // The quiet one's last did not wait for the other's.
        #expect(rig.told.lastIndex(of: "quiet").map { $0 < 30 } == true)
    }

    @Test("desks that answer at once are asked no deeper for it")
    func atOnce() {
        let rig = Rig(Desk(answersAtOnce: true))
        rig.ask("a", 10_000)
        #expect(rig.told.count == 10_000)
    }

    @Test("a refusal is told at once, and later while others wait")
    func refusals() {
        let rig = Rig { $0.refusalMillis = 200 }
        rig.refuse("first")
        #expect(rig.told == ["first"])
        rig.ask("hot", 5)
        rig.refuse("second")
        #expect(rig.told == ["first"])
        rig.loop.advanceTime(by: .milliseconds(199))
        #expect(rig.told == ["first"])
        rig.loop.advanceTime(by: .milliseconds(1))
        #expect(rig.told == ["first", "second"])
    }

    // MARK: the window

    private let ms: UInt64 = 1_000_000

    @Test("those that are with the routers count until they are answered, or for one to two stretches")
    func window() {
        var window = AskWindow(slow: .milliseconds(20))
        let first = window.begin(at: 100 * ms)
        let second = window.begin(at: 119 * ms)
        #expect(window.count(at: 119 * ms) == 2)
        window.end(first)
        #expect(window.count(at: 119 * ms) == 1)
        // The second stretch.
        #expect(window.count(at: 139 * ms) == 1)
        let third = window.begin(at: 139 * ms)
        #expect(window.count(at: 139 * ms) == 2)
        #expect(window.count(at: 140 * ms) == 1)
        // It counts no more, so its end changes nothing.
        window.end(second)
        #expect(window.count(at: 140 * ms) == 1)
        window.end(third)
        #expect(window.count(at: 140 * ms) == 0)
    }

    @Test("after a pause nothing of before counts")
    func pause() {
        var window = AskWindow(slow: .milliseconds(20))
        let early = (0..<10).map { _ in window.begin(at: 0) }
        #expect(window.count(at: 40 * ms) == 0)
        for began in early { window.end(began) }
        #expect(window.count(at: 40 * ms) == 0)
        // Ten stretches later none is mistaken for one of the present.
        let late = window.begin(at: 240 * ms)
        for began in early { window.end(began) }
        #expect(window.count(at: 240 * ms) == 1)
        window.end(late)
        #expect(window.count(at: 240 * ms) == 0)
    }
}
