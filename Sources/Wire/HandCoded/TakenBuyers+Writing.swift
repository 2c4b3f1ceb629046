import Domain

extension TakenBuyers {
    /// The row of one of them, which reads as a `BuyerRow`: making that to write it takes twice as long.
    public func write(_ index: Int, into w: inout ByteWriter) {
        let details = entries[index].details < 0 ? nil : details[Int(entries[index].details)]
        w.nested(1) { writeProfile(index, details, into: &$0) }
        if entries[index].contact >= 0 {
            w.field(2, text: names[Int(entries[index].contact)].rawValue)
            w.field(3, signed: entries[index].contactAt.millis)
        }
        w.array(4, count: details?.orders.count ?? 0) { w in
            for order in details?.orders ?? [] { w.element(order) }
        }
        w.array(5, count: details?.interests.count ?? 0) { w in
            for interest in details?.interests ?? [] { w.element(interest) }
        }
        let imported = details?.imported ?? []
        w.array(6, count: imported.count) { w in
            for mark in imported { w.varint(mark.id) }
        }
        if entries[index].session >= 0 { w.nested(7) { writeSession(Int(entries[index].session), into: &$0) } }
        w.field(8, varint: entries[index].head)
        if imported.isEmpty { return }
        w.array(9, count: imported.count) { w in
            for mark in imported { w.varint(mark.content) }
        }
    }

    private func writeProfile(_ index: Int, _ details: BuyerDetails?, into w: inout ByteWriter) {
        w.field(1, text: entries[index].id.rawValue)
        w.field(2, signed: Int(entries[index].memberLevel))
        w.array(3, count: details?.segments.count ?? 0) { w in
            for segment in details?.segments ?? [] { w.text(segment) }
        }
        if entries[index].exclusive >= 0 { w.field(4, text: names[Int(entries[index].exclusive)].rawValue) }
        if let since = details?.relationSince { w.field(5, signed: since.millis) }
        if let updatedAt = details?.updatedAt { w.field(6, signed: updatedAt.millis) }
    }

    private func writeSession(_ place: Int, into w: inout ByteWriter) {
        let extra = sessions[place].extra < 0 ? nil : extras[Int(sessions[place].extra)]
        w.field(1, varint: sessions[place].session.number)
        w.field(2, hand: sessions[place].session.holder.handler(names, bot: extra?.botGroup))
        w.field(3, signed: sessions[place].session.openedAt.millis)
        w.field(4, signed: sessions[place].session.lastAt.millis)
        w.field(5, signed: sessions[place].session.handlerSince.millis)
        if let since = sessions[place].session.waitingSince { w.field(6, signed: since.millis) }
        if let message = sessions[place].session.waitingMessage { w.field(7, text: message.rawValue) }
        w.field(8, flag: sessions[place].session.lastFromBuyer)
        w.field(9, signed: Int(sessions[place].session.botMisses))
        w.array(10, count: extra?.transfers.count ?? 0) { w in
            for time in extra?.transfers ?? [] { w.zigzag(time.millis) }
        }
        w.array(11, count: extra?.items.count ?? 0) { w in
            for item in extra?.items ?? [] { w.text(item.rawValue) }
        }
        if let named = extra?.named { w.field(12, text: named.rawValue) }
        if sessions[place].session.holder == .queue { w.field(14, signed: sessions[place].session.queueKey) }
        let last = sessions[place].session.lastAgent
        if last >= 0 { w.field(15, text: names[Int(last)].rawValue) }
        if sessions[place].session.reminded { w.field(16, flag: true) }
    }
}
