import Testing

@testable import Wire

private struct Everything: Codable, Hashable {
    var flag = true
    var small: Int8 = -128
    var int = Int.min
    var big = UInt64.max
    var half: Double = -0.5
    var text = "分流 \u{0}"
    var blob: [UInt8] = [0, 255]
    var numbers = [0, -1, 1, Int.max]
    var doubles = [1.5, -.infinity]
    var flags = [true, false]
    var texts = ["", "a"]
    var blobs: [[UInt8]] = [[], [1]]
    var nested: [Inner] = [Inner(), Inner(value: nil)]
    var lists = [[1], []]
    var none: String?

    enum CodingKeys: Int, CodingKey {
        case flag = 1, small, int, big, half, text, blob, numbers, doubles, flags, texts, blobs, nested, lists, none
    }
}

private struct Inner: Codable, Hashable {
    var value: Int? = 7
    enum CodingKeys: Int, CodingKey { case value = 300 }
}

/// A newer and an older version of one message.
private struct Newer: Codable, Hashable {
    var a = "x"
    var added = [Inner()]
    var b = 5
    var later: String? = "l"
    enum CodingKeys: Int, CodingKey { case a = 1, added = 4, b = 2, later = 9 }
}

private struct Older: Codable, Hashable {
    var a = "x"
    var b = 5
    enum CodingKeys: Int, CodingKey { case a = 1, b = 2 }
}

private final class Deep: Codable {
    var inner: Deep?
    init(_ depth: Int) { inner = depth > 1 ? Deep(depth - 1) : nil }
    enum CodingKeys: Int, CodingKey { case inner = 1 }
}

@Suite struct CoderTests {
    let encoder = BinaryEncoder()
    let decoder = BinaryDecoder()

    func bytes(_ hex: String) throws -> [UInt8] { try [UInt8](hex: hex.filter { $0 != " " }).orThrow(hex) }

    @Test func everyTypeComesBack() throws {
        let value = Everything()
        #expect(try decoder.decode(Everything.self, from: encoder.encode(value)) == value)
        #expect(try TreeEncoder.tree(of: Older()).content == encoder.encode(Older()))
    }

    @Test func aSingleValueIsFieldOne() throws {
        #expect(try encoder.encode("ab") == bytes("0a026162"))
        #expect(try encoder.encode(-3) == bytes("0805"))
        #expect(try encoder.encode([UInt8]([7])) == bytes("0a0107"))
        #expect(try encoder.encode([1, 2]) == bytes("0a03020204"))
        #expect(try decoder.decode(String.self, from: bytes("0a026162")) == "ab")
        #expect(try decoder.decode([Int].self, from: bytes("0a03020204")) == [1, 2])
        #expect(try decoder.decode(Int.self, from: bytes("1001 0805")) == -3)
    }

    @Test func lengthsBeyondOneByteAreMinimal() throws {
        let text = String(repeating: "x", count: 200)
        #expect(try encoder.encode(Older(a: text, b: 0)).prefix(3) == [0x0a, 0xc8, 0x01])
        let list = try encoder.encode(Array(repeating: Older(a: text, b: 0), count: 200))
        #expect(try decoder.decode([Older].self, from: list).count == 200)
        #expect(try list == Tree.list(Array(repeating: TreeEncoder.tree(of: Older(a: text, b: 0)), count: 200)).content)
    }

    @Test func anOldReaderSkipsWhatItDoesNotKnow() throws {
        #expect(try decoder.decode(Older.self, from: encoder.encode(Newer())) == Older())
    }

    @Test func aNewReaderFindsNoOptionalWhereAnOldWriterWroteNone() throws {
        struct Reader: Codable {
            var a: String
            var later: String?
            enum CodingKeys: Int, CodingKey { case a = 1, later = 9 }
        }
        #expect(try decoder.decode(Reader.self, from: encoder.encode(Older())).later == nil)
    }

    @Test func aMissingFieldIsAnError() throws {
        #expect(throws: DecodingError.self) { try decoder.decode(Newer.self, from: encoder.encode(Older())) }
        #expect(throws: CodingFault.missing(field: 2)) {
            try WireFault(decoding: BinaryEncoder().encode("only the code"))
        }
    }

    @Test func theFirstOfTwoEqualFieldsCounts() throws {
        #expect(try decoder.decode(Older.self, from: bytes("0a0161 0a0162 1002 1004")) == Older(a: "a", b: 1))
        let twice = try bytes("0a0161 0a0162 120178")
        #expect(try BinaryDecoder(usesHandCoding: false).decode(WireFault.self, from: twice).code.rawValue == "a")
        #expect(try decoder.decode(WireFault.self, from: twice).code.rawValue == "a")
    }

    @Test(arguments: [
        "0a", "0a05 61", "08", "10ff", "0bff", "0d00000000", "00", "0a01 ff 1002",
        "0a0161 10ffffffffffffffffff7f", "0a0161 10ffffffffffffffffffff01", "0a0161 1002 1a7f",
    ])
    func garbageIsRefused(hex: String) throws {
        let garbage = try bytes(hex)
        #expect(throws: (any Error).self) { try decoder.decode(Older.self, from: garbage) }
    }

    @Test func aFieldOfAnotherTypeIsRefused() throws {
        #expect(throws: CodingFault.wrongType(field: 1)) { try decoder.decode(Older.self, from: bytes("0802 1002")) }
        #expect(throws: CodingFault.wrongType(field: 2)) {
            try decoder.decode(Older.self, from: bytes("0a0161 120161"))
        }
    }

    @Test func anArrayIsNotLongerThanItsBytes() throws {
        #expect(throws: CodingFault.truncated) { try decoder.decode([Int].self, from: bytes("0a05 ffffffff0f")) }
        #expect(throws: CodingFault.trailing) { try decoder.decode([Int].self, from: bytes("0a03 010204")) }
    }

    @Test func numbersThatDoNotFitAreRefused() throws {
        struct Small: Codable {
            var value: Int8
            enum CodingKeys: Int, CodingKey { case value = 1 }
        }
        #expect(throws: CodingFault.outOfRange(field: 0)) { try decoder.decode(Small.self, from: bytes("088002")) }
        #expect(throws: CodingFault.outOfRange(field: 1)) { try decoder.decode(Bool.self, from: bytes("0802")) }
    }

    @Test func depthIsBoundedBothWays() throws {
        let deepest = try encoder.encode(Deep(WireType.maxDepth))
        #expect(try decoder.decode(Deep.self, from: deepest).inner != nil)
        #expect(throws: EncodingError.self) { try encoder.encode(Deep(WireType.maxDepth + 1)) }
        var deeper: [UInt8] = []
        for _ in 0..<WireType.maxDepth { deeper = [0x0a, UInt8(deeper.count)] + deeper }
        #expect(throws: CodingFault.tooDeep) { try decoder.decode(Deep.self, from: deeper) }
    }

    @Test func whatHasNoCodingIsRefused() throws {
        struct Unnumbered: Encodable { var a = 1 }
        struct Table: Encodable {
            var table = ["1": 2]
            enum CodingKeys: Int, CodingKey { case table = 1 }
        }
        #expect(throws: EncodingError.self) { try encoder.encode(Unnumbered()) }
        #expect(throws: EncodingError.self) { try encoder.encode(Table()) }
        #expect(throws: EncodingError.self) { try encoder.encode([1: 2]) }
        #expect(throws: EncodingError.self) { try encoder.encode([Int?.none]) }
    }

    /// Every beginning of every vector is refused or another message, and never a crash.
    @Test func tornMessagesAreRefused() throws {
        for sample in Samples.commands {
            let whole = try encoder.encode(sample.message)
            for length in 0..<whole.count {
                let torn = Array(whole[..<length])
                #expect(throws: (any Error).self) { try decoder.decode(type(of: sample.message), from: torn) }
            }
        }
    }

    /// Both decoders agree on every one-byte change of a hot message.
    @Test func bothDecodersAgreeOnDamagedMessages() throws {
        let whole = try encoder.encode(Samples.routerRequests[0].message)
        var readable = 0
        for place in whole.indices {
            for change in [1, 2, 4, 8, 0x80] as [UInt8] {
                var damaged = whole
                damaged[place] ^= change
                let hand = try? decoder.decode(RouterRequest.self, from: damaged)
                let generic = try? BinaryDecoder(usesHandCoding: false).decode(RouterRequest.self, from: damaged)
                #expect(hand == generic, "byte \(place), change \(change)")
                if hand != nil { readable += 1 }
            }
        }
        #expect(readable > 0)
    }
}
