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
        if let time = body.updatedAt, time > now { throw .timeRefused }
        var set = body
        set.segments = Set(body.segments).sorted()
        if let place = buyers.find(body.buyer), buyers[place].head > 0 {
            let held = profile(place)
            let known = held.updatedAt
            set.updatedAt = known
            let isSame = set == held
            set.updatedAt = body.updatedAt
            // Now: only other values count. Of a given time: newer ones do, which keeps older ones out from then on.
            guard let time = body.updatedAt else {
                if isSame { return }
                emit(.buyerSet(BuyerSet(buyer: set)), &turn)
                return
            }
            if let known {
                if time < known || (time == known && isSame) { return }
                if time == known { throw .conflict(what: "buyer") }
            }
        }
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
        switch buyers.find(body.buyer).flatMap({ buyers.details($0) })?.precedence(of: body) {
        case .changesNothing: return
        case .contradicts: throw .conflict(what: "order")
        case .replaces, nil: break
        }
        emit(.orderSet(OrderSet(order: body)), &turn)
    }

    mutating func recordInterest(_ body: RecordInterest, _ turn: inout Turn) throws(Refusal) {
        if body.at > now { throw .timeRefused }
        if let place = buyers.find(body.buyer), buyers.details(place)?.passesOver(body) == true { return }
        emit(.interestRecorded(InterestRecorded(interest: body)), &turn)
    }

    mutating func importMessage(_ body: ImportMessage, _ turn: inout Turn) throws(Refusal) {
        if let agent = body.agent, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
        if body.at > now { throw .timeRefused }
        if let place = buyers.find(body.buyer), let details = buyers.details(place) {
            let mark = ImportedMark(body)
            if let held = details.mark(like: mark) {
                if mark.contradicts(held) { throw .conflict(what: "message") }
                return
            }
            if details.imported.count >= BuyerDetails.importedKept {
                throw .limitReached(what: "imported messages of a buyer")
            }
        }
        emit(.messageImported(MessageImported(message: body)), &turn)
    }

    /// The buyer as the shop set it; `updatedAt` is nil if it did not.
    func profile(_ place: Int) -> SetBuyer {
        buyers[place].profile(buyers.details(place), roster.slots.names)
    }
}

extension BuyerEntry {
    /// `names`: agents' IDs by slot.
    func profile(_ details: BuyerDetails?, _ names: [AgentID]) -> SetBuyer {
        SetBuyer(
            buyer: id, memberLevel: Int(memberLevel), segments: details?.segments ?? [],
            exclusiveAgent: exclusive < 0 ? nil : names[Int(exclusive)],
            relationSince: details?.relationSince, updatedAt: details?.updatedAt)
    }
}
