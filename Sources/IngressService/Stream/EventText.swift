// Server-sent events as text (WHATWG HTML, section 9.2). IDs are the journal's sequence numbers, so a reader that
// comes back with `Last-Event-ID` goes on where it was.

import Domain
import Journal
import Wire

struct EventText {
    private let audience: Audience
    /// The last number that the reader knows; nil until it knows any.
    private var known: UInt64?
    /// A reader who sees few events is told the number each time it has moved so far.
    static let placeEvery: UInt64 = 1_000

    init(audience: Audience, after: UInt64?) {
        self.audience = audience
        known = after
    }

    static let opening = Array("retry: 1000\n: stream of a shop\n\n".utf8)
    static let heartbeat = Array(": heartbeat\n\n".utf8)

    /// The text of what the router handed over. What this reader may not see moves only the number.
    mutating func text(_ item: ShopItem) throws -> [UInt8] {
        var text: [UInt8] = []
        if item.reset {
            append("reset", item.last, Array("{\"last\":\(item.last)}".utf8), to: &text)
            known = item.last
        }
        for decoded in try RecordCoding.decode(item.body) {
            guard var record = decoded.record, audience.sees(record.event) else { continue }
            // The journal's own link may lead to an event that this reader does not see.
            record.previousOfShop = known ?? record.previousOfShop
            append(RecordJSON.name(of: record.event), record.sequence, audience.json(record), to: &text)
            known = record.sequence
        }
        let isFar = known.map { item.last >= $0 + Self.placeEvery } ?? true
        if isFar {
            // A number without data: it counts for `Last-Event-ID` and is no event.
            text.append(contentsOf: "id: \(item.last)\n\n".utf8)
            known = item.last
        }
        return text
    }

    private func append(_ name: String, _ sequence: UInt64, _ data: [UInt8], to text: inout [UInt8]) {
        text.append(contentsOf: "id: \(sequence)\nevent: \(name)\ndata: ".utf8)
        text.append(contentsOf: data)
        text.append(contentsOf: "\n\n".utf8)
    }
}
