import Testing

@testable import Domain
@testable import Wire

/// The look at a request says what the whole request says.
@Suite struct RequestHeadTests {
    private func look(_ bytes: [UInt8]) -> (kind: RequestHead.Kind, shop: String)? {
        bytes.withUnsafeBytes { raw in
            RequestHead(peeking: raw).map { ($0.kind, String(decoding: $0.shop, as: UTF8.self)) }
        }
    }

    private func whole(_ bytes: [UInt8]) -> (kind: RequestHead.Kind, shop: String)? {
        switch try? RouterRequest(decoding: bytes) {
        case .command(let call):
            return call.command.encoded().withUnsafeBytes { raw in
                var reader = ByteReader(raw)
                return (try? reader.nextField()).flatMap { $0 }.map { (.command($0.number), call.shop.rawValue) }
            }
        case .query(let call): return (.query, call.shop.rawValue)
        default: return nil
        }
    }

    @Test func everyCommandAndQueryIsSeenForWhatItIs() throws {
        var numbers: Set<Int> = []
        for sample in Samples.commands {
            let call = ShopCommand(
                shop: ShopID(rawValue: "茶-shop"), at: Timestamp(millis: -5),
                stamp: CommandStamp(id: CommandID(rawValue: "k"), fingerprint: 7), command: sample.message)
            let bytes = RouterRequest.command(call).encoded()
            let found = try #require(look(bytes))
            #expect(found.shop == "茶-shop")
            guard case .command(let number) = found.kind else {
                Issue.record("\(sample.name): no command")
                continue
            }
            numbers.insert(number)
            #expect(whole(bytes)?.kind == found.kind, "\(sample.name)")
        }
        #expect(numbers == Set(RequestHead.commands))
        #expect(CoverageTests().numbers(Command.CodingKeys.self) == Set(RequestHead.commands))
        for sample in Samples.routerRequests {
            let bytes = sample.message.encoded()
            let (found, read) = (look(bytes), whole(bytes))
            #expect(found?.kind == read?.kind, "\(sample.name)")
            #expect(found?.shop == read?.shop, "\(sample.name)")
        }
    }

    /// Fields that it does not know, of a later version, and fields that come twice.
    @Test func unknownAndRepeatedFieldsArePassedOver() throws {
        var writer = ByteWriter()
        writer.field(9, varint: 300)
        writer.nested(1) { call in
            call.field(77, text: "later")
            call.field(1, text: "first")
            call.field(1, text: "second")
            call.field(2, signed: 5)
            call.nested(4) { command in
                command.field(99, flag: true)
                command.field(
                    12,
                    hand: ReceiveMessage(
                        buyer: BuyerID(rawValue: "b"), message: MessageID(rawValue: "m"), text: "?"))
            }
        }
        let found = try #require(look(writer.bytes))
        #expect(found.kind == .command(12))
        #expect(found.shop == "first")
        #expect(whole(writer.bytes)?.shop == "first")
    }

    /// Of damaged bytes it says nothing, or what they say whole where they can be read whole.
    @Test func damagedRequestsAreSeenAsTheyAreReadOrNotAtAll() throws {
        for sample in Samples.routerRequests {
            let bytes = sample.message.encoded()
            for length in 0..<bytes.count { _ = look(Array(bytes[..<length])) }
            for place in bytes.indices {
                for change in [1, 2, 4, 8, 16, 0x80] as [UInt8] {
                    var damaged = bytes
                    damaged[place] ^= change
                    guard let found = look(damaged), let read = try? RouterRequest(decoding: damaged) else { continue }
                    switch read {
                    case .command(let call): #expect(found.shop == call.shop.rawValue)
                    case .query(let call): #expect(found.shop == call.shop.rawValue)
                    default: Issue.record("\(sample.name): seen, but \(read)")
                    }
                }
            }
        }
    }
}
