import Testing

/// The checker itself: a sound journal passes, and each kind of damage is found.
@Suite struct JournalCheckerTests {
    private static func record(_ sequence: Int, _ command: String?, _ event: String, _ data: String) -> String {
        let chain = sequence > 1 ? #""previousOfShop":\#(sequence - 1),"# : ""
        let stamp = command.map { #""command":{"id":"\#($0)"},"# } ?? ""
        return #"{"sequence":\#(sequence),"shop":"s",\#(chain)\#(stamp)"event":"\#(event)","data":{\#(data)}}"#
    }

    private static func received(
        _ sequence: Int, _ id: String, _ buyer: String, _ session: String, opened: Bool, _ agent: String = "a"
    ) -> String {
        let decision = opened ? #","decision":{}"# : ""
        let handler = #""handler":{"kind":"agent","agent":"\#(agent)"}"#
        return record(
            sequence, id, "messageReceived",
            #""buyer":"\#(buyer)","message":"\#(id)","session":"\#(session)","opened":\#(opened),\#(handler)\#(decision)"#
        )
    }

    private static let opening = [
        record(1, "p1", "shopSet", ""),
        record(2, "p2", "agentSet", #""agent":{"agent":"a","capacity":2}"#),
        record(3, "p3", "presenceChanged", #""agent":"a","from":"offline","to":"online""#),
        received(4, "m1", "b", "s1", opened: true),
        received(5, "m2", "b", "s1", opened: false),
    ]

    private static let log: ClientLog = {
        var log = ClientLog()
        for number in 1...2 {
            log.messages.append(
                .init(shop: "s", client: 1, number: number, id: "m\(number)", session: "s1", handler: "agent:a"))
        }
        return log
    }()

    private func violations(
        _ lines: [String], _ log: ClientLog = JournalCheckerTests.log, open: Int = 1, of agent: Int = 1
    ) -> [String] {
        var checker = JournalChecker(dump: lines.joined(separator: "\n"))
        checker.check(log)
        checker.check(
            board: ["open": open, "agents": [["agent": "a", "open": agent] as [String: any Sendable]]], of: "s")
        return checker.violations
    }

    @Test func soundJournalPasses() {
        #expect(violations(Self.opening) == [])
    }

    @Test func lostMessageIsFound() {
        #expect(violations(Array(Self.opening.prefix(4))).contains { $0.contains("m2 was acknowledged and is lost") })
    }

    @Test func gapAndBrokenChainAreFound() {
        let found = violations([0, 1, 2, 4].map { Self.opening[$0] })
        #expect(found.contains { $0.contains("5 follows 3") })
        #expect(found.contains { $0.contains("chain") })
    }

    @Test func commandCarriedOutTwiceIsFound() {
        let twice = Self.received(6, "m2", "b", "s1", opened: false)
        #expect(violations(Self.opening + [twice]).contains { $0.contains("command m2") })
    }

    @Test func otherAnswerThanToldIsFound() {
        var log = Self.log
        log.messages[1].session = "s2"
        #expect(violations(Self.opening, log).contains { $0.contains("message m2: told") })
    }

    @Test func orderOfAClientIsChecked() {
        var log = Self.log
        log.messages[0].number = 3
        #expect(violations(Self.opening, log).contains { $0.contains("order of sending") })
    }

    @Test func secondOpenSessionOfABuyerIsFound() {
        let second = Self.received(6, "m3", "b", "s2", opened: true)
        let found = violations(Self.opening + [second], open: 2, of: 2)
        #expect(found.contains { $0.contains("b has s1 and s2") })
    }

    @Test func capacityIsChecked() {
        let more = [
            Self.received(6, "m3", "c", "s2", opened: true), Self.received(7, "m4", "d", "s3", opened: true),
        ]
        #expect(violations(Self.opening + more, open: 3, of: 3).contains { $0.contains("2 are the most") })
    }

    @Test func boardThatDoesNotAddUpIsFound() {
        #expect(violations(Self.opening, of: 2).contains { $0.contains("a shows 2 sessions and has 1") })
    }

    @Test func replyBeforeItsSyncIsFound() {
        let calls = [
            "7 pwrite64(14</d/0.db-wal>, \"..m1-..\", 4096, 0) = 4096",
            "7 fdatasync(14</d/0.db-wal> <unfinished ...>",
            "9 write(44<UNIX-STREAM:[1->2,\"/r.sock\"]>, \"..m1-..\", 45) = 45",
            "7 <... fdatasync resumed>) = 0",
        ]
        #expect(DurabilityProof(calls, ids: ["m1-"], socket: "\"/r.sock\"").violations.count == 1)
        let ordered = [calls[0], calls[1], calls[3], calls[2]]
        #expect(DurabilityProof(ordered, ids: ["m1-"], socket: "\"/r.sock\"").proven == 1)
        let failed = [calls[0], calls[1], "7 <... fdatasync resumed>) = -1 EIO (Input/output error)", calls[2]]
        #expect(DurabilityProof(failed, ids: ["m1-"], socket: "\"/r.sock\"").violations.count == 1)
    }
}
