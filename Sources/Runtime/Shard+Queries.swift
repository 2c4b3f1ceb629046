// Questions to a shop's desk. What the desk has in memory is answered at once, and leaves when everything that it shows
// is durable; histories are read from the journal by a reading thread.

import Domain
import Journal
import NIOCore
import Wire

extension Shard {
    func answer(_ call: ShopQuery, to: ReplyTo) {
        advance(to: max(now, around.clock.now()))
        guard let shop = shops[call.shop], shop.guarded({ $0.exists }) else {
            return park(to, .refusal(.unknownShop))
        }
        switch call.query {
        case .shop: show(shop, to) { $0.shopView.map { .shop($0) } }
        case .settings: show(shop, to) { .settings($0.roster.settings) }
        case .agents: show(shop, to) { .agents($0.agentViews) }
        case .groups: show(shop, to) { .groups($0.roster.groups) }
        case .board:
            show(shop, to) { desk in
                // A desk's own time is that of its last command.
                var board = desk.board
                board.at = now
                return .board(board)
            }
        case .diagnosis(let agent):
            show(shop, to, otherwise: .unknownAgent(agent)) { $0.diagnosis(agent).map { .diagnosis($0) } }
        case .buyer(let buyer):
            guard taken(buyer, shop, to) else { return }
            show(shop, to, otherwise: .unknownBuyer(buyer)) { $0.buyerView(buyer).map { .buyer($0) } }
        case .sessions(let filter): sessions(filter, shop, to)
        case .session(let id): session(id, shop, to)
        case .sessionMessages(let id, let page): sessionMessages(id, page, shop, to)
        case .buyerMessages(let buyer, let page): buyerMessages(buyer, page, shop, to)
        case .decision(let id): decision(id, shop, to)
        }
    }

    private func show(
        _ shop: ShopActor, _ to: ReplyTo, otherwise: Refusal = .unknownShop, _ view: (inout Desk) -> View?
    ) {
        park(to, shop.guarded { view(&$0) }.map { .view($0) } ?? .refusal(otherwise))
    }

    private func taken(_ buyer: BuyerID, _ shop: ShopActor, _ to: ReplyTo) -> Bool {
        do {
            try admit(buyer, shop)
            return true
        } catch {
            to.sink.reply(to.id, .fault(WireFault(.internalFault, "a buyer's row cannot be read: \(error)")))
            return false
        }
    }

    /// Reads the journal once everything decided so far is durable, on a reading thread, and replies.
    private func read(
        _ to: ReplyTo, _ body: @escaping @Sendable (any ShardReader) throws(StoreFault) -> RouterReply
    ) {
        guard let history else { return }
        whenDurable { fault in
            if let fault {
                to.sink.reply(to.id, .fault(fault))
                to.sink.flush()
                return
            }
            self.around.readers.runIfActive(eventLoop: self.around.loop) { history.serially(body) }
                .whenComplete { outcome in
                    switch outcome {
                    case .success(.success(let reply)): to.sink.reply(to.id, reply)
                    case .success(.failure(let fault)):
                        // The shard was closed meanwhile, or the file cannot be read.
                        let code: WireFault.Code = fault.code == .closed ? .notHolder : .internalFault
                        to.sink.reply(to.id, .fault(WireFault(code, "the journal cannot be read: \(fault.message)")))
                    case .failure(let error):
                        to.sink.reply(to.id, .fault(WireFault(.internalFault, "no reader: \(error)")))
                    }
                    to.sink.flush()
                }
        }
    }

    // MARK: Sessions

    private func sessions(_ filter: SessionFilter, _ shop: ShopActor, _ to: ReplyTo) {
        if filter.state == .open {
            return show(shop, to) { desk in
                let (list, next) = desk.openSessions(filter)
                return .sessions(list, next: next)
            }
        }
        let recent = shop.guarded { $0.recentlyEnded(filter) }
        let id = shop.id
        read(to) { reader throws(StoreFault) in
            let rows = try reader.sessions(
                id, agent: filter.agent, buyer: filter.buyer, after: filter.page.cursor ?? 0,
                limit: filter.page.limit + 1)
            var found: [SessionID: SessionView] = [:]
            for row in rows { found[SessionID(row.number)] = try Self.ended(row).session }
            for ended in recent { found[ended.session.session] = ended.session }
            let list = found.values.sorted { $0.session < $1.session }
            let page = Array(list.prefix(filter.page.limit))
            return .view(.sessions(page, next: list.count > page.count ? page.last?.session.number : nil))
        }
    }

    private static func ended(_ row: EndedSessionRow) throws(StoreFault) -> EndedSession {
        do {
            return try BinaryDecoder().decode(EndedSession.self, from: row.body)
        } catch {
            throw StoreFault(.corrupt, "session \(row.number) cannot be read", cause: "\(error)")
        }
    }

    /// Where a session's last event is, and the session if it is in memory.
    private enum Found: Sendable {
        case here(SessionView, head: UInt64)
        case maybeRow
        case none
    }

    private func find(_ id: SessionID, _ shop: ShopActor) -> Found {
        shop.guarded { desk in
            if let open = desk.openSessionView(id) { return .here(open.view, head: open.head) }
            if let ended = desk.recentlyEnded(id) { return .here(ended.session, head: ended.lastSequence) }
            return desk.hasHad(id) ? .maybeRow : .none
        }
    }

    private static func locate(
        _ found: Found, _ shop: ShopID, _ id: SessionID, _ reader: any ShardReader
    ) throws(StoreFault) -> (view: SessionView, head: UInt64)? {
        switch found {
        case .here(let view, let head): return (view, head)
        case .none: return nil
        case .maybeRow:
            guard let row = try reader.session(shop, id.number) else { return nil }
            let ended = try ended(row)
            return (ended.session, ended.lastSequence)
        }
    }

    private func session(_ id: SessionID, _ shop: ShopActor, _ to: ReplyTo) {
        let found = find(id, shop)
        let name = shop.id
        let limit = settings.historyRead
        read(to) { reader throws(StoreFault) in
            guard let (view, head) = try Self.locate(found, name, id, reader) else {
                return .refusal(.unknownSession(id))
            }
            var steps: [HandlerStep] = []
            try Self.walk(id, from: head, limit: limit, reader) { record in
                if let step = HandlerStep(record) { steps.append(step) }
            }
            return .view(.session(view, history: steps.reversed()))
        }
    }

    private func sessionMessages(_ id: SessionID, _ page: Page, _ shop: ShopActor, _ to: ReplyTo) {
        let found = find(id, shop)
        let name = shop.id
        let limit = settings.historyRead
        read(to) { reader throws(StoreFault) in
            guard let (_, head) = try Self.locate(found, name, id, reader) else {
                return .refusal(.unknownSession(id))
            }
            var messages: [MessageView] = []
            try Self.walk(id, from: head, limit: limit, reader) { record in
                if let message = MessageView(record) { messages.append(message) }
            }
            let rest = messages.reversed().filter { $0.sequence > page.cursor ?? 0 }
            let list = Array(rest.prefix(page.limit))
            return .view(.messages(list, next: rest.count > list.count ? list.last?.sequence : nil))
        }
    }

    /// The events of one session, newest first. They lie together in the buyer's chain.
    private static func walk(
        _ id: SessionID, from head: UInt64, limit: Int, _ reader: any ShardReader, _ take: (EventRecord) -> Void
    ) throws(StoreFault) {
        var chain = ChainReader(reader)
        try chain.buyer(from: head, limit: limit) { record in
            guard record.event.session == id else {
                // Others of the buyer lie between, or after; before the opening there is nothing more.
                return true
            }
            take(record)
            switch record.event {
            case .messageReceived(let body): return !body.opened
            case .handlerChanged(let body): return !body.opened
            default: return true
            }
        }
    }

    private func buyerMessages(_ buyer: BuyerID, _ page: Page, _ shop: ShopActor, _ to: ReplyTo) {
        guard taken(buyer, shop, to) else { return }
        guard let head = shop.guarded({ $0.conversationHead(buyer) }) else {
            return park(to, .refusal(.unknownBuyer(buyer)))
        }
        let limit = settings.historyRead
        read(to) { reader throws(StoreFault) in
            var chain = ChainReader(reader)
            var list: [MessageView] = []
            var next: UInt64?
            // A cursor names the last message of the page before.
            var started = page.cursor == nil
            try chain.buyer(from: page.cursor ?? head, limit: limit) { record in
                guard started else {
                    started = true
                    return record.event.buyer == buyer
                }
                guard record.event.buyer == buyer else { return false }
                guard let message = MessageView(record) else { return true }
                if list.count == page.limit {
                    next = list.last?.sequence
                    return false
                }
                list.append(message)
                return true
            }
            return .view(.messages(list, next: next))
        }
    }

    // MARK: DIV-10

    private func decision(_ id: DecisionID, _ shop: ShopActor, _ to: ReplyTo) {
        let name = shop.id
        let limit = settings.historyRead
        let exists = id.sequence > 0 && id.sequence < next
        read(to) { reader throws(StoreFault) in
            var chain = ChainReader(reader)
            guard exists, let record = try chain.record(id.sequence), record.shop == name else {
                return .refusal(.unknownDecision(id))
            }
            var history: [EventRecord] = [record]
            try chain.shop(from: record.previousOfShop, limit: limit) { earlier in
                history.append(earlier)
                if case .rosterNoted = earlier.event { return false }
                return true
            }
            guard let explanation = Explanation(history: history.reversed()) else {
                return .refusal(.unknownDecision(id))
            }
            return .view(.decision(explanation))
        }
    }
}
