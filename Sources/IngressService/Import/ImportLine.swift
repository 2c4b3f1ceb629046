import Domain

enum ImportKind: Int, CaseIterable, Sendable, Named {
    case buyer
    case order
    case interest
    case message

    var name: String { "\(self)" }
}

/// One line of an import, read: the command that it stands for, and what its body names.
struct ImportLine {
    var kind: ImportKind
    var command: Command
    var places: BodyPlaces

    /// Throws the line's problem. `kind` tells what it is as soon as that is known.
    static func read(
        _ bytes: [UInt8], kind known: inout ImportKind?, textLimit: Int, now: Timestamp
    ) throws(Problem) -> ImportLine {
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONReader.read(bytes)
        } catch {
            throw .malformed(error)
        }
        let faults = FaultList()
        var fields = Fields(value, faults: faults)
        fields.needs("kind")
        known = fields.named("kind")
        try faults.check()
        let line: ImportLine?
        switch known {
        case .buyer:
            fields.needs("buyer")
            let buyer: BuyerID? = fields.identifier("buyer")
            var body = SetBuyer(&fields, buyer: buyer ?? BuyerID(rawValue: ""), now: now)
            // Of unknown age: older than whatever the shop says with a time, and a second run finds it so.
            if body.updatedAt == nil { body.updatedAt = Timestamp(millis: 0) }
            line = ImportLine(kind: .buyer, command: .setBuyer(body), places: BodyPlaces(agent: "/exclusiveAgent"))
        case .order:
            fields.needs("order")
            let order: OrderID? = fields.identifier("order")
            line = SetOrder(&fields, order: order ?? OrderID(rawValue: ""), now: now).map {
                ImportLine(kind: .order, command: .setOrder($0), places: BodyPlaces(buyer: "/buyer", order: "/order"))
            }
        case .interest:
            line = RecordInterest(&fields, kindField: "interest", now: now).map {
                ImportLine(kind: .interest, command: .recordInterest($0), places: BodyPlaces(buyer: "/buyer"))
            }
        case .message:
            line = ImportMessage(&fields, textLimit: textLimit, now: now).map {
                ImportLine(
                    kind: .message, command: .importMessage($0), places: BodyPlaces(agent: "/agent", buyer: "/buyer"))
            }
        case nil: line = nil
        }
        try faults.check()
        guard let line else { throw .invalid([]) }
        return line
    }
}
