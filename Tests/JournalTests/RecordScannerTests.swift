import Domain
import Journal
import Testing
import Wire

@Suite struct RecordScannerTests {
    @Test func theScannerAgreesWithTheDecoder() throws {
        var random = Seeded(41)
        for _ in 0..<100 {
            var writer = ByteWriter()
            for _ in 0..<10 {
                RecordCoding.append(
                    random.record(random.pick(eventKeys), sequence: 1 + random.number() >> 2), to: &writer)
            }
            let decoded = try RecordCoding.decode(writer.bytes)
            var scanner = RecordScanner(writer.bytes)
            var end = 0
            var count = 0
            while let item = try scanner.next() {
                let record = try #require(decoded[count].record)
                #expect(item.sequence == record.sequence)
                #expect(item.previousOfShop == record.previousOfShop)
                #expect(item.range.lowerBound == end)
                #expect(scanner.shop(of: item) == record.shop)
                #expect(scanner.isOf(Array(record.shop.rawValue.utf8), item))
                #expect(!scanner.isOf(Array((record.shop.rawValue + "x").utf8), item))
                #expect(try scanner.decode(item) == decoded[count])
                #expect(try RecordCoding.decode(Array(writer.bytes[item.range])) == [decoded[count]])
                end = item.range.upperBound
                count += 1
            }
            #expect(end == writer.bytes.count)
            #expect(count == 10)
        }
    }

    @Test func oneRecordIsFoundByItsNumber() throws {
        var random = Seeded(42)
        let records = (10...20).map { random.record(random.pick(eventKeys), sequence: $0) }
        var writer = ByteWriter()
        for record in records { RecordCoding.append(record, to: &writer) }
        for record in records {
            #expect(try RecordCoding.decodeOne(record.sequence, in: writer.bytes) == .event(record))
        }
        #expect(try RecordCoding.decodeOne(9, in: writer.bytes) == nil)
        #expect(try RecordCoding.decodeOne(21, in: writer.bytes) == nil)
    }

    @Test func anEmptyBodyHoldsNothing() throws {
        var scanner = RecordScanner([])
        #expect(try scanner.next() == nil)
        #expect(try RecordCoding.decode([]).isEmpty)
    }
}

@Suite struct RowPackerTests {
    @Test func rowsAreCutAtTheLimitAndHoldEveryRecordOnce() throws {
        var random = Seeded(43)
        for limit in [1, 200, 1_000, 5_000, 1_000_000] {
            let records = (7...106).map { random.record(random.pick(eventKeys), sequence: $0) }
            var packer = RowPacker(term: 3, bodyLimit: limit)
            for record in records { packer.append(record) }
            let rows = packer.finish()
            #expect(packer.finish().isEmpty)
            #expect(rows.first?.first == 7)
            #expect(rows.last?.last == 106)
            var found: [DecodedRecord] = []
            for (index, row) in rows.enumerated() {
                #expect(row.term == 3)
                #expect(row.body.count <= limit || row.first == row.last)
                if index > 0 { #expect(row.first == rows[index - 1].last + 1) }
                let decoded = try RecordCoding.decode(row.body)
                #expect(decoded.map(\.sequence) == Array(row.first...row.last))
                found += decoded
            }
            #expect(found == records.map { .event($0) })
        }
    }

    @Test func aPackerGoesOnAfterARow() throws {
        var random = Seeded(44)
        var packer = RowPacker(term: 1)
        packer.append(random.record(.agentSet, sequence: 1))
        #expect(packer.finish().map(\.last) == [1])
        packer.append(random.record(.agentSet, sequence: 2))
        packer.append(random.record(.agentSet, sequence: 3))
        let rows = packer.finish()
        #expect(rows.map(\.first) == [2])
        #expect(rows.map(\.last) == [3])
    }
}
