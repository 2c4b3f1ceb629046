// Rows on their way from the desks to the store: taken on the event loop packed, made and coded on the rows' thread.

import Domain
import Journal
import Wire

/// What the loop took and nobody has coded yet.
struct TakenRows: Sendable {
    private var shops: [(ShopID, Domain.ShopRow)] = []
    private var sessions: [(ShopID, TakenSessions)] = []
    private var buyers: [(ShopID, TakenBuyers)] = []
    private var answers: [AnswerRow] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func add(_ shop: ShopID, _ row: Domain.ShopRow) {
        shops.append((shop, row))
        count += 1
    }

    mutating func add(_ shop: ShopID, ended: TakenSessions) {
        if ended.isEmpty { return }
        sessions.append((shop, ended))
        count += ended.count
    }

    mutating func add(_ shop: ShopID, buyers rows: TakenBuyers) {
        if rows.isEmpty { return }
        buyers.append((shop, rows))
        count += rows.count
    }

    /// Counts as rows of its size.
    mutating func add(_ row: AnswerRow) {
        answers.append(row)
        count += 1 + row.body.count / 128
    }

    /// `pieceBytes`: a piece of buyers' rows ends where it has so many.
    func coded(pieceBytes: Int) -> CodedRows {
        var coded = CodedRows()
        coded.changes = [[]]
        var writer = ByteWriter()
        for (id, row) in shops {
            coded.add(.shop(id, reflects: row.head, body: Self.encoded(row, &writer)), writer.count)
        }
        for (id, ended) in sessions {
            coded.ended.append((id, ended.count))
            for session in ended {
                let view = session.session
                coded.add(
                    .session(
                        EndedSessionRow(
                            shop: id, number: view.session.number, buyer: view.buyer, agent: session.agent,
                            endedAt: view.endedAt ?? view.lastAt, lastSequence: session.lastSequence,
                            body: Self.encoded(session, &writer))), writer.count)
            }
        }
        for packed in packedBuyers(pieceBytes) {
            coded.add(.buyers(packed), packed.bytes.count + 16 * packed.places.count)
        }
        for row in answers {
            coded.add(.answers(first: row.first, last: row.last, body: row.body), row.body.count)
        }
        return coded
    }

    /// Of a buyer with an open session, about.
    private static let rowBytes = 192

    private func packedBuyers(_ pieceBytes: Int) -> [PackedBuyers] {
        var packed: [PackedBuyers] = []
        let count = buyers.reduce(0) { $0 + $1.1.count }
        var packer = BuyerPacker(reserving: count, bytes: Self.rowBytes * count)
        for (id, rows) in buyers {
            packer.begin(id)
            for index in 0..<rows.count {
                packer.add(
                    rows.entries[index].id, reflects: rows.entries[index].head, open: rows.entries[index].session >= 0
                ) { rows.write(index, into: &$0) }
                if packer.bytes >= pieceBytes {
                    packed.append(packer.finish())
                    packer = BuyerPacker()
                    packer.begin(id)
                }
            }
        }
        if packer.bytes > 0 { packed.append(packer.finish()) }
        return packed
    }

    private static func encoded(_ row: some Encodable, _ writer: inout ByteWriter) -> [UInt8] {
        writer.truncate()
        do {
            try BinaryEncoder().encode(row, into: &writer)
        } catch {
            preconditionFailure("a row of our own cannot be coded: \(error)")
        }
        return writer.bytes
    }
}

/// What may be written.
struct CodedRows: Sendable {
    /// A change beside its body, about.
    private static let overhead = 160

    /// In pieces, so that nothing large is copied on the loop.
    fileprivate var changes: [[RowChange]] = []
    /// Of each shop, in the order of their ends.
    fileprivate(set) var ended: [(ShopID, Int)] = []
    /// Memory that it takes, about.
    private(set) var bytes = 0

    fileprivate mutating func add(_ change: RowChange, _ body: Int) {
        changes[0].append(change)
        bytes += body + Self.overhead
    }

    mutating func append(_ other: CodedRows) {
        changes += other.changes
        ended += other.ended
        bytes += other.bytes
    }

    mutating func finish(_ sequence: UInt64, forget through: UInt64?) {
        if let through { changes.append([.forgetAnswers(through: through)]) }
        changes.append([.checkpoint(sequence)])
    }

    var all: [RowChange] {
        var all: [RowChange] = []
        all.reserveCapacity(changes.reduce(0) { $0 + $1.count })
        for piece in changes { all += piece }
        return all
    }
}
