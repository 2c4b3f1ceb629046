import Domain
import Testing
import Wire

@testable import Journal

@Suite struct ScoredRecordTests {
    /// What the whole record says, as the part that scoring reads.
    private func whole(_ scanner: RecordScanner, _ item: RecordScanner.Item) throws -> (TurnEvent?, Timestamp)? {
        guard let record = try scanner.decode(item).record else { return nil }
        return (TurnEvent(record.event), record.at)
    }

    @Test(arguments: 1...UInt64(20)) func whatIsReadInPartIsWhatTheWholeRecordSays(_ seed: UInt64) throws {
        var random = Seeded(seed)
        var writer = ByteWriter()
        var sequence: UInt64 = 0
        for _ in 0..<20 {
            for key in eventKeys {
                sequence += 1
                RecordCoding.append(random.record(key, sequence: sequence), to: &writer)
            }
        }
        var scanner = RecordScanner(writer.bytes)
        var turns = 0
        while let item = try scanner.next() {
            let (event, at) = try #require(try whole(scanner, item))
            switch try scanner.scored(item) {
            case .turn(let found, let time):
                turns += 1
                #expect(found == event)
                #expect(time == at)
            case .nothing(let time):
                #expect(event == nil)
                #expect(time == at)
            case .other(let decoded):
                #expect(decoded.record?.at == at)
                #expect(decoded == (try scanner.decode(item)))
            }
        }
        #expect(turns > 20)
    }

    @Test func aTextWithMoreLettersThanAreAskedForIsLeftOutAndNothingElse() throws {
        let cases = [("thanks!", 6, true), ("thanks!", 5, false), ("好的 谢谢", 4, true), ("好的 谢谢", 3, false)]
        for (text, letters, kept) in cases {
            var writer = ByteWriter()
            let event = Event.messageReceived(
                MessageReceived(
                    buyer: BuyerID(rawValue: "b"), message: MessageID(rawValue: "m"), text: text,
                    session: SessionID(3), opened: true, handler: .agent(AgentID(rawValue: "a"))))
            RecordCoding.append(
                EventRecord(
                    sequence: 9, at: Timestamp(millis: 5), shop: ShopID(rawValue: "s"), previousOfShop: 8, event: event),
                to: &writer)
            var scanner = RecordScanner(writer.bytes)
            let item = try #require(try scanner.next())
            guard case .turn(let found, _) = try scanner.scored(item, letters: letters) else {
                Issue.record("no turn")
                continue
            }
            #expect(
                found
                    == .asked(
                        BuyerID(rawValue: "b"), SessionID(3), .agent(AgentID(rawValue: "a")), text: kept ? text : nil,
                        consult: nil))
        }
    }

    @Test func aNotedRosterIsPassedOverUnread() throws {
        var writer = ByteWriter()
        writer.nested { w in
            w.field(1, varint: 1)
            w.field(2, signed: 5)
            w.field(3, text: "s")
            w.field(16 + 17, bytes: [0xff, 0xff])
        }
        var scanner = RecordScanner(writer.bytes)
        let item = try #require(try scanner.next())
        guard case .nothing(let at) = try scanner.scored(item) else {
            Issue.record("read")
            return
        }
        #expect(at == Timestamp(millis: 5))
    }

    @Test(arguments: 1...UInt64(8)) func damagedBytesAreReadWithinTheirBounds(_ seed: UInt64) throws {
        var random = Seeded(seed)
        var refused = 0
        for sequence in 1...200 as ClosedRange<UInt64> {
            var writer = ByteWriter()
            let key = eventKeys[random.below(eventKeys.count)]
            RecordCoding.append(random.record(key, sequence: sequence), to: &writer)
            var bytes = writer.bytes
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            // Just as long as the memory that it lies in.
            let body = Array(bytes.prefix(1 + random.below(bytes.count)))
            var scanner = RecordScanner(body)
            do {
                while let item = try scanner.next() {
                    #expect(item.range.upperBound <= body.count)
                    _ = scanner.shop(of: item)
                    _ = try scanner.scored(item)
                }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    @Test func aRecordThatCannotBeReadIsSetAside() throws {
        var writer = ByteWriter()
        writer.nested { w in
            w.field(1, varint: 1)
            w.field(2, signed: 5)
            w.field(3, text: "s")
            w.field(16 + 12, bytes: [0xff, 0xff])
        }
        var scanner = RecordScanner(writer.bytes)
        let item = try #require(try scanner.next())
        guard case .other(.setAside(let head, _)) = try scanner.scored(item) else {
            Issue.record("not set aside")
            return
        }
        #expect(head.at == Timestamp(millis: 5))
    }
}
