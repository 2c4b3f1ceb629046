// The event's field of a record: number 16 + the event's, content as its Codable form. The two switches are the only
// list of events in this module; an event that changes its meaning gets a new number and is upcast here.

import Domain
import Wire

enum EventCoding {
    static func append(_ event: Event, to writer: inout ByteWriter) {
        switch event {
        // The length of one that opens a session takes two bytes.
        case .messageReceived(let body): put(body, .messageReceived, &writer, width: body.opened ? 2 : 1)
        case .messageSent(let body): put(body, .messageSent, &writer)
        case .handlerChanged(let body): put(body, .handlerChanged, &writer)
        case .sessionEnded(let body): put(body, .sessionEnded, &writer)
        case .shopSet(let body): put(body, .shopSet, &writer)
        case .settingsChanged(let body): put(body, .settingsChanged, &writer)
        case .agentSet(let body): put(body, .agentSet, &writer)
        case .agentRemoved(let body): put(body, .agentRemoved, &writer)
        case .groupSet(let body): put(body, .groupSet, &writer)
        case .groupRemoved(let body): put(body, .groupRemoved, &writer)
        case .buyerSet(let body): put(body, .buyerSet, &writer)
        case .orderSet(let body): put(body, .orderSet, &writer)
        case .interestRecorded(let body): put(body, .interestRecorded, &writer)
        case .presenceChanged(let body): put(body, .presenceChanged, &writer)
        case .streamNoted(let body): put(body, .streamNoted, &writer)
        case .messageImported(let body): put(body, .messageImported, &writer)
        case .rosterNoted(let body): put(body, .rosterNoted, &writer)
        case .commandNoted(let body): put(body, .commandNoted, &writer)
        case .violationRecorded(let body): put(body, .violationRecorded, &writer)
        case .escalationDecided(let body): put(body, .escalationDecided, &writer)
        case .slowResponseReminded(let body): put(body, .slowResponseReminded, &writer)
        case .restrictionsChanged(let body): put(body, .restrictionsChanged, &writer)
        case .escalationRaised(let body): put(body, .escalationRaised, &writer)
        }
    }

    /// Throws for an event that this program cannot read.
    static func decode(_ number: Int, _ content: UnsafeRawBufferPointer) throws -> Event {
        guard let key = Event.CodingKeys(rawValue: number) else { throw UnknownEvent(number: number) }
        return switch key {
        case .messageReceived: .messageReceived(try takeHandCoded(content))
        case .messageSent: .messageSent(try takeHandCoded(content))
        case .handlerChanged: .handlerChanged(try takeHandCoded(content))
        case .sessionEnded: .sessionEnded(try takeHandCoded(content))
        case .shopSet: .shopSet(try take(content))
        case .settingsChanged: .settingsChanged(try take(content))
        case .agentSet: .agentSet(try take(content))
        case .agentRemoved: .agentRemoved(try take(content))
        case .groupSet: .groupSet(try take(content))
        case .groupRemoved: .groupRemoved(try take(content))
        case .buyerSet: .buyerSet(try take(content))
        case .orderSet: .orderSet(try take(content))
        case .interestRecorded: .interestRecorded(try take(content))
        case .presenceChanged: .presenceChanged(try take(content))
        case .streamNoted: .streamNoted(try take(content))
        case .messageImported: .messageImported(try take(content))
        case .rosterNoted: .rosterNoted(try takeHandCoded(content))
        case .commandNoted: .commandNoted(try take(content))
        case .violationRecorded: .violationRecorded(try take(content))
        case .escalationDecided: .escalationDecided(try take(content))
        case .slowResponseReminded: .slowResponseReminded(try take(content))
        case .restrictionsChanged: .restrictionsChanged(try take(content))
        case .escalationRaised: .escalationRaised(try take(content))
        }
    }

    struct UnknownEvent: Error, CustomStringConvertible {
        var number: Int
        var description: String { "unknown event \(number)" }
    }

    @inline(__always)
    private static func put(_ body: some HandCoded, _ key: Event.CodingKeys, _ writer: inout ByteWriter) {
        put(body, key, &writer, width: 1)
    }

    /// `width`: bytes that the length takes, most likely.
    @inline(__always)
    private static func put(
        _ body: some HandCoded, _ key: Event.CodingKeys, _ writer: inout ByteWriter, width: Int
    ) {
        writer.key(RecordCoding.Field.events + key.rawValue, .bytes)
        let start = writer.beginLength(width: width)
        body.write(into: &writer)
        writer.endLength(start, width: width)
    }

    private static func put(_ body: some Encodable, _ key: Event.CodingKeys, _ writer: inout ByteWriter) {
        do {
            let bytes = try BinaryEncoder().encode(body)
            writer.field(RecordCoding.Field.events + key.rawValue, bytes: bytes)
        } catch {
            // Every event's keys have numbers and its values are encodable; anything else is a bug of this program.
            preconditionFailure("event \(key) cannot be encoded: \(error)")
        }
    }

    @inline(__always)
    private static func takeHandCoded<Body: HandCoded>(_ content: UnsafeRawBufferPointer) throws -> Body {
        try Body(decoding: content)
    }

    private static func take<Body: Decodable>(_ content: UnsafeRawBufferPointer) throws -> Body {
        try BinaryDecoder().decode(Body.self, from: content)
    }
}
