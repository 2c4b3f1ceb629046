// Commands about buyers, their orders and interests, and the import of old messages. All are idempotent.

extension Desk {
    mutating func setBuyer(_ body: SetBuyer, _ turn: inout Turn) throws(Refusal) {
        var check = RangeCheck()
        check.check(body.memberLevel, 0...100, "memberLevel")
        check.check(body.segments.count, 0...100, "segments")
        for (index, segment) in body.segments.enumerated() {
            check.checkText(segment, atMost: IdentifierLimit.bytes, "segments/\(index)")
        }
        if !check.faults.isEmpty { throw .invalid(check.faults) }
        if let agent = body.exclusiveAgent, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
        var set = body
        set.segments = Set(body.segments).sorted()
        if let place = buyers.find(body.buyer), buyers[place].head > 0, profile(place) == set { return }
        emit(.buyerSet(BuyerSet(buyer: set)), &turn)
    }

    mutating func setOrder(_ body: SetOrder, _ turn: inout Turn) throws(Refusal) {
        var check = RangeCheck()
        if body.state == .noActiveOrder {
            check.faults.append(FieldFault(pointer: "/state", detail: "an order is never in the state noActiveOrder"))
        }
        check.check(body.packages.count, 0...100, "packages")
        check.check(body.items.count, 0...200, "items")
        if !check.faults.isEmpty { throw .invalid(check.faults) }
        if body.updatedAt > now { throw .timeRefused }
        if let place = buyers.find(body.buyer),
            let held = buyers.details(place)?.orders.first(where: { $0.order == body.order })
        {
            guard held != body, held.updatedAt <= body.updatedAt else { return }
        }
        emit(.orderSet(OrderSet(order: body)), &turn)
    }

    mutating func recordInterest(_ body: RecordInterest, _ turn: inout Turn) throws(Refusal) {
        if body.at > now { throw .timeRefused }
        if let place = buyers.find(body.buyer), let held = buyers.details(place)?.interests, held.contains(body) {
            return
        }
        emit(.interestRecorded(InterestRecorded(interest: body)), &turn)
    }

    mutating func importMessage(_ body: ImportMessage, _ turn: inout Turn) throws(Refusal) {
        if let agent = body.agent, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
        if body.at > now { throw .timeRefused }
        if let place = buyers.find(body.buyer), let held = buyers.details(place)?.imported {
            let mark = Self.mark(body.message)
            if held.contains(mark) { return }
        }
        emit(.messageImported(MessageImported(message: body)), &turn)
    }

    /// A stable fingerprint of a message's ID (FNV-1a, mixed).
    static func mark(_ id: MessageID) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        return hash ^ (hash >> 27)
    }

    /// The buyer as the shop set it.
    func profile(_ place: Int) -> SetBuyer {
        let entry = buyers[place]
        let details = buyers.details(place)
        return SetBuyer(
            buyer: entry.id, memberLevel: Int(entry.memberLevel), segments: details?.segments ?? [],
            exclusiveAgent: entry.exclusive < 0 ? nil : roster.agents[Int(entry.exclusive)].id,
            relationSince: details?.relationSince)
    }
}
