// A record as JSON that a person reads: `fenliu journal dump --json`, and the streams to browsers. Fields bear the
// names of their coding keys, enumerations their cases' names, times are RFC 3339, sessions `s17`, decisions `d123`.
// One object, no line breaks, fields in the order of the coding. It is written, never read back.

import Domain
import Wire

public enum RecordJSON {
    /// `{"sequence":…,"at":…,"shop":…,"previousOfShop"?,"previousOfBuyer"?,"command"?,"event":…,"data":{…}}`, or
    /// `"setAside":reason` in the place of `event` and `data`.
    public static func text(_ record: DecodedRecord) -> [UInt8] {
        switch record {
        case .event(let record): text(record)
        case .setAside(let head, let reason):
            object(head) { writer in
                writer.name("setAside")
                writer.text(reason)
            }
        }
    }

    public static func text(_ record: EventRecord) -> [UInt8] {
        let head = RecordHead(
            sequence: record.sequence, at: record.at, shop: record.shop, previousOfShop: record.previousOfShop,
            previousOfBuyer: record.previousOfBuyer, command: record.command)
        return object(head) { writer in
            writer.name("event")
            writer.text(name(of: record.event))
            writer.name("data")
            writer.raw(data(of: record.event))
        }
    }

    /// The event's name, such as `messageReceived`.
    public static func name(of event: Event) -> String { opened(event).key.stringValue }

    /// The event's fields alone, an object.
    public static func data(of event: Event) -> [UInt8] { opened(event).json }

    /// Any of the domain's values in the same manner.
    public static func json(_ value: some Encodable) -> [UInt8] {
        do {
            return try ReadableEncoder().encode(value)
        } catch {
            // Domain values encode by their keys' names and hold no floating point; anything else is a bug.
            preconditionFailure("no readable form: \(error)")
        }
    }

    private static func opened(_ event: Event) -> (key: Event.CodingKeys, json: [UInt8]) {
        switch event {
        case .shopSet(let body): (.shopSet, json(body))
        case .settingsChanged(let body): (.settingsChanged, json(body))
        case .agentSet(let body): (.agentSet, json(body))
        case .agentRemoved(let body): (.agentRemoved, json(body))
        case .groupSet(let body): (.groupSet, json(body))
        case .groupRemoved(let body): (.groupRemoved, json(body))
        case .buyerSet(let body): (.buyerSet, json(body))
        case .orderSet(let body): (.orderSet, json(body))
        case .interestRecorded(let body): (.interestRecorded, json(body))
        case .presenceChanged(let body): (.presenceChanged, json(body))
        case .streamNoted(let body): (.streamNoted, json(body))
        case .messageReceived(let body): (.messageReceived, json(body))
        case .messageSent(let body): (.messageSent, json(body))
        case .handlerChanged(let body): (.handlerChanged, json(body))
        case .sessionEnded(let body): (.sessionEnded, json(body))
        case .messageImported(let body): (.messageImported, json(body))
        case .rosterNoted(let body): (.rosterNoted, json(body))
        case .commandNoted(let body): (.commandNoted, json(body))
        case .violationRecorded(let body): (.violationRecorded, json(body))
        case .escalationDecided(let body): (.escalationDecided, json(body))
        case .slowResponseReminded(let body): (.slowResponseReminded, json(body))
        case .restrictionsChanged(let body): (.restrictionsChanged, json(body))
        case .escalationRaised(let body): (.escalationRaised, json(body))
        }
    }

    private static func object(_ head: RecordHead, _ rest: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.open("{")
        writer.name("sequence")
        writer.number(head.sequence)
        writer.name("at")
        writer.text(RFC3339.text(head.at))
        writer.name("shop")
        writer.text(head.shop.rawValue)
        if head.previousOfShop != 0 {
            writer.name("previousOfShop")
            writer.number(head.previousOfShop)
        }
        if head.previousOfBuyer != 0 {
            writer.name("previousOfBuyer")
            writer.number(head.previousOfBuyer)
        }
        if let command = head.command {
            writer.name("command")
            writer.raw(json(command))
        }
        rest(&writer)
        writer.close("}")
        return writer.bytes
    }
}
