import Domain
import Testing
import Wire

@testable import Journal

@Suite struct RecordCodingTests {
    @Test func everyEventComesBackAsItWas() throws {
        var random = Seeded(20_251_111)
        for round in 0..<200 {
            var writer = ByteWriter()
            var records: [EventRecord] = []
            for key in eventKeys {
                let record = random.record(key, sequence: 1 + random.number() >> 2)
                RecordCoding.append(record, to: &writer)
                records.append(record)
            }
            #expect(try RecordCoding.decode(writer.bytes) == records.map { .event($0) }, "round \(round)")
        }
    }

    /// The bytes of the example in Protocols/Journal.md, put together by hand from its table.
    @Test func theExampleOfTheProtocolHasItsBytes() throws {
        let record = EventRecord(
            sequence: 300, at: Timestamp(millis: 1_765_382_570_417), shop: ShopID(rawValue: "s1"),
            previousOfShop: 298, previousOfBuyer: 10,
            command: CommandStamp(id: CommandID(rawValue: "k7"), fingerprint: 0x0102_0304_0506_0708),
            event: .streamNoted(StreamNoted(agent: AgentID(rawValue: "a1"), attached: true)))
        let wanted: [UInt8] = [
            0x29,
            0x08, 0xac, 0x02,
            0x10, 0xe2, 0x86, 0x82, 0x90, 0xe1, 0x66,
            0x1a, 0x02, 0x73, 0x31,
            0x20, 0x02,
            0x28, 0xa2, 0x02,
            0x32, 0x02, 0x6b, 0x37,
            0x39, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
            0xda, 0x01, 0x06, 0x0a, 0x02, 0x61, 0x31, 0x10, 0x01,
        ]
        var writer = ByteWriter()
        RecordCoding.append(record, to: &writer)
        #expect(writer.bytes == wanted)
        #expect(try RecordCoding.decode(wanted) == [.event(record)])
        #expect(try ProtocolText.example() == wanted)
    }

    @Test func theProtocolListsEveryEventWithItsNumber() throws {
        let rows = try ProtocolText.lines().filter { $0.hasPrefix("| ") && $0.contains(" | `") }
        for key in eventKeys {
            #expect(rows.contains { $0.hasPrefix("| \(key.rawValue) | `\(key.stringValue)` | ") }, "\(key.stringValue)")
        }
    }

    @Test func anEventHasTheBytesOfItsCodableForm() throws {
        var random = Seeded(7)
        for key in eventKeys {
            let event = random.event(key)
            let codable = try BinaryEncoder().encode(event)
            var record = ByteWriter()
            RecordCoding.append(
                EventRecord(
                    sequence: 1, at: Timestamp(millis: 0), shop: ShopID(rawValue: "s"), previousOfShop: 0, event: event),
                to: &record)
            try codable.withUnsafeBytes { bytes in
                var whole = ByteReader(bytes)
                let field = try #require(try whole.nextField())
                #expect(field.number == key.rawValue)
                let content = try whole.bytes()
                #expect(Array(record.bytes.suffix(content.count)) == content)
            }
        }
    }

    @Test(arguments: [0, 1, 100, 126, 127, 128, 129, 130, 16_380, 16_383, 16_384, 16_390, 70_000])
    func lengthsOfEverySizeAreMinimalVarints(_ textLength: Int) throws {
        let record = EventRecord(
            sequence: 1, at: Timestamp(millis: 0), shop: ShopID(rawValue: "s"), previousOfShop: 0,
            event: .shopSet(ShopSet(shop: SetShop(name: String(repeating: "x", count: textLength)))))
        var writer = ByteWriter()
        writer.append([9, 9])
        RecordCoding.append(record, to: &writer)
        let body = Array(writer.bytes.dropFirst(2))
        #expect(try RecordCoding.decode(body) == [.event(record)])
        var scanner = RecordScanner(body)
        let item = try #require(try scanner.next())
        #expect(item.range == 0..<body.count)
        var length = ByteWriter()
        length.varint(UInt64(item.content.count))
        #expect(Array(body.prefix(item.content.lowerBound)) == length.bytes)
    }

    @Test func anUnknownEventIsSetAsideAndTheRestIsReadI12() throws {
        var random = Seeded(3)
        let before = random.record(.agentSet, sequence: 5)
        let after = random.record(.messageSent, sequence: 7)
        var writer = ByteWriter()
        RecordCoding.append(before, to: &writer)
        writer.nested { record in
            record.field(1, varint: 6)
            record.field(2, signed: 1_000)
            record.field(3, text: "s")
            record.field(4, varint: 2)
            record.field(16 + 900, bytes: [1, 2, 3])
        }
        RecordCoding.append(after, to: &writer)
        let decoded = try RecordCoding.decode(writer.bytes)
        let head = RecordHead(
            sequence: 6, at: Timestamp(millis: 1_000), shop: ShopID(rawValue: "s"), previousOfShop: 4,
            previousOfBuyer: 0)
        #expect(
            decoded == [.event(before), .setAside(head, reason: "event 900: unknown event 900"), .event(after)])
    }

    @Test func anEventThatIsNotWhatItsNumberPromisesIsSetAsideI12() throws {
        for content: [UInt8] in [[], [0xff], [0x0a, 0x50], [0x08, 0x01]] {
            var writer = ByteWriter()
            writer.nested { record in
                record.field(1, varint: 6)
                record.field(2, signed: 1_000)
                record.field(3, text: "s")
                record.field(16 + Event.CodingKeys.messageReceived.rawValue, bytes: content)
            }
            let decoded = try RecordCoding.decode(writer.bytes)
            #expect(decoded.count == 1)
            #expect(decoded.first?.sequence == 6)
            #expect(decoded.first?.record == nil)
        }
    }

    @Test func fieldsOfALaterVersionArePassedOver() throws {
        let event = Event.agentRemoved(AgentRemoved(agent: AgentID(rawValue: "a")))
        var writer = ByteWriter()
        writer.nested { record in
            record.field(1, varint: 6)
            record.field(2, signed: 1_000)
            record.field(3, text: "s")
            record.field(8, text: "of the head")
            record.field(16 + Event.CodingKeys.agentRemoved.rawValue, bytes: [0x0a, 0x01, 0x61, 0x78, 0x05])
            record.field(1_500, text: "after the event")
        }
        let record = EventRecord(
            sequence: 6, at: Timestamp(millis: 1_000), shop: ShopID(rawValue: "s"), previousOfShop: 0, event: event)
        #expect(try RecordCoding.decode(writer.bytes) == [.event(record)])
    }

    @Test func whatIsNoRunOfRecordsIsCorrupt() throws {
        var random = Seeded(11)
        var writer = ByteWriter()
        RecordCoding.append(random.record(.messageReceived, sequence: 5), to: &writer)
        let body = writer.bytes
        for count in 1..<body.count {
            let fault = #expect(throws: StoreFault.self) { try RecordCoding.decode(Array(body.prefix(count))) }
            #expect(fault?.code == .corrupt)
        }
        for bytes: [UInt8] in [[0], [0x01, 0x08], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]] {
            let fault = #expect(throws: StoreFault.self) { try RecordCoding.decode(bytes) }
            #expect(fault?.code == .corrupt)
        }
    }

    @Test func damagedBytesAreEitherReadOrRefusedInWholeRecords() throws {
        var random = Seeded(99)
        var writer = ByteWriter()
        for sequence in UInt64(1)...6 {
            RecordCoding.append(random.record(random.pick(eventKeys), sequence: sequence), to: &writer)
        }
        var refused = 0
        var aside = 0
        for _ in 0..<3_000 {
            var body = writer.bytes
            for _ in 0...random.below(3) { body[random.below(body.count)] = UInt8(truncatingIfNeeded: random.next()) }
            do {
                aside += try RecordCoding.decode(body).filter { $0.record == nil }.count
            } catch {
                #expect(error.code == .corrupt)
                refused += 1
            }
        }
        #expect(refused > 0)
        #expect(aside > 0)
    }
}
