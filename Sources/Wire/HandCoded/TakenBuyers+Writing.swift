import Domain

// Without closures: each would hold all of what was taken.
extension TakenBuyers {
    /// The row of one of them, which reads as a `BuyerRow`: making that to write it takes twice as long.
    public func write(_ index: Int, into w: inout ByteWriter) {
        let details = Int(entries[index].details)
        let profile = w.begin(1)
        w.field(1, text: entries[index].id.rawValue)
        w.field(2, signed: Int(entries[index].memberLevel))
        if details < 0 { w.emptyArray(3) } else { writeSegments(details, into: &w) }
        if entries[index].exclusive >= 0 { w.field(4, text: names[Int(entries[index].exclusive)].rawValue) }
        if details >= 0 {
            if let since = self.details[details].relationSince { w.field(5, signed: since.millis) }
            if let updatedAt = self.details[details].updatedAt { w.field(6, signed: updatedAt.millis) }
        }
        w.endLength(profile)
        if entries[index].contact >= 0 {
            w.field(2, text: names[Int(entries[index].contact)].rawValue)
            w.field(3, signed: entries[index].contactAt.millis)
        }
        if details < 0 {
            for number in 4...6 { w.emptyArray(number) }
        } else {
            writeLists(details, into: &w)
        }
        if entries[index].session >= 0 {
            let session = w.begin(7)
            writeSession(Int(entries[index].session), into: &w)
            w.endLength(session)
        }
        w.field(8, varint: entries[index].head)
        if details >= 0 { writeContents(details, into: &w) }
    }

    private func writeSegments(_ place: Int, into w: inout ByteWriter) {
        let segments = details[place].segments
        w.array(3, count: segments.count) { w in
            for segment in segments { w.text(segment) }
        }
    }

    private func writeLists(_ place: Int, into w: inout ByteWriter) {
        let (orders, interests, imported) = (details[place].orders, details[place].interests, details[place].imported)
        w.array(4, count: orders.count) { w in
            for order in orders { w.element(order) }
        }
        w.array(5, count: interests.count) { w in
            for interest in interests { w.element(interest) }
        }
        w.array(6, count: imported.count) { w in
            for mark in imported { w.varint(mark.id) }
        }
    }

    private func writeContents(_ place: Int, into w: inout ByteWriter) {
        let imported = details[place].imported
        if imported.isEmpty { return }
        w.array(9, count: imported.count) { w in
            for mark in imported { w.varint(mark.content) }
        }
    }

    private func writeSession(_ place: Int, into w: inout ByteWriter) {
        let extra = Int(sessions[place].extra)
        w.field(1, varint: sessions[place].session.number)
        let handler = w.begin(2)
        sessions[place].session.holder.handler(names, bot: extra < 0 ? nil : extras[extra].botGroup).write(into: &w)
        w.endLength(handler)
        w.field(3, signed: sessions[place].session.openedAt.millis)
        w.field(4, signed: sessions[place].session.lastAt.millis)
        w.field(5, signed: sessions[place].session.handlerSince.millis)
        if let since = sessions[place].session.waitingSince { w.field(6, signed: since.millis) }
        if let message = sessions[place].session.waitingMessage { w.field(7, text: message.rawValue) }
        w.field(8, flag: sessions[place].session.lastFromBuyer)
        w.field(9, signed: Int(sessions[place].session.botMisses))
        if extra < 0 {
            w.emptyArray(10)
            w.emptyArray(11)
        } else {
            writeExtra(extra, into: &w)
        }
        if sessions[place].session.holder == .queue { w.field(14, signed: sessions[place].session.queueKey) }
        let last = sessions[place].session.lastAgent
        if last >= 0 { w.field(15, text: names[Int(last)].rawValue) }
        if sessions[place].session.reminded { w.field(16, flag: true) }
    }

    private func writeExtra(_ place: Int, into w: inout ByteWriter) {
        let (transfers, items) = (extras[place].transfers, extras[place].items)
        w.array(10, count: transfers.count) { w in
            for time in transfers { w.zigzag(time.millis) }
        }
        w.array(11, count: items.count) { w in
            for item in items { w.text(item.rawValue) }
        }
        if let named = extras[place].named { w.field(12, text: named.rawValue) }
    }
}

extension ByteWriter {
    /// A container as a field, up to `endLength`.
    @inline(__always)
    fileprivate mutating func begin(_ number: Int) -> Int {
        key(number, .bytes)
        return beginLength()
    }

    @inline(__always)
    fileprivate mutating func emptyArray(_ number: Int) {
        key(number, .bytes)
        varint(1)
        varint(0)
    }
}
