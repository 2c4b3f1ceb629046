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
